import { useEffect, useRef, useState, type SyntheticEvent, type ReactNode } from 'react';
import { useText } from '../text/text';
import { Logo } from '../parts/logo';

/** The frame of the pages for who has not signed in. */
export function Entry({
  title,
  lead,
  children,
  foot,
}: {
  title: string;
  lead?: string;
  children?: ReactNode;
  foot?: ReactNode;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Ropeway`;
    if (document.activeElement === document.body) heading.current?.focus();
  }, [title]);
  return (
    <main className="entry">
      <div className="entry-card">
        <p className="brand">
          <Logo />
          Ropeway
        </p>
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {lead && <p className="lead">{lead}</p>}
        {children}
      </div>
      {foot && <div className="entry-foot">{foot}</div>}
    </main>
  );
}

/** The secret behind "#" of the address, as it was when the page was opened. It is then taken out of what the browser shows. */
export function useSecret(): string {
  const [secret] = useState(() => location.hash.slice(1));
  useEffect(() => {
    if (location.hash) history.replaceState(null, '', location.pathname + location.search);
  }, []);
  return secret;
}

/** The values of a form as texts. */
export function formValues(e: SyntheticEvent<HTMLFormElement>): Record<string, string> {
  e.preventDefault();
  const values: Record<string, string> = {};
  for (const [name, value] of new FormData(e.currentTarget)) if (typeof value === 'string') values[name] = value;
  return values;
}

/** The time zone of the browser. */
export function ownZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

export function useLanguageTag(): string {
  return useText().language;
}
