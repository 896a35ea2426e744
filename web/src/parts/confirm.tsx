import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Dialog } from './dialog';
import { ProblemBox } from './problem';

interface ConfirmProps {
  title: string;
  /** What happens, and what can no longer be had back. */
  children?: ReactNode;
  /** What the button says. */
  confirm: string;
  act: () => Promise<unknown>;
  onClose: () => void;
}

/** Asks before something that cannot be taken back. A refusal is shown where it was asked for. */
export function Confirm({ title, children, confirm, act, onClose }: ConfirmProps) {
  const done = useMutation({ mutationFn: act, onSuccess: onClose });
  return (
    <Dialog
      title={title}
      onClose={onClose}
      confirm={confirm}
      danger
      busy={done.isPending}
      onConfirm={() => done.mutate()}
    >
      {children}
      <ProblemBox error={done.error} />
    </Dialog>
  );
}
