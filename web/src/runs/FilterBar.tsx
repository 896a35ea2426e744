import { useState } from 'react';
import { CalendarRange, X } from 'lucide-react';
import type { Scenario } from '../api/types';
import { Button } from '../parts/basics';
import { statuses } from '../parts/status';
import { useText, type Key } from '../text/text';
import { isFiltered, kinds, noFilters, ranges, type Filters } from './filters';
import { TextFilter } from './TextFilter';

interface FilterBarProps {
  filters: Filters;
  scenarios: Scenario[];
  change: (values: Record<string, string>) => void;
}

/** What is shown of the history. Every choice stands in the address, so that it can be sent to somebody. */
export function FilterBar({ filters, scenarios, change }: FilterBarProps) {
  const { t } = useText();
  const custom = filters.from !== '' || filters.until !== '';
  const [typed, setTyped] = useState(custom);
  const toggle = (status: string) => {
    const next = filters.statuses.includes(status)
      ? filters.statuses.filter((s) => s !== status)
      : [...filters.statuses, status];
    change({ status: next.join(',') });
  };
  return (
    <div className="filters" role="search" aria-label={t('runs.filters')}>
      <TextFilter filters={filters} change={change} />
      <select
        aria-label={t('runs.filter.scenario')}
        value={filters.scenario}
        onChange={(e) => change({ scenario: e.target.value === '0' ? '' : e.target.value })}
      >
        <option value={0}>{t('runs.filter.all-scenarios')}</option>
        {scenarios.map((s) => (
          <option key={s.id} value={s.id}>
            {s.name}
          </option>
        ))}
      </select>
      <select
        aria-label={t('runs.filter.time')}
        value={typed ? 'typed' : filters.range}
        onChange={(e) => {
          setTyped(e.target.value === 'typed');
          change({ range: e.target.value === 'typed' ? '' : e.target.value, from: '', until: '' });
        }}
      >
        <option value="">{t('runs.filter.any-time')}</option>
        {ranges.map((r) => (
          <option key={r} value={r}>
            {t(`runs.range.${r}`)}
          </option>
        ))}
        <option value="typed">{t('runs.range.typed')}</option>
      </select>
      {typed && (
        <span className="filter-dates">
          <CalendarRange aria-hidden />
          <input
            type="datetime-local"
            aria-label={t('runs.filter.from')}
            value={filters.from}
            onChange={(e) => change({ from: e.target.value, range: '' })}
          />
          <span aria-hidden>–</span>
          <input
            type="datetime-local"
            aria-label={t('runs.filter.until')}
            value={filters.until}
            onChange={(e) => change({ until: e.target.value, range: '' })}
          />
        </span>
      )}
      <span className="chips" role="group" aria-label={t('runs.filter.status')}>
        {statuses.map((s) => (
          <button
            key={s}
            type="button"
            className={`chip ${s}`}
            aria-pressed={filters.statuses.includes(s)}
            onClick={() => toggle(s)}
          >
            {t(`status.${s}` as Key)}
          </button>
        ))}
      </span>
      <span className="chips" role="group" aria-label={t('runs.filter.kind')}>
        {kinds.map((k) => (
          <button
            key={k}
            type="button"
            className="chip"
            aria-pressed={filters.kind === k}
            onClick={() => change({ kind: filters.kind === k ? '' : k })}
          >
            {t(`runs.filter.kind.${k}`)}
          </button>
        ))}
      </span>
      {isFiltered(filters) && (
        <Button
          look="quiet"
          icon={<X aria-hidden />}
          onClick={() => {
            setTyped(false);
            change(noFilters);
          }}
        >
          {t('runs.filter.clear')}
        </Button>
      )}
    </div>
  );
}
