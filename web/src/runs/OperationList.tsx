import { useEffect, useId, useRef, type KeyboardEvent } from 'react';
import { CircleAlert, CircleCheck, CircleHelp, LoaderCircle } from 'lucide-react';
import type { Operation } from '../api/types';
import { useText, type Key } from '../text/text';
import { placeOf } from './address';
import { idOf, outcomeOf, type Outcome } from './operations';
import { bytesText, useNumbers } from './numbers';
import { sizeOf } from './values';
import { useRows } from './rows';

const looks: Record<Outcome, { icon: typeof CircleAlert; tone: string; text: Key }> = {
  done: { icon: CircleCheck, tone: 'good', text: 'runs.outcome.done' },
  failed: { icon: CircleAlert, tone: 'bad', text: 'runs.outcome.failed' },
  unknown: { icon: CircleHelp, tone: 'warn', text: 'runs.outcome.unknown' },
  running: { icon: LoaderCircle, tone: 'live', text: 'status.running' },
};

const rowHeight = 52;

interface OperationListProps {
  operations: Operation[];
  chosen: string;
  live: boolean;
  /** Names the module of each, where they are of several. */
  name?: (module: number) => string;
  onChoose: (id: string) => void;
  more: { hasNextPage: boolean; isFetching: boolean; fetchNextPage: () => Promise<unknown> };
}

/** The operations to choose from; those behind are read as one scrolls to them. */
export function OperationList({ operations, chosen, live, name, onChoose, more }: OperationListProps) {
  const { t } = useText();
  const box = useRef<HTMLDivElement>(null);
  const prefix = useId();
  const virtual = useRows({ count: operations.length, box, height: rowHeight });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  const { hasNextPage, isFetching, fetchNextPage } = more;
  useEffect(() => {
    if (!live && hasNextPage && !isFetching && last >= operations.length - 10) void fetchNextPage();
  }, [live, hasNextPage, isFetching, fetchNextPage, last, operations.length]);
  const at = operations.findIndex((o) => idOf(o) === chosen);
  const onKey = (e: KeyboardEvent) => {
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: operations.length - 1 }[e.key];
    const next = to === undefined ? undefined : operations[to];
    if (to === undefined || !next) return;
    e.preventDefault();
    onChoose(idOf(next));
    virtual.scrollToIndex(to);
  };
  return (
    <div
      ref={box}
      className="operation-list"
      role="listbox"
      aria-label={t('runs.operations')}
      tabIndex={0}
      aria-activedescendant={items.some((v) => v.index === at) ? `${prefix}${at}` : undefined}
      onKeyDown={onKey}
    >
      <div role="presentation" style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const o = operations[item.index];
          if (!o) return null;
          return (
            <div
              key={idOf(o)}
              id={`${prefix}${item.index}`}
              role="option"
              aria-selected={item.index === at}
              aria-setsize={operations.length}
              aria-posinset={item.index + 1}
              className="operation-row"
              style={{ transform: `translateY(${item.start}px)` }}
              onClick={() => onChoose(idOf(o))}
            >
              <Row operation={o} number={item.index + 1} live={live} module={name?.(o.module)} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

function Row({
  operation: o,
  number,
  live,
  module,
}: {
  operation: Operation;
  number: number;
  live: boolean;
  module?: string;
}) {
  const { t, duration } = useText();
  const { language } = useNumbers();
  const outcome = outcomeOf(o, live);
  const { icon: Icon, tone, text } = looks[outcome];
  const { cycle, bundles } = placeOf(o.address);
  const at = [
    cycle > 1 && t('runs.cycle.of', { number: cycle }),
    bundles.length > 0 && t('runs.bundle.of', { number: bundles.join(' › ') }),
  ].filter(Boolean);
  return (
    <>
      <span className={`operation-mark ${tone}`} title={t(text)}>
        <Icon aria-hidden className={outcome === 'running' ? 'spin' : undefined} />
        <span className="hidden">{t(text)}</span>
      </span>
      <span className="operation-what">
        <b>{module ?? t('runs.operation.of', { number })}</b>
        <span className="soft">{at.join(' · ') || t('runs.operation.start')}</span>
      </span>
      <span className="operation-numbers soft">
        <span>{outcome === 'done' ? t('runs.bundles', { n: o.bundle_count }) : t(text)}</span>
        <span>
          {[o.finished && duration(o.duration_ms), o.bundles && bytesText(sizeOf(o.bundles), language)]
            .filter(Boolean)
            .join(' · ')}
        </span>
      </span>
    </>
  );
}
