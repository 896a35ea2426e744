import { useEffect, useMemo, useRef, useState } from 'react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { ScrollText } from 'lucide-react';
import { useList } from '../../api/lists';
import { Button, Empty, Loading, Moment } from '../../parts/basics';
import { ProblemBox } from '../../parts/problem';
import { useText } from '../../text/text';
import { isFiltered, passes, type Entry, type Filter } from './entry';
import { EntryRow } from './EntryRow';

const pageSize = 100;
/** Matches that a search wants before it rests, and entries that it goes through for them before it asks. */
const wanted = 30;
const searched = 2000;
const rowHeight = 58;

/** The days of the user's zone, as "2026-11-27". */
function useDay(): (iso: string) => string {
  const { zone } = useText();
  return useMemo(() => {
    const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' }); // Swedes write dates that way
    return (iso) => format.format(new Date(iso));
  }, [zone]);
}

/** The log, newest first. The server lists it page by page; what is filtered is filtered here, and how far is told. */
export function Entries({ path, filter }: { path: string; filter: Filter }) {
  const { t } = useText();
  const list = useList<Entry>('audit', path, { limit: pageSize });
  const day = useDay();
  const entries = list.items ?? [];
  const filtered = isFiltered(filter);
  const shown = entries.filter((e) => passes(e, filter, day, t));
  const last = entries.at(-1);
  const tooOld = filter.from !== '' && last !== undefined && day(last.at) < filter.from;
  const [limit, setLimit] = useState(searched);
  const goOn = filtered && list.hasNextPage && !tooOld && shown.length < wanted && entries.length < limit;
  const { isFetchingNextPage, fetchNextPage } = list;
  useEffect(() => {
    if (goOn && !isFetchingNextPage) void fetchNextPage();
  }, [goOn, isFetchingNextPage, fetchNextPage]);
  const whole = !list.hasNextPage || tooOld;
  return (
    <>
      {list.isPending && <Loading />}
      <ProblemBox error={list.error} retry={() => void list.refetch()} />
      {list.data && shown.length === 0 && !goOn && (
        <Empty icon={<ScrollText />} title={t(filtered ? 'audit.none.filtered' : 'audit.none')} />
      )}
      {shown.length > 0 && (
        <Rows
          entries={shown}
          more={whole || filtered ? undefined : () => void fetchNextPage()}
          busy={isFetchingNextPage}
        />
      )}
      <div className="audit-foot" role="status">
        {goOn && <Loading />}
        {filtered && !goOn && !whole && (
          <>
            <p className="help">
              {t('audit.looked', { n: entries.length })} <Moment at={last?.at} />
            </p>
            <Button onClick={() => setLimit(entries.length + searched)}>{t('audit.further')}</Button>
          </>
        )}
      </div>
    </>
  );
}

interface RowsProps {
  entries: Entry[];
  more: (() => void) | undefined;
  busy: boolean;
}

/** Draws the rows that are in sight; the page itself scrolls. */
function Rows({ entries, more, busy }: RowsProps) {
  const { t } = useText();
  const box = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState<number>();
  const [margin, setMargin] = useState(0);
  useEffect(() => setMargin(box.current?.offsetTop ?? 0), []);
  // eslint-disable-next-line react-hooks/incompatible-library -- no compiler memoizes this
  const rows = useVirtualizer({
    count: entries.length,
    getScrollElement: () => document.getElementById('content'),
    estimateSize: () => rowHeight,
    getItemKey: (i) => entries[i]?.id ?? i,
    scrollMargin: margin,
    overscan: 8,
  });
  const items = rows.getVirtualItems();
  const end = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && !busy && end >= entries.length - 10) more();
  }, [more, busy, end, entries.length]);
  return (
    <div
      ref={box}
      className="audit-rows"
      role="list"
      aria-label={t('nav.audit')}
      style={{ height: rows.getTotalSize() }}
    >
      {items.map((item) => {
        const entry = entries[item.index];
        if (!entry) return null;
        return (
          <div
            key={item.key}
            ref={rows.measureElement}
            className="audit-row"
            role="listitem"
            data-index={item.index}
            style={{ translate: `0 ${item.start - margin}px` }}
          >
            <EntryRow
              entry={entry}
              open={open === entry.id}
              toggle={() => setOpen(open === entry.id ? undefined : entry.id)}
            />
          </div>
        );
      })}
    </div>
  );
}
