import { useEffect, useRef, useState, type ReactNode } from 'react';
import { useText } from '../text/text';
import { Logo } from '../parts/logo';

export { formValues } from '../parts/form';

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

/** The time zone of the browser. */
export function ownZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

export function useLanguageTag(): string {
  return useText().language;
}
