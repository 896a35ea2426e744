import { useState } from 'react';

export interface RunError {
  error: unknown;
  close: () => void;
}

/**
 * The error of a run, as long as nothing has happened since: it goes when somebody closes it and when what it was about changes, and stays
 * away then.
 */
export function useRunError(error: unknown, about: readonly unknown[]): RunError {
  const [told, setTold] = useState<{ error: unknown; about: readonly unknown[]; over: boolean }>();
  const isNew = Boolean(error) && told?.error !== error;
  if (isNew) setTold({ error, about, over: false });
  else if (told && !told.over && about.some((x, i) => x !== told.about[i])) setTold({ ...told, over: true });
  return {
    error: told?.over ? undefined : error,
    close: () => setTold((was) => was && { ...was, over: true }),
  };
}
