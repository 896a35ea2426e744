import { useEffect, useState } from 'react';
import { Search } from 'lucide-react';
import { useText } from '../text/text';
import { minSearched, wheres, type Filters, type Where } from './filters';

const typingMS = 350;

interface TextFilterProps {
  filters: Filters;
  change: (values: Record<string, string>) => void;
}

/** Looks for a text: in errors and names, which are found at once, or in all the data, which has to be read. */
export function TextFilter({ filters, change }: TextFilterProps) {
  const { t } = useText();
  const [chosen, setChosen] = useState<Where>(filters.data ? 'data' : 'text');
  const where = filters.data ? 'data' : filters.text ? 'text' : chosen;
  const [typed, setTyped] = useState<string>(); // and not yet looked for
  const value = typed ?? filters[where];
  useEffect(() => {
    if (typed === undefined) return;
    const timer = window.setTimeout(() => {
      change({ text: '', data: '', [where]: typed });
      setTyped(undefined);
    }, typingMS);
    return () => window.clearTimeout(timer);
  }, [typed, where, change]);
  return (
    <span className="text-filter" role="group" aria-label={t('runs.filter.search')}>
      <select
        aria-label={t('runs.filter.where')}
        value={where}
        onChange={(e) => {
          const next = wheres.find((w) => w === e.target.value) ?? 'text';
          setChosen(next);
          setTyped(undefined);
          change({ text: '', data: '', [next]: value });
        }}
      >
        {wheres.map((w) => (
          <option key={w} value={w}>
            {t(`runs.filter.where.${w}`)}
          </option>
        ))}
      </select>
      <label className="value-search">
        <Search aria-hidden />
        <span className="hidden">{t(`runs.filter.${where}`)}</span>
        <input
          type="search"
          value={value}
          placeholder={t(`runs.filter.${where}`)}
          minLength={where === 'data' ? minSearched : undefined}
          onChange={(e) => setTyped(e.target.value)}
        />
      </label>
    </span>
  );
}
