import { useState } from 'react';
import { lazy, Suspense } from 'react';
import { useQuery } from '@tanstack/react-query';
import { ChartColumn } from 'lucide-react';
import { api } from '../api/client';
import type { components } from '../api/schema';
import { Loading } from '../parts/basics';
import { ProblemBox } from '../parts/problem';
import { useText } from '../text/text';
import type { Query } from './filters';
import { useNumbers } from './numbers';

export type Statistics = components['schemas']['Statistics'];
export type Bucket = components['schemas']['Bucket'];

const Plots = lazy(async () => ({ default: (await import('./Plots')).Plots }));
const place = 'ropeway.charts';

/** Figures of the executions in the time that is looked at, as charts and as a table. Open or closed is remembered. */
export function Charts({ query }: { query: Query }) {
  const { t } = useText();
  const [open, setOpen] = useState(localStorage.getItem(place) === 'open');
  const { team, scenario, from, until } = query;
  const statistics = useQuery({
    queryKey: ['executions', 'statistics', team, scenario, from, until],
    queryFn: () => api.get<Statistics>('/statistics', { team, scenario, from, until }),
    enabled: open,
    staleTime: 30_000,
  });
  return (
    <details
      className="charts"
      open={open}
      onToggle={(e) => {
        setOpen(e.currentTarget.open);
        localStorage.setItem(place, e.currentTarget.open ? 'open' : '');
      }}
    >
      <summary>
        <ChartColumn aria-hidden /> {t('runs.charts')}
      </summary>
      {open && (
        <>
          <ProblemBox error={statistics.error} retry={() => void statistics.refetch()} />
          {statistics.isPending && <Loading />}
          {statistics.data && (
            <>
              <Total total={statistics.data.total} />
              <Suspense fallback={<Loading />}>
                <Plots statistics={statistics.data} />
              </Suspense>
              <Table buckets={statistics.data.buckets} />
            </>
          )}
        </>
      )}
    </details>
  );
}

function Total({ total }: { total: Bucket }) {
  const { t, duration } = useText();
  const { count } = useNumbers();
  const all = total.success + total.warning + total.error + total.stopped;
  const facts: [string, string][] = [
    [t('runs.charts.executions'), count(all)],
    [t('runs.compare.errors'), count(total.error)],
    [t('runs.operations'), count(total.operations)],
    [t('runs.charts.median'), all > 0 ? duration(total.median_ms) : '–'],
    [t('runs.charts.p95'), all > 0 ? duration(total.p95_ms) : '–'],
  ];
  return (
    <dl className="summary">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Table({ buckets }: { buckets: Bucket[] }) {
  const { t, moment, duration } = useText();
  const { count } = useNumbers();
  const filled = buckets.filter((b) => b.success + b.warning + b.error + b.stopped > 0);
  return (
    <details className="charts-table">
      <summary>{t('runs.charts.table')}</summary>
      <div className="table-box" role="region" aria-label={t('runs.charts.table')} tabIndex={0}>
        <table className="table">
          <thead>
            <tr>
              <th scope="col">{t('runs.charts.from')}</th>
              {(['success', 'warning', 'error', 'stopped'] as const).map((s) => (
                <th key={s} scope="col" className="number">
                  {t(`status.${s}`)}
                </th>
              ))}
              <th scope="col" className="number">
                {t('runs.operations')}
              </th>
              <th scope="col" className="number">
                {t('runs.charts.median')}
              </th>
              <th scope="col" className="number">
                {t('runs.charts.p95')}
              </th>
            </tr>
          </thead>
          <tbody>
            {filled.map((b) => (
              <tr key={b.at}>
                <th scope="row">{moment(b.at)}</th>
                <td className="number">{count(b.success)}</td>
                <td className="number">{count(b.warning)}</td>
                <td className="number">{count(b.error)}</td>
                <td className="number">{count(b.stopped)}</td>
                <td className="number">{count(b.operations)}</td>
                <td className="number">{duration(b.median_ms)}</td>
                <td className="number">{duration(b.p95_ms)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
