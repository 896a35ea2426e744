import { useDeferredValue, useId, useMemo, useState } from 'react';
import { Braces, Check, Copy, Download, ListTree, Search, Table2 } from 'lucide-react';
import { useText } from '../text/text';
import { useClipboard } from './clipboard';
import { save } from './save';
import { ValueTable } from './ValueTable';
import { ValueTree } from './ValueTree';
import { columns, mapping, scalarText, isBranch, type Way } from './values';

export interface ValueViewProps {
  value: object;
  /** What the value is called, for who cannot see it and as the name of its file. */
  name: string;
  /** A list of bundles: its lines are called so. */
  bundles?: boolean;
  /** The module whose bundles they are: its fields can be mapped. */
  module?: number;
  /** What people call the fields of the bundles, by name. */
  labels?: ReadonlyMap<string, string>;
}

/** A value as a tree or, where it is a list of alike things, as a table: searched, copied, saved. Long ones are drawn in parts. */
export function ValueView({ value, name, bundles = false, module, labels }: ValueViewProps) {
  const { t } = useText();
  const names = useMemo(() => (Array.isArray(value) ? columns(value) : undefined), [value]);
  const [asTable, setAsTable] = useState(false);
  const [search, setSearch] = useState('');
  const [chosen, setChosen] = useState<{ way: Way; value: unknown }>();
  const wanted = useDeferredValue(search);
  const json = () => JSON.stringify(value, null, 2);
  return (
    <div className="value-view">
      <div className="value-bar">
        <label className="value-search">
          <Search aria-hidden />
          <span className="hidden">{t('runs.value.search', { name })}</span>
          <input
            type="search"
            value={search}
            placeholder={t('runs.value.search.short')}
            onChange={(e) => setSearch(e.target.value)}
          />
        </label>
        {names && (
          <span className="segments" role="group" aria-label={t('runs.value.shown-as')}>
            <button
              type="button"
              aria-pressed={!asTable}
              title={t('runs.value.tree')}
              onClick={() => setAsTable(false)}
            >
              <ListTree aria-hidden />
              <span className="hidden">{t('runs.value.tree')}</span>
            </button>
            <button type="button" aria-pressed={asTable} title={t('runs.value.table')} onClick={() => setAsTable(true)}>
              <Table2 aria-hidden />
              <span className="hidden">{t('runs.value.table')}</span>
            </button>
          </span>
        )}
        <CopyIcon text={json} label={t('runs.value.copy-json')} icon={<Braces aria-hidden />} />
        <button
          type="button"
          className="icon-button"
          aria-label={t('runs.value.download')}
          title={t('runs.value.download')}
          onClick={() => save(`${name}.json`, json())}
        >
          <Download aria-hidden />
        </button>
      </div>
      {names && asTable ? (
        <ValueTable rows={value as unknown[]} columns={names} labels={labels} name={name} search={wanted} />
      ) : (
        <ValueTree value={value} name={name} bundles={bundles} search={wanted} onChoose={setChosen} />
      )}
      {chosen && !asTable && (
        <Chosen way={bundles ? chosen.way.slice(1) : chosen.way} value={chosen.value} module={module} />
      )}
    </div>
  );
}

/** What can be done with the line that was chosen. */
function Chosen({ way, value, module }: { way: Way; value: unknown; module?: number }) {
  const { t } = useText();
  const id = useId();
  const text = module !== undefined && way.length > 0 ? mapping(module, way) : way.join(' › ');
  return (
    <div className="value-chosen" role="group" aria-labelledby={id}>
      <code id={id}>{text}</code>
      {module !== undefined && way.length > 0 && (
        <CopyIcon text={() => text} label={t('runs.value.copy-path')} icon={<Copy aria-hidden />} shown />
      )}
      <CopyIcon
        text={() => (isBranch(value) ? JSON.stringify(value, null, 2) : scalarText(value))}
        label={t('runs.value.copy-value')}
        icon={<Copy aria-hidden />}
        shown
      />
    </div>
  );
}

interface CopyIconProps {
  text: () => string;
  label: string;
  icon: React.ReactNode;
  /** The label is seen, too. */
  shown?: boolean;
}

export function CopyIcon({ text, label, icon, shown = false }: CopyIconProps) {
  const { done, copy } = useClipboard();
  const { t } = useText();
  return (
    <button
      type="button"
      className={shown ? 'button small' : 'icon-button'}
      aria-label={label}
      title={label}
      onClick={() => void copy(text())}
    >
      {done ? <Check aria-hidden /> : icon}
      {shown && label}
      <span className="hidden" aria-live="polite">
        {done && t('common.copied')}
      </span>
    </button>
  );
}
