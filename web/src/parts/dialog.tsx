import { useEffect, useId, useRef, type SyntheticEvent, type ReactNode } from 'react';
import { X } from 'lucide-react';
import { useText } from '../text/text';
import { Button } from './basics';

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ReactNode;
  /** What the button at the end says; without it there is only one to close. */
  confirm?: string;
  danger?: boolean;
  busy?: boolean;
  /** With room for more than a question. */
  big?: boolean;
  onConfirm?: () => void;
}

/**
 * A dialog of the browser itself: it keeps the focus, closes with Escape and gives the focus back, and it needs no style that the
 * content security policy would refuse.
 */
export function Dialog({ title, onClose, children, confirm, danger, busy, big, onConfirm }: DialogProps) {
  const { t } = useText();
  const element = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    element.current?.showModal();
  }, []);
  const submit = (e: SyntheticEvent) => {
    e.preventDefault();
    onConfirm?.();
  };
  return (
    <dialog ref={element} className={big ? 'big' : undefined} aria-labelledby={heading} onClose={onClose}>
      <form onSubmit={submit}>
        <header>
          <h2 id={heading}>{title}</h2>
          <button type="button" className="icon-button" aria-label={t('common.close')} onClick={onClose}>
            <X aria-hidden />
          </button>
        </header>
        <div className="dialog-body">{children}</div>
        <footer>
          <Button onClick={onClose}>{confirm ? t('common.cancel') : t('common.done')}</Button>
          {confirm && (
            <Button type="submit" look={danger ? 'danger' : 'primary'} busy={busy}>
              {confirm}
            </Button>
          )}
        </footer>
      </form>
    </dialog>
  );
}
