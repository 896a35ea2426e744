import { useEffect, useState, type ReactNode } from 'react';
import { isOver } from '../api/follow';
import type { ExecutionDetail, Progress } from '../api/types';
import { Link } from '../app/router';
import { Moment } from '../parts/basics';
import { useText } from '../text/text';
import { startedLate, tookMS } from './data';
import { originText } from './origin';
import { useNumbers } from './numbers';

const tickMS = 500;

interface SummaryProps {
  execution: ExecutionDetail;
  progress: Progress | undefined;
  newest: number | undefined;
}

/** The figures of an execution. */
export function Summary({ execution: e, progress, newest }: SummaryProps) {
  const { t, duration } = useText();
  const { bytes, count } = useNumbers();
  const over = isOver(e.status);
  const now = useNow(!over);
  const operations = over ? e.operations : (progress?.operations ?? e.operations);
  return (
    <dl className="summary">
      <Fact name={t('runs.col.by')}>
        {originText(e.origin, t)}
        {e.source ? (
          <>
            {' · '}
            <Link href={`/history/${e.source}`}>{t('runs.execution.of', { id: String(e.source) })}</Link>
          </>
        ) : null}
      </Fact>
      <Fact name={t('runs.version')}>
        {e.version}
        {newest !== undefined && newest !== e.version && (
          <span className="soft"> {t('runs.version.newest', { n: newest })}</span>
        )}
      </Fact>
      {startedLate(e) && (
        <Fact name={t('runs.accepted')}>
          <Moment at={e.accepted} />
        </Fact>
      )}
      <Fact name={t('runs.col.started')}>
        <Moment at={e.started ?? e.accepted} />
      </Fact>
      <Fact name={t('runs.col.duration')}>{duration(tookMS(e, now))}</Fact>
      <Fact name={t('runs.operations')}>{count(operations)}</Fact>
      <Fact name={t('runs.cycles')}>{count(over ? e.cycles : (progress?.cycle ?? e.cycles))}</Fact>
      <Fact name={t('runs.col.size')}>{over ? bytes(e.bytes) : '–'}</Fact>
      {e.continuations.length > 0 && (
        <Fact name={t('runs.continuations')}>
          {e.continuations.map((id) => (
            <Link key={id} href={`/history/${id}`}>
              {t('runs.execution.of', { id: String(id) })}
            </Link>
          ))}
        </Fact>
      )}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** The time, that goes on while something is under way. */
function useNow(goesOn: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!goesOn) return;
    const timer = window.setInterval(() => setNow(Date.now()), tickMS);
    return () => window.clearInterval(timer);
  }, [goesOn]);
  return now;
}
