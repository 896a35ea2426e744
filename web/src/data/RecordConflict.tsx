import type { StoreRecord } from '../api/types';
import { Button, Moment } from '../parts/basics';
import { useText } from '../text/text';
import { cell, dataOf } from './records';

type Data = Record<string, unknown>;

interface RecordConflictProps {
  /** As it was when it was opened. */
  base: StoreRecord;
  /** As somebody else has left it; undefined where it was deleted. */
  theirs: StoreRecord | undefined;
  mine: Data;
  busy: boolean;
  keep: () => void;
  take: () => void;
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** Fields in which the two of them differ, with who has changed which. */
function differences(base: Data, theirs: Data, mine: Data) {
  const names = [...new Set([...Object.keys(base), ...Object.keys(theirs), ...Object.keys(mine)])];
  return names
    .filter((name) => !same(theirs[name], mine[name]))
    .map((name) => ({ name, theirs: theirs[name], mine: mine[name], isTheirs: !same(base[name], theirs[name]) }));
}

/** Tells that somebody else has changed the record meanwhile. What is typed stays until one of the two is chosen. */
export function RecordConflict({ base, theirs, mine, busy, keep, take }: RecordConflictProps) {
  const { t } = useText();
  const list = theirs ? differences(dataOf(base), dataOf(theirs), mine) : [];
  return (
    <section className="note warn record-conflict" role="alert" aria-label={t('records.conflict')}>
      <h3>{t('records.conflict')}</h3>
      <p>
        {t(theirs ? 'records.conflict.changed' : 'records.conflict.deleted')} <Moment at={theirs?.updated} />
      </p>
      {theirs && list.length === 0 && <p>{t('records.conflict.same')}</p>}
      {list.length > 0 && (
        <div className="table-box" role="region" aria-label={t('records.conflict')} tabIndex={0}>
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{t('records.conflict.field')}</th>
                <th scope="col">{t('records.conflict.theirs')}</th>
                <th scope="col">{t('records.conflict.mine')}</th>
              </tr>
            </thead>
            <tbody>
              {list.map((d) => (
                <tr key={d.name}>
                  <th scope="row">{d.name}</th>
                  <td>{d.isTheirs ? <mark>{cell(d.theirs) || '–'}</mark> : cell(d.theirs) || '–'}</td>
                  <td>{cell(d.mine) || '–'}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <div className="row">
        <Button busy={busy} onClick={keep}>
          {t(theirs ? 'records.conflict.keep' : 'records.conflict.again')}
        </Button>
        <Button disabled={busy} onClick={take}>
          {t(theirs ? 'records.conflict.take' : 'records.conflict.drop')}
        </Button>
      </div>
    </section>
  );
}
