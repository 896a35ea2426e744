import {
  useEffect,
  useId,
  useRef,
  type ButtonHTMLAttributes,
  type InputHTMLAttributes,
  type ReactNode,
  type SelectHTMLAttributes,
} from 'react';
import { LoaderCircle } from 'lucide-react';
import { useText } from '../text/text';

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: 'primary' | 'plain' | 'quiet' | 'danger';
  busy?: boolean;
  /** As wide as what it stands in. */
  wide?: boolean;
  icon?: ReactNode;
}

export function Button({ look = 'plain', busy = false, wide = false, icon, children, disabled, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      className={`button ${look}${wide ? ' wide' : ''}`}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      {...rest}
    >
      {busy ? <LoaderCircle className="spin" aria-hidden /> : icon}
      {children}
    </button>
  );
}

interface LabelledProps {
  label: string;
  help?: string;
  error?: string;
}

function Labelled({ id, label, help, error, children }: LabelledProps & { id: string; children: ReactNode }) {
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children}
      {help && (
        <p id={`${id}-help`} className="help">
          {help}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} className="field-error">
          {error}
        </p>
      )}
    </div>
  );
}

function described(id: string, { help, error }: Omit<LabelledProps, 'label'>) {
  const names = [help && `${id}-help`, error && `${id}-error`].filter(Boolean).join(' ');
  return { 'aria-describedby': names || undefined, 'aria-invalid': error ? true : undefined };
}

export function TextField({ label, help, error, ...rest }: LabelledProps & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  return (
    <Labelled id={id} label={label} help={help} error={error}>
      <input id={id} {...described(id, { help, error })} {...rest} />
    </Labelled>
  );
}

export function SelectField({
  label,
  help,
  error,
  children,
  ...rest
}: LabelledProps & SelectHTMLAttributes<HTMLSelectElement>) {
  const id = useId();
  return (
    <Labelled id={id} label={label} help={help} error={error}>
      <select id={id} {...described(id, { help, error })} {...rest}>
        {children}
      </select>
    </Labelled>
  );
}

export function AreaField({
  label,
  help,
  error,
  ...rest
}: LabelledProps & React.TextareaHTMLAttributes<HTMLTextAreaElement>) {
  const id = useId();
  return (
    <Labelled id={id} label={label} help={help} error={error}>
      <textarea id={id} {...described(id, { help, error })} {...rest} />
    </Labelled>
  );
}

/** A page with its heading, which gets the focus when somebody comes from another page. */
export function Page({
  title,
  lead,
  actions,
  children,
}: {
  title: string;
  lead?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (document.activeElement !== document.body && document.activeElement?.closest('main')) return;
    heading.current?.focus({ preventScroll: true });
  }, []);
  useEffect(() => {
    document.title = `${title} · Ropeway`;
  }, [title]);
  return (
    <>
      <header className="page-head">
        <div>
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {lead && <div className="lead">{lead}</div>}
        </div>
        {actions && <div className="actions">{actions}</div>}
      </header>
      {children}
    </>
  );
}

export function Loading() {
  const { t } = useText();
  return (
    <p className="loading" role="status">
      <LoaderCircle className="spin" aria-hidden /> {t('common.loading')}
    </p>
  );
}

/** What is shown where there is nothing yet: what would be here, and how it comes here. */
export function Empty({ icon, title, children }: { icon: ReactNode; title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <div className="empty-icon" aria-hidden>
        {icon}
      </div>
      <h2>{title}</h2>
      {children}
    </div>
  );
}

export function More({
  list,
}: {
  list: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => Promise<unknown> };
}) {
  const { t } = useText();
  if (!list.hasNextPage) return null;
  return (
    <div className="more">
      <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
        {t('common.more')}
      </Button>
    </div>
  );
}

export function Moment({ at, title }: { at: string | undefined; title?: string }) {
  const { moment, full } = useText();
  return at ? (
    <time dateTime={at} title={title ?? full(at)}>
      {moment(at)}
    </time>
  ) : null;
}
