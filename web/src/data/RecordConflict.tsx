import type { StoreRecord } from '../api/types';
import { Button } from '../parts/basics';
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
  /** Saves what both have changed, where that are different fields. */
  both: (data: Data) => void;
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** Fields in which the two of them differ, with who has changed which. */
function differences(base: Data, theirs: Data, mine: Data) {
  const names = [...new Set([...Object.keys(base), ...Object.keys(theirs), ...Object.keys(mine)])];
  return names
    .filter((name) => !same(theirs[name], mine[name]))
    .map((name) => ({
      name,
      theirs: theirs[name],
      mine: mine[name],
      isTheirs: !same(base[name], theirs[name]),
      isMine: !same(base[name], mine[name]),
    }));
}

/** What is stored with what was changed here; undefined where both have changed the same field. */
export function together(base: Data, theirs: Data, mine: Data): Data | undefined {
  const list = differences(base, theirs, mine);
  if (list.some((d) => d.isTheirs && d.isMine)) return undefined;
  const mineOf = new Map(list.filter((d) => d.isMine).map((d) => [d.name, d.mine]));
  const all = Object.entries({ ...theirs, ...Object.fromEntries(mineOf) });
  return Object.fromEntries(all.filter(([name, value]) => !mineOf.has(name) || value !== undefined));
}

function Side({ value, changed }: { value: unknown; changed: boolean }) {
  const text = cell(value) || '–';
  return <td>{changed ? <mark>{text}</mark> : text}</td>;
}

/** Tells that somebody else has changed the record meanwhile. What is typed stays until one of the two is chosen. */
export function RecordConflict({ base, theirs, mine, busy, keep, take, both }: RecordConflictProps) {
  const { t, moment } = useText();
  const merged = theirs && together(dataOf(base), dataOf(theirs), mine);
  const list = theirs ? differences(dataOf(base), dataOf(theirs), mine) : [];
  return (
    <section className="note warn record-conflict" role="alert" aria-label={t('records.conflict')}>
      <h3>{t('records.conflict')}</h3>
      <p>
        {theirs ? t('records.conflict.changed', { at: moment(theirs.updated) }) : t('records.conflict.deleted')}{' '}
        {merged && list.length > 0 && t('records.conflict.apart')}
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
                  <Side value={d.theirs} changed={d.isTheirs} />
                  <Side value={d.mine} changed={d.isMine} />
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <div className="row">
        {merged && list.length > 0 && (
          <Button look="primary" busy={busy} onClick={() => both(merged)}>
            {t('records.conflict.both')}
          </Button>
        )}
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
