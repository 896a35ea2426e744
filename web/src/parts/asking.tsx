import { useState } from 'react';
import { useMutation } from '@tanstack/react-query';
import { TextField } from './basics';
import { Dialog } from './dialog';
import { fieldError, ProblemBox } from './problem';
import { useText } from '../text/text';

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
  const { t, told } = useText();
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
        error={fieldError(run.error, 'name', told)}
        onChange={(e) => setTyped(e.target.value)}
      />
      <ProblemBox error={run.error} fields={['name']} />
    </Dialog>
  );
}
