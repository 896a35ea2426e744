import { Button } from '../../parts/basics';
import { SearchBox } from '../../parts/search';
import { useText } from '../../text/text';
import { isFiltered, noFilter, subjectNames, type Filter } from './entry';

interface FiltersProps {
  filter: Filter;
  change: (next: Filter) => void;
}

export function Filters({ filter, change }: FiltersProps) {
  const { t } = useText();
  return (
    <div className="audit-filters">
      <SearchBox label={t('audit.search')} value={filter.text} onChange={(text) => change({ ...filter, text })} />
      <SearchBox label={t('audit.who')} value={filter.actor} onChange={(actor) => change({ ...filter, actor })} />
      <label className="inline">
        <span>{t('audit.kind')}</span>
        <select
          value={filter.subject}
          onChange={(e) => change({ ...filter, subject: subjectNames.find((s) => s === e.target.value) ?? '' })}
        >
          <option value="">{t('common.all')}</option>
          {subjectNames.map((s) => (
            <option key={s} value={s}>
              {t(`audit.kind.${s}`)}
            </option>
          ))}
        </select>
      </label>
      <label className="inline">
        <span>{t('audit.from')}</span>
        <input
          type="date"
          value={filter.from}
          max={filter.until || undefined}
          onChange={(e) => change({ ...filter, from: e.target.value })}
        />
      </label>
      <label className="inline">
        <span>{t('audit.until')}</span>
        <input
          type="date"
          value={filter.until}
          min={filter.from || undefined}
          onChange={(e) => change({ ...filter, until: e.target.value })}
        />
      </label>
      {isFiltered(filter) && (
        <Button look="quiet" onClick={() => change(noFilter)}>
          {t('audit.clear')}
        </Button>
      )}
    </div>
  );
}
