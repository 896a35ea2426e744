import { memo, useCallback, useEffect, useImperativeHandle, useRef, type KeyboardEvent, type Ref } from 'react';
import { isOver } from '../api/follow';
import type { Execution } from '../api/types';
import { Link } from '../app/router';
import { Moment } from '../parts/basics';
import { Status } from '../parts/status';
import { useText } from '../text/text';
import { startedLate } from './data';
import { originText } from './origin';
import { useNumbers } from './numbers';
import { useRows } from './rows';

const rowHeight = 48;
const topPX = 4;

export interface TableHandle {
  isAtTop: () => boolean;
  toTop: () => void;
}

interface ExecutionTableProps {
  ref: Ref<TableHandle>;
  executions: Execution[];
  /** Names of scenarios by number. */
  names: Map<number, string>;
  selected: ReadonlySet<number>;
  onSelect: (selected: ReadonlySet<number>) => void;
  more: { hasNextPage: boolean; isFetching: boolean; fetchNextPage: () => Promise<unknown> };
}

/** Executions as rows of one height, of which those in sight are drawn. Those behind are read as one scrolls to them. */
export function ExecutionTable({ ref, executions, names, selected, onSelect, more }: ExecutionTableProps) {
  const { t } = useText();
  const box = useRef<HTMLDivElement>(null);
  const virtual = useRows({ count: executions.length, box, height: rowHeight });
  useImperativeHandle(ref, () => ({
    isAtTop: () => (box.current?.scrollTop ?? 0) <= topPX,
    toTop: () => box.current?.scrollTo({ top: 0 }),
  }));
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  const { hasNextPage, isFetching, fetchNextPage } = more;
  const near = last >= executions.length - 60;
  useEffect(() => {
    if (near && hasNextPage && !isFetching) void fetchNextPage();
  }, [near, hasNextPage, isFetching, fetchNextPage]);
  const latest = useRef({ selected, onSelect });
  useEffect(() => {
    latest.current = { selected, onSelect };
  });
  const toggle = useCallback((id: number) => {
    const { selected: now, onSelect: select } = latest.current;
    const next = new Set(now);
    if (!next.delete(id)) next.add(id);
    select(next);
  }, []);
  const onKey = (e: KeyboardEvent<HTMLDivElement>) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    const row = document.activeElement?.closest('[data-index]');
    if (!step || !row) return;
    e.preventDefault();
    const to = Number(row.getAttribute('data-index')) + step;
    virtual.scrollToIndex(to);
    box.current?.querySelector<HTMLElement>(`[data-index="${to}"] a`)?.focus({ preventScroll: true });
  };
  return (
    <div
      className="grid-box"
      role="table"
      aria-label={t('nav.history')}
      aria-rowcount={hasNextPage ? -1 : executions.length + 1}
    >
      <div role="rowgroup">
        <div className="grid-row grid-head" role="row" aria-rowindex={1}>
          <span role="columnheader">
            <span className="hidden">{t('runs.select')}</span>
          </span>
          <span role="columnheader">{t('runs.col.status')}</span>
          <span role="columnheader">{t('runs.col.execution')}</span>
          <span role="columnheader">{t('runs.col.by')}</span>
          <span role="columnheader">{t('runs.col.when')}</span>
          <span role="columnheader" className="number">
            {t('runs.col.duration')}
          </span>
          <span role="columnheader" className="number">
            {t('runs.operations')}
          </span>
          <span role="columnheader" className="number">
            {t('runs.col.size')}
          </span>
        </div>
      </div>
      <div ref={box} className="grid-body" role="rowgroup" onKeyDown={onKey}>
        <div role="presentation" style={{ height: virtual.getTotalSize() }}>
          {items.map(({ index, start }) => {
            const e = executions[index];
            return e ? (
              <Row
                key={e.id}
                execution={e}
                index={index}
                start={start}
                name={names.get(e.scenario) ?? e.name ?? String(e.scenario)}
                selected={selected.has(e.id)}
                toggle={toggle}
              />
            ) : null;
          })}
        </div>
      </div>
    </div>
  );
}

interface RowProps {
  execution: Execution;
  index: number;
  start: number;
  name: string;
  selected: boolean;
  toggle: (id: number) => void;
}

const Row = memo(function Row({ execution: e, index, start, name, selected, toggle }: RowProps) {
  const { t, told, duration, full } = useText();
  const { bytes, count } = useNumbers();
  const title = e.name && e.name !== name ? `${name} · ${e.name}` : name;
  return (
    <div
      className={selected ? 'grid-row selected' : 'grid-row'}
      role="row"
      aria-rowindex={index + 2}
      data-index={index}
      style={{ transform: `translateY(${start}px)` }}
    >
      <span role="cell" className="grid-check">
        <input
          type="checkbox"
          aria-label={t('runs.select.execution', { id: String(e.id) })}
          checked={selected}
          onChange={() => toggle(e.id)}
        />
      </span>
      <span role="cell">
        <Status status={e.status} />
      </span>
      <span role="cell" className="grid-main">
        <span className="grid-title">
          <Link href={`/history/${e.id}`}>
            <span className="hidden">{t('runs.execution.of', { id: String(e.id) })} </span>
            {title}
          </Link>
          {e.dry && <span className="tag live">{t('runs.dry')}</span>}
        </span>
        {e.error && <span className="grid-error">{told(e.error).message}</span>}
      </span>
      <span role="cell" className="soft">
        {originText(e.origin, t)}
      </span>
      <span role="cell">
        <Moment
          at={e.accepted}
          title={
            startedLate(e) ? t('runs.when.both', { accepted: full(e.accepted), started: full(e.started) }) : undefined
          }
        />
      </span>
      <span role="cell" className="number">
        {isOver(e.status) ? duration(e.duration_ms) : '–'}
      </span>
      <span role="cell" className="number">
        {isOver(e.status) ? count(e.operations) : '–'}
      </span>
      <span role="cell" className="number soft">
        {e.bytes > 0 ? bytes(e.bytes) : '–'}
      </span>
    </div>
  );
});
