import { createContext, useCallback, useContext, useMemo, useState, type ReactNode } from 'react';
import { CircleAlert, CircleCheck, X } from 'lucide-react';
import { useText } from '../text/text';
import { tell } from './problem';

interface Toast {
  id: number;
  bad: boolean;
  message: string;
  hint?: string;
}

interface Toaster {
  say: (message: string) => void;
  /** Tells an error of something that has no place of its own on the page. It stays until it is closed. */
  fail: (error: unknown) => void;
}

const lifeMS = 6000;
const ToasterContext = createContext<Toaster>({ say: () => undefined, fail: () => undefined });

export function useToaster(): Toaster {
  return useContext(ToasterContext);
}

export function ToastProvider({ children }: { children: ReactNode }) {
  const { t, told } = useText();
  const [toasts, setToasts] = useState<Toast[]>([]);
  const drop = useCallback((id: number) => setToasts((list) => list.filter((x) => x.id !== id)), []);
  const add = useCallback(
    (toast: Omit<Toast, 'id'>) => {
      const id = performance.now();
      setToasts((list) => [...list.slice(-2), { ...toast, id }]);
      if (!toast.bad) window.setTimeout(() => drop(id), lifeMS);
    },
    [drop],
  );
  const toaster = useMemo<Toaster>(
    () => ({
      say: (message) => add({ bad: false, message }),
      fail: (error) => add({ bad: true, ...tell(error, t, told) }),
    }),
    [add, t, told],
  );
  return (
    <ToasterContext value={toaster}>
      {children}
      <div className="toasts" role="region" aria-live="polite" aria-label={t('common.messages')}>
        {toasts.map((toast) => (
          <div key={toast.id} className={toast.bad ? 'toast bad' : 'toast'}>
            {toast.bad ? <CircleAlert aria-hidden /> : <CircleCheck aria-hidden />}
            <div>
              <p>{toast.message}</p>
              {toast.hint && <p className="hint">{toast.hint}</p>}
            </div>
            <button type="button" className="icon-button" aria-label={t('common.close')} onClick={() => drop(toast.id)}>
              <X aria-hidden />
            </button>
          </div>
        ))}
      </div>
    </ToasterContext>
  );
}
