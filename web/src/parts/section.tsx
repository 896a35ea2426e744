import { useId, type ReactNode } from 'react';
import { Link } from '../app/router';
import { useText, type Key } from '../text/text';

/** A part of a page of settings: what it is about, and beside it what can be done. */
export function Section({ title, lead, children }: { title: string; lead?: ReactNode; children: ReactNode }) {
  const id = useId();
  return (
    <section className="section" aria-labelledby={id}>
      <div className="section-head">
        <h2 id={id}>{title}</h2>
        {lead && <p>{lead}</p>}
      </div>
      <div className="section-body">{children}</div>
    </section>
  );
}

export interface ViewLink {
  href: string;
  text: Key;
  current: boolean;
}

/** The views of one page. They are links, so that each can be returned to and sent to somebody. */
export function Views({ label, views }: { label: string; views: ViewLink[] }) {
  const { t } = useText();
  return (
    <nav className="views" aria-label={label}>
      {views.map((v) => (
        <Link key={v.href} href={v.href} aria-current={v.current ? 'page' : undefined}>
          {t(v.text)}
        </Link>
      ))}
    </nav>
  );
}
