import { useEffect, useState } from 'react';

const calmMS = 250;

/** What a value has come to when it no longer changes: of a word that is typed, the word. */
export function useCalm(value: string): string {
  const [calm, setCalm] = useState(value);
  useEffect(() => {
    const timer = window.setTimeout(() => setCalm(value), calmMS);
    return () => window.clearTimeout(timer);
  }, [value]);
  return calm;
}
