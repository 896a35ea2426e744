import { useDeferredValue, useEffect, useMemo, useRef } from 'react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { FileUp, Table2 } from 'lucide-react';
import type { DataStore, StoreRecord } from '../api/types';
import { Button, Empty, Loading } from '../parts/basics';
import { ProblemBox } from '../parts/problem';
import { SearchBox } from '../parts/search';
import { useText } from '../text/text';
import { cell, columnsOf, dataOf, pageSize, useRecords, widthsOf } from './records';
import { fieldsOf } from '../parts/structure';

const rowHeight = 40;
const early = 20; // rows before the end at which more are read
const mostColumns = 30;
const longestTitle = 500;

interface RecordsProps {
  store: DataStore;
  /** What the keys begin with. */
  begin: string;
  search: (begin: string) => void;
  open: string | undefined;
  onOpen: (key: string) => void;
  onImport: (() => void) | undefined;
}

/** The records as a table. Of the rows only those in sight are drawn. */
export function Records({ store, begin, search, open, onOpen, onImport }: RecordsProps) {
  const { t } = useText();
  const records = useRecords(store.id, useDeferredValue(begin));
  const { items } = records;
  if (records.isPending) return <Loading />;
  if (records.error) return <ProblemBox error={records.error} retry={() => void records.refetch()} />;
  if (items.length === 0 && !begin)
    return (
      <Empty icon={<Table2 />} title={t('records.none')}>
        <p>{t('records.none.lead')}</p>
        {onImport && (
          <Button icon={<FileUp aria-hidden />} onClick={onImport}>
            {t('records.import')}
          </Button>
        )}
      </Empty>
    );
  return (
    <>
      <div className="tools">
        <SearchBox value={begin} onChange={search} label={t('records.search')} />
        {begin && (
          <p className="soft" role="status">
            {t(records.hasNextPage ? 'records.found.more' : 'records.found', { n: items.length })}
          </p>
        )}
      </div>
      {items.length === 0 ? (
        <p className="soft">{t('records.not-found', { text: begin })}</p>
      ) : (
        <Table store={store} items={items} open={open} onOpen={onOpen} records={records} />
      )}
    </>
  );
}

function Table({
  store,
  items,
  open,
  onOpen,
  records,
}: Pick<RecordsProps, 'store' | 'open' | 'onOpen'> & { items: StoreRecord[]; records: ReturnType<typeof useRecords> }) {
  const { t } = useText();
  const box = useRef<HTMLDivElement>(null);
  // eslint-disable-next-line react-hooks/incompatible-library -- what it returns is used here alone, and nothing memoizes it
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan: 12,
  });
  const shown = rows.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = records;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && last >= items.length - early) void fetchNextPage();
  }, [last, items.length, hasNextPage, isFetchingNextPage, fetchNextPage]);
  const { structure } = store;
  const all = useMemo(() => columnsOf(structure, items), [structure, items]);
  const columns = useMemo(() => all.slice(0, mostColumns), [all]);
  const types = new Map(fieldsOf(structure).map((f) => [f.name, f.type]));
  const keyHeading = t('records.key');
  const widths = useMemo(() => {
    const texts = items.slice(0, pageSize).map((r) => [r.key, ...columns.map((name) => cell(dataOf(r)[name]))]);
    return widthsOf([keyHeading, ...columns], texts);
  }, [keyHeading, columns, items]);
  const template = { gridTemplateColumns: widths.map((w) => `minmax(${w}rem, ${w}fr)`).join(' ') };
  const room = { minWidth: `${widths.reduce((a, b) => a + b, 0)}rem` }; // of the headings and of all rows
  const isNumber = (name: string) => types.get(name) === 'number';
  return (
    <>
      <div
        ref={box}
        className="records"
        role="table"
        aria-label={t('records.table', { name: store.name })}
        aria-rowcount={hasNextPage ? -1 : items.length + 1}
        aria-colcount={columns.length + 1}
        tabIndex={0}
      >
        <div className="records-head" role="row" aria-rowindex={1} style={{ ...template, ...room }}>
          <span role="columnheader">{keyHeading}</span>
          {columns.map((name) => (
            <span key={name} role="columnheader" title={name} className={isNumber(name) ? 'number' : undefined}>
              {name}
            </span>
          ))}
        </div>
        <div role="rowgroup" className="records-body" style={{ height: rows.getTotalSize(), ...room }}>
          {shown.map(({ index, start }) => {
            const record = items[index];
            if (!record) return null;
            const data = dataOf(record);
            return (
              <div
                key={record.key}
                role="row"
                aria-rowindex={index + 2}
                className={record.key === open ? 'records-row current' : 'records-row'}
                style={{ ...template, translate: `0 ${start}px` }}
              >
                <span role="rowheader">
                  <button type="button" className="records-key" title={record.key} onClick={() => onOpen(record.key)}>
                    {record.key}
                  </button>
                </span>
                {columns.map((name) => {
                  const text = cell(data[name]);
                  return (
                    <span
                      key={name}
                      role="cell"
                      title={text.slice(0, longestTitle)}
                      className={isNumber(name) ? 'number' : undefined}
                    >
                      {text}
                    </span>
                  );
                })}
              </div>
            );
          })}
        </div>
      </div>
      <p className="soft records-foot" role="status">
        {isFetchingNextPage
          ? t('common.loading')
          : t('records.loaded', { n: items.length, all: store.records.toLocaleString() })}
        {all.length > columns.length && ` ${t('records.columns', { n: all.length - columns.length })}`}
      </p>
    </>
  );
}
