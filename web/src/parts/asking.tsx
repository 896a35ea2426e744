import { useState, type ReactNode } from 'react';
import { useMutation } from '@tanstack/react-query';
import { TextField } from './basics';
import { Dialog } from './dialog';
import { fieldError, ProblemBox } from './problem';
import { useText } from '../text/text';

/** Asks before something is done that cannot be undone. Without an act it only says why it cannot be done. */
export function Confirm({
  title,
  act,
  text,
  onClose,
  children,
}: {
  title: string;
  act?: () => Promise<unknown>;
  text?: string;
  onClose: () => void;
  children: ReactNode;
}) {
  const run = useMutation({ mutationFn: async () => act?.(), onSuccess: onClose });
  return (
    <Dialog
      title={title}
      confirm={act && text}
      danger
      busy={run.isPending}
      onConfirm={act ? () => run.mutate() : onClose}
      onClose={onClose}
    >
      {children}
      <ProblemBox error={run.error} />
    </Dialog>
  );
}

/** Asks for another name. */
export function Rename({
  name,
  save,
  onClose,
}: {
  name: string;
  save: (name: string) => Promise<unknown>;
  onClose: () => void;
}) {
  const { t } = useText();
  const [typed, setTyped] = useState(name);
  const run = useMutation({ mutationFn: () => save(typed.trim()), onSuccess: onClose });
  return (
    <Dialog
      title={t('data.rename', { name })}
      confirm={t('common.rename')}
      busy={run.isPending}
      onConfirm={() => run.mutate()}
      onClose={onClose}
    >
      <TextField
        label={t('common.name')}
        value={typed}
        required
        autoFocus
        maxLength={200}
        error={fieldError(run.error, 'name')}
        onChange={(e) => setTyped(e.target.value)}
      />
      <ProblemBox error={run.error} fields={['name']} />
    </Dialog>
  );
}
