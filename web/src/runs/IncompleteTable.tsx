import { useEffect, useRef } from 'react';
import type { Incomplete } from '../api/types';
import { Link } from '../app/router';
import { Moment } from '../parts/basics';
import { Status } from '../parts/status';
import { useText } from '../text/text';
import { useStepNames, useVersion } from './data';
import { reasonText } from './reasons';
import { useRows } from './rows';

const rowHeight = 60;

interface IncompleteTableProps {
  list: Incomplete[];
  names: Map<number, string>;
  selected: ReadonlySet<number>;
  onSelect: (selected: ReadonlySet<number>) => void;
  more: { hasNextPage: boolean; isFetching: boolean; fetchNextPage: () => Promise<unknown> };
}

export function IncompleteTable({ list, names, selected, onSelect, more }: IncompleteTableProps) {
  const { t } = useText();
  const box = useRef<HTMLDivElement>(null);
  const virtual = useRows({ count: list.length, box, height: rowHeight });
  const items = virtual.getVirtualItems();
  const near = (items.at(-1)?.index ?? 0) >= list.length - 30;
  const { hasNextPage, isFetching, fetchNextPage } = more;
  useEffect(() => {
    if (near && hasNextPage && !isFetching) void fetchNextPage();
  }, [near, hasNextPage, isFetching, fetchNextPage]);
  const open = list.filter((i) => i.state !== 'resolved');
  const isAll = open.length > 0 && open.every((i) => selected.has(i.id));
  const toggle = (id: number) => {
    const next = new Set(selected);
    if (!next.delete(id)) next.add(id);
    onSelect(next);
  };
  return (
    <div
      className="grid-box incomplete-grid"
      role="table"
      aria-label={t('nav.incomplete')}
      aria-rowcount={hasNextPage ? -1 : list.length + 1}
    >
      <div role="rowgroup">
        <div className="grid-row grid-head" role="row" aria-rowindex={1}>
          <span role="columnheader" className="grid-check">
            <input
              type="checkbox"
              aria-label={t('runs.select.all')}
              checked={isAll}
              onChange={() => onSelect(new Set(isAll ? [] : open.map((i) => i.id)))}
            />
          </span>
          <span role="columnheader">{t('runs.col.status')}</span>
          <span role="columnheader">{t('runs.col.why')}</span>
          <span role="columnheader">{t('runs.col.execution')}</span>
          <span role="columnheader" className="number">
            {t('runs.col.attempts')}
          </span>
          <span role="columnheader">{t('runs.col.next')}</span>
          <span role="columnheader">{t('runs.col.since')}</span>
        </div>
      </div>
      <div ref={box} className="grid-body" role="rowgroup">
        <div role="presentation" style={{ height: virtual.getTotalSize() }}>
          {items.map(({ index, start }) => {
            const i = list[index];
            if (!i) return null;
            return (
              <div
                key={i.id}
                className={selected.has(i.id) ? 'grid-row selected' : 'grid-row'}
                role="row"
                aria-rowindex={index + 2}
                style={{ transform: `translateY(${start}px)` }}
              >
                <span role="cell" className="grid-check">
                  <input
                    type="checkbox"
                    aria-label={t('runs.select.incomplete', { id: String(i.id) })}
                    checked={selected.has(i.id)}
                    disabled={i.state === 'resolved'}
                    onChange={() => toggle(i.id)}
                  />
                </span>
                <Cells incomplete={i} scenario={names.get(i.scenario) ?? String(i.scenario)} />
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

function Cells({ incomplete: i, scenario }: { incomplete: Incomplete; scenario: string }) {
  const { t, told } = useText();
  const names = useStepNames(useVersion(i.scenario, i.version).data);
  return (
    <>
      <span role="cell">
        <Status status={i.state} />
      </span>
      <span role="cell" className="grid-main">
        <Link href={`/incomplete/${i.id}`}>{reasonText(i.reason, t)}</Link>
        <span className="soft grid-second">{told(i.reason).message}</span>
      </span>
      <span role="cell" className="grid-two">
        <span>{scenario}</span>
        <span className="soft">{names.name(i.module)}</span>
      </span>
      <span role="cell" className="number">
        {i.attempts_max > 0 ? t('runs.attempts.of', { n: i.attempts, max: i.attempts_max }) : i.attempts}
      </span>
      <span role="cell">{i.due ? <Moment at={i.due} /> : <span className="soft">{t('runs.no-retry')}</span>}</span>
      <span role="cell">
        <Moment at={i.created} />
      </span>
    </>
  );
}
