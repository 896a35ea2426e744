import { createContext, useCallback, useContext, useMemo, useState, type ReactNode } from 'react';
import { CircleAlert, CircleCheck, X } from 'lucide-react';
import { Link, usePathname } from '../app/router';
import { useText } from '../text/text';
import { tell } from './problem';

/** An error that is told at another place as well: where, and what it is about. */
interface Elsewhere {
  href: string;
  link: string;
  about: string;
}

interface Toast {
  id: number;
  bad: boolean;
  message: string;
  hint?: string;
  elsewhere?: Elsewhere;
  /** The page on which it was told. */
  page: string;
}

interface Toaster {
  say: (message: string) => void;
  /** Tells an error of something that has no place of its own on the page. It stays until it is closed. */
  fail: (error: unknown) => void;
  /** Tells an error that is told elsewhere as well: it goes after a while, and with the page. */
  failElsewhere: (error: unknown, elsewhere: Elsewhere) => void;
  /** Takes away what is told about something, as it is shown now. */
  settle: (about: string) => void;
}

const lifeMS = 6000;
const errorLifeMS = 10_000;
const ToasterContext = createContext<Toaster>({
  say: () => undefined,
  fail: () => undefined,
  failElsewhere: () => undefined,
  settle: () => undefined,
});

export function useToaster(): Toaster {
  return useContext(ToasterContext);
}

export function ToastProvider({ children }: { children: ReactNode }) {
  const { t, told } = useText();
  const [toasts, setToasts] = useState<Toast[]>([]);
  const drop = useCallback((id: number) => setToasts((list) => list.filter((x) => x.id !== id)), []);
  const add = useCallback(
    (toast: Omit<Toast, 'id' | 'page'>) => {
      const id = performance.now();
      setToasts((list) => [...list.slice(-2), { ...toast, id, page: location.pathname }]);
      if (!toast.bad || toast.elsewhere) window.setTimeout(() => drop(id), toast.bad ? errorLifeMS : lifeMS);
    },
    [drop],
  );
  const toaster = useMemo<Toaster>(
    () => ({
      say: (message) => add({ bad: false, message }),
      fail: (error) => add({ bad: true, ...tell(error, t, told) }),
      failElsewhere: (error, elsewhere) => add({ bad: true, ...tell(error, t, told), elsewhere }),
      settle: (about) => setToasts((list) => list.filter((x) => x.elsewhere?.about !== about)),
    }),
    [add, t, told],
  );
  const page = usePathname();
  const shown = toasts.filter((x) => !x.elsewhere || x.page === page);
  return (
    <ToasterContext value={toaster}>
      {children}
      <div className="toasts" role="region" aria-live="polite" aria-label={t('common.messages')}>
        {shown.map((toast) => (
          <div key={toast.id} className={toast.bad ? 'toast bad' : 'toast'}>
            {toast.bad ? <CircleAlert aria-hidden /> : <CircleCheck aria-hidden />}
            <div>
              <p>{toast.message}</p>
              {toast.hint && <p className="hint">{toast.hint}</p>}
              {toast.elsewhere && <Link href={toast.elsewhere.href}>{toast.elsewhere.link}</Link>}
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
