import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent } from 'react';
import { X } from 'lucide-react';
import { useText } from '../text/text';
import type { Side, Target } from './mapping';
import { useMeanings } from './meanings';
import { originText } from './origin';
import { PanelRows } from './PanelRows';
import { callRows, fieldRows, foundRows, meaningRows, type Row, type RowHelp } from './rows';
import type { Source } from './source';
import { useFunctions } from './useFunctions';
import { customWebhook } from '../parts/flow';

const tabs = ['fields', 'functions', 'values'] as const;
type Tab = (typeof tabs)[number];

function HelpView({ help }: { help: RowHelp | undefined }) {
  const { t } = useText();
  return (
    <div className="mp-help">
      {help ? (
        <>
          <p className="mono mp-help-title">{help.title}</p>
          {help.text && <p className="mp-help-text">{help.text}</p>}
          {help.examples?.slice(0, 2).map((x) => (
            <p key={x.expression} className="mono mp-example">
              {x.expression} <span aria-hidden>→</span> {x.result || t('form.preview.nothing')}
            </p>
          ))}
        </>
      ) : (
        <p className="soft">{t('form.panel.hint')}</p>
      )}
    </div>
  );
}

/** Which headings stand open at first: the nearest module and the first group. */
function opened(sources: Source[]): Set<string> {
  const nearest = sources[sources.length - 1];
  return new Set([...(nearest ? [`module ${nearest.id}`] : []), 'group General']);
}

/** What can be put into the field that has the focus: fields of earlier modules, functions, words and operators. */
export function MappingPanel({
  sources,
  target,
  browsed,
  side,
  onClose,
}: {
  sources: Source[];
  target: Target;
  /** Changes when the focus is to go into the panel. */
  browsed: number;
  side: Side | undefined;
  onClose: () => void;
}) {
  const speaker = useText();
  const { t } = speaker;
  const functions = useFunctions();
  const meanings = useMeanings();
  const panel = useRef<HTMLDivElement>(null);
  const search = useRef<HTMLInputElement>(null);
  const [tab, setTab] = useState<Tab>(sources.length > 0 ? 'fields' : 'functions');
  const [query, setQuery] = useState('');
  const [open, setOpen] = useState(() => opened(sources));
  const [help, setHelp] = useState<RowHelp>();
  const [said, setSaid] = useState('');

  useLayoutEffect(() => {
    panel.current?.showPopover();
  }, []);
  useEffect(() => {
    if (browsed > 0) search.current?.focus();
  }, [browsed]);

  const rows = (): Row[] => {
    if (query) return foundRows(query, sources, functions, meanings, speaker.language);
    if (tab === 'fields')
      return fieldRows(
        sources,
        open,
        (source) => originText(source, speaker),
        (source) => t(source.module === customWebhook ? 'form.panel.empty.webhook' : 'form.panel.empty'),
      );
    if (tab === 'functions') return callRows(functions, open);
    return meaningRows(meanings, { words: t('form.panel.words'), operators: t('form.panel.operators') });
  };
  const toggle = (key: string) => {
    const next = new Set(open);
    if (!next.delete(key)) next.add(key);
    setOpen(next);
  };
  const take = (row: Row, isMouse: boolean) => {
    if (!row.snippet) return;
    target.insert(row.snippet);
    setSaid(t('form.panel.inserted', { what: row.label, field: target.label }));
    if (isMouse) target.focus();
  };
  const onKeyDown = (e: KeyboardEvent) => {
    if (e.key === 'Escape') {
      e.stopPropagation();
      e.preventDefault();
      onClose();
    }
    if (e.key === 'ArrowDown' && e.target === search.current) {
      e.preventDefault();
      panel.current?.querySelector<HTMLElement>('[role=treeitem][tabindex="0"]')?.focus();
    }
  };
  const list = rows();
  return (
    <div
      ref={panel}
      popover="manual"
      role="dialog"
      aria-label={t('form.panel.title', { field: target.label })}
      data-panel
      className={side ? 'mapping-panel' : 'mapping-panel sheet'}
      style={side && { left: side.left, top: side.top, height: side.height }}
      onKeyDown={onKeyDown}
    >
      <div className="mp-head">
        <input
          ref={search}
          type="search"
          value={query}
          placeholder={t('form.panel.search')}
          aria-label={t('form.panel.search')}
          onChange={(e) => setQuery(e.target.value)}
        />
        <button type="button" className="icon-button" aria-label={t('common.close')} onClick={onClose}>
          <X aria-hidden />
        </button>
      </div>
      <div className="mp-tabs" role="group" aria-label={t('form.panel.kinds')}>
        {tabs.map((x) => (
          <button
            key={x}
            type="button"
            aria-pressed={tab === x && !query}
            onMouseDown={(e) => e.preventDefault()}
            onClick={() => {
              setTab(x);
              setQuery('');
            }}
          >
            {t(`form.panel.${x}`)}
          </button>
        ))}
      </div>
      {list.length > 0 ? (
        <PanelRows
          rows={list}
          label={t(`form.panel.${tab}`)}
          onToggle={toggle}
          onTake={take}
          onPoint={(r) => setHelp(r.help)}
        />
      ) : (
        <p className="mp-empty soft">{query ? t('form.panel.nothing') : t('form.panel.no-sources')}</p>
      )}
      <HelpView help={help} />
      <p className="hidden" aria-live="polite">
        {said}
      </p>
    </div>
  );
}
