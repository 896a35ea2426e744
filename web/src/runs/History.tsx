import { useCallback, useDeferredValue, useMemo, useRef, useState } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { ArrowUp, History as HistoryIcon, SearchX } from 'lucide-react';
import { Link, useParameters } from '../app/router';
import { useSession } from '../app/session';
import { Button, Empty, Loading, Page } from '../parts/basics';
import { ProblemBox } from '../parts/problem';
import { useText } from '../text/text';
import { BulkBar } from './BulkBar';
import { Charts } from './Charts';
import { useScenarios } from './data';
import { ExecutionTable, type TableHandle } from './ExecutionTable';
import { FilterBar } from './FilterBar';
import { isFiltered, minSearched, noFilters, queryOf, readFilters, type Filters } from './filters';
import { useHistory } from './history';
import { StorageNote } from './StorageNote';
import './runs.css';

/** All executions of a team. */
export function History() {
  const { t } = useText();
  const { team } = useSession();
  const client = useQueryClient();
  const [parameters, change] = useParameters();
  const filters = useMemo(() => readFilters(parameters), [parameters]);
  const [opened] = useState(() => Date.now());
  const query = useDeferredValue(useMemo(() => queryOf(filters, team, opened), [filters, team, opened]));
  const table = useRef<TableHandle>(null);
  const mayMove = useCallback(() => table.current?.isAtTop() ?? true, []);
  const list = useHistory(query, mayMove);
  const { items: scenarios, names } = useScenarios(team);
  const [selected, setSelected] = useState<ReadonlySet<number>>(new Set());
  const chosen = useMemo(() => list.items.filter((e) => selected.has(e.id)), [list.items, selected]);
  const scenario = filters.scenario;
  return (
    <div className="run-page">
      <Page
        title={t('nav.history')}
        lead={
          scenario !== 0 && (
            <>
              {t('runs.history.of')} <Link href={`/scenarios/${scenario}`}>{names.get(scenario) ?? scenario}</Link>
            </>
          )
        }
        actions={<StorageNote />}
      >
        <FilterBar filters={filters} scenarios={scenarios} change={change} />
        {filters.kind !== 'dry' && <Charts query={query} />}
        {chosen.length > 0 && (
          <BulkBar
            chosen={chosen}
            clear={() => setSelected(new Set())}
            done={() => void client.invalidateQueries({ queryKey: ['executions'] })}
          />
        )}
        <ProblemBox error={list.error} retry={() => void list.refetch()} />
        {list.isPending && !list.searching && <Loading />}
        {list.searching && (
          <p className="soft" role="status">
            {t('runs.history.searching')}
          </p>
        )}
        {list.isSuccess && !list.searching && list.items.length === 0 && <Nothing filters={filters} change={change} />}
        {list.items.length > 0 && (
          <div className="history-list">
            {list.fresh > 0 && (
              <Button
                look="primary"
                icon={<ArrowUp aria-hidden />}
                onClick={() => {
                  list.showFresh();
                  table.current?.toTop();
                }}
              >
                {t('runs.history.fresh', { n: list.fresh })}
              </Button>
            )}
            <ExecutionTable
              ref={table}
              executions={list.items}
              names={names}
              selected={selected}
              onSelect={setSelected}
              more={list}
            />
          </div>
        )}
      </Page>
    </div>
  );
}

function Nothing({ filters, change }: { filters: Filters; change: (values: Record<string, string>) => void }) {
  const { t } = useText();
  if (isFiltered(filters)) {
    return (
      <Empty icon={<SearchX />} title={t('runs.history.no-match')}>
        {filters.text.trim().length >= minSearched && (
          <Button look="primary" onClick={() => change({ text: '', data: filters.text })}>
            {t('runs.history.in-data', { text: filters.text })}
          </Button>
        )}
        <Button onClick={() => change(noFilters)}>{t('runs.filter.clear')}</Button>
      </Empty>
    );
  }
  return (
    <Empty icon={<HistoryIcon />} title={t('runs.history.empty')}>
      <p className="soft">{t('runs.history.empty.lead')}</p>
      <Link className="button primary" href="/scenarios">
        {t('nav.scenarios')}
      </Link>
    </Empty>
  );
}
