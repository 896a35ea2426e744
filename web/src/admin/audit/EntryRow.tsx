import { ChevronRight, CircleAlert } from 'lucide-react';
import { Link } from '../../app/router';
import { Moment } from '../../parts/basics';
import { Value } from '../../parts/value';
import { useText } from '../../text/text';
import { changes, deed, detailsOf, fieldWord, nameIn, pageOf, subjectWord, type Entry, type Fields } from './entry';

interface EntryRowProps {
  entry: Entry;
  open: boolean;
  toggle: () => void;
}

/** One line of the log, and below it what it says in detail. */
export function EntryRow({ entry, open, toggle }: EntryRowProps) {
  const { t } = useText();
  const details = detailsOf(entry);
  const name = nameIn(entry);
  return (
    <>
      <button type="button" className="entry-line" aria-expanded={open} onClick={toggle}>
        <ChevronRight className="entry-arrow" aria-hidden />
        <span className="entry-at">
          <Moment at={entry.at} />
        </span>
        <span className="entry-actor">{entry.actor}</span>
        <span className="entry-deed">
          {details.error && <CircleAlert className="bad-icon" aria-label={t('audit.refused')} />}
          {deed(entry, t)}
          {name && <b> {name}</b>}
        </span>
        <span className="entry-subject soft">{entry.subject && subjectWord(entry.subject, t)}</span>
      </button>
      {open && <EntryDetails entry={entry} />}
    </>
  );
}

function EntryDetails({ entry }: { entry: Entry }) {
  const { t, full } = useText();
  const details = detailsOf(entry);
  const changed = changes(details);
  const page = entry.subject && pageOf(entry.subject);
  return (
    <div className="entry-details">
      {details.error && <p className="problem">{details.error}</p>}
      {changed.length > 0 && (
        <table className="table changes">
          <thead>
            <tr>
              <th scope="col">{t('audit.what')}</th>
              <th scope="col">{t('audit.before')}</th>
              <th scope="col">{t('audit.after')}</th>
            </tr>
          </thead>
          <tbody>
            {changed.map(({ field, before, after }) => (
              <tr key={field}>
                <th scope="row">{fieldWord(field, t)}</th>
                <td>{before !== undefined && <Value value={before} open={false} />}</td>
                <td>{after !== undefined && <Value value={after} open={false} />}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <Pairs title={changed.length > 0 ? t('audit.asked') : undefined} fields={details.request} />
      <Pairs fields={details.rest} />
      <dl className="pairs soft">
        <div>
          <dt>{t('audit.when')}</dt>
          <dd>{full(entry.at)}</dd>
        </div>
        <div>
          <dt>{t('audit.action')}</dt>
          <dd>
            <code>{entry.action}</code> · {t('audit.entry', { n: String(entry.id) })}
          </dd>
        </div>
        <div>
          <dt>{t('audit.hash')}</dt>
          <dd>
            <code className="hash">{entry.hash}</code>
          </dd>
        </div>
      </dl>
      {page && (
        <p>
          <Link href={page}>{t('audit.open', { what: subjectWord(entry.subject ?? '', t) })}</Link>
        </p>
      )}
    </div>
  );
}

function Pairs({ title, fields }: { title?: string; fields: Fields }) {
  const { t } = useText();
  const list = Object.entries(fields);
  if (list.length === 0) return null;
  return (
    <div>
      {title && <p className="label">{title}</p>}
      <dl className="pairs">
        {list.map(([name, value]) => (
          <div key={name}>
            <dt>{fieldWord(name, t)}</dt>
            <dd>
              <Value value={value} open={false} />
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
