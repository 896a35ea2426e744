import { useMemo, useState } from 'react';
import { CircleCheckBig, SearchX } from 'lucide-react';
import { useList } from '../api/lists';
import type { Incomplete } from '../api/types';
import { useParameters } from '../app/router';
import { useSession } from '../app/session';
import { Button, Empty, Loading, Page } from '../parts/basics';
import { ProblemBox } from '../parts/problem';
import { useText, type Key } from '../text/text';
import { useScenarios } from './data';
import { IncompleteTable } from './IncompleteTable';
import { RetryBar } from './RetryBar';
import './runs.css';

const states = ['unresolved', 'pending', 'in progress', 'resolved'] as const;
const part = 200;

/** Bundles that stopped on their way and wait for a retry or a decision. */
export function Incompletes() {
  const { t } = useText();
  const { team } = useSession();
  const [parameters, change] = useParameters();
  const scenario = Number(parameters.get('scenario')) || 0;
  const state = parameters.get('state') ?? '';
  const list = useList<Incomplete>('incompletes', '/incomplete', {
    team,
    scenario: scenario || undefined,
    state: state || undefined,
    limit: part,
  });
  const { items: scenarios, names } = useScenarios(team);
  const [selected, setSelected] = useState<ReadonlySet<number>>(new Set());
  const items = useMemo(() => list.items ?? [], [list.items]);
  const chosen = useMemo(() => items.filter((i) => selected.has(i.id)), [items, selected]);
  const filtered = scenario !== 0 || state !== '';
  return (
    <div className="run-page">
      <Page title={t('nav.incomplete')} lead={t('runs.incomplete.lead')}>
        <div className="filters" role="search" aria-label={t('runs.filters')}>
          <select
            aria-label={t('runs.filter.scenario')}
            value={scenario}
            onChange={(e) => change({ scenario: e.target.value === '0' ? '' : e.target.value })}
          >
            <option value={0}>{t('runs.filter.all-scenarios')}</option>
            {scenarios.map((s) => (
              <option key={s.id} value={s.id}>
                {s.name}
              </option>
            ))}
          </select>
          <span className="chips" role="group" aria-label={t('runs.filter.status')}>
            {states.map((s) => (
              <button
                key={s}
                type="button"
                className="chip"
                aria-pressed={state === s}
                onClick={() => change({ state: state === s ? '' : s })}
              >
                {t(`status.${s.replace(' ', '-')}` as Key)}
              </button>
            ))}
          </span>
          {filtered && (
            <Button look="quiet" onClick={() => change({ scenario: '', state: '' })}>
              {t('runs.filter.clear')}
            </Button>
          )}
        </div>
        <RetryBar chosen={chosen} all={scenario} clear={() => setSelected(new Set())} />
        <ProblemBox error={list.error} retry={() => void list.refetch()} />
        {list.isPending && <Loading />}
        {list.isSuccess && items.length === 0 && (
          <Empty
            icon={filtered ? <SearchX /> : <CircleCheckBig />}
            title={t(filtered ? 'runs.incomplete.no-match' : 'runs.incomplete.empty')}
          >
            <p className="soft">{t('runs.incomplete.empty.lead')}</p>
          </Empty>
        )}
        {items.length > 0 && (
          <IncompleteTable list={items} names={names} selected={selected} onSelect={setSelected} more={list} />
        )}
      </Page>
    </div>
  );
}
