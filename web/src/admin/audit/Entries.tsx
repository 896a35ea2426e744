import { useEffect, useRef, useState } from 'react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { ScrollText } from 'lucide-react';
import { useList } from '../../api/lists';
import { Button, Empty, Loading, Moment } from '../../parts/basics';
import { useCalm } from '../../parts/calm';
import { ProblemBox } from '../../parts/problem';
import { useText } from '../../text/text';
import { isFiltered, passes, queryOf, type Entry, type Filter } from './entry';
import { EntryRow } from './EntryRow';

const pageSize = 100;
/** Matches that a search wants before it rests, and entries that it goes through for them before it asks. */
const wanted = 30;
const searched = 2000;
const rowHeight = 58;

/**
 * The log, newest first. The server lists it page by page, by who, what and when. Words are looked for here, where it is known how a deed is
 * called in the language of the user, and how far is told.
 */
export function Entries({ path, filter }: { path: string; filter: Filter }) {
  const { t, zone } = useText();
  const actor = useCalm(filter.actor);
  const list = useList<Entry>('audit', path, { limit: pageSize, ...queryOf({ ...filter, actor }, zone) });
  const entries = list.items ?? [];
  const filtered = isFiltered(filter);
  const searching = filter.text.trim() !== '';
  const shown = searching ? entries.filter((e) => passes(e, filter, t)) : entries;
  const last = entries.at(-1);
  const [limit, setLimit] = useState(searched);
  const goOn = searching && list.hasNextPage && shown.length < wanted && entries.length < limit;
  const { isFetchingNextPage, fetchNextPage } = list;
  useEffect(() => {
    if (goOn && !isFetchingNextPage) void fetchNextPage();
  }, [goOn, isFetchingNextPage, fetchNextPage]);
  const whole = !list.hasNextPage;
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
          more={whole || searching ? undefined : () => void fetchNextPage()}
          busy={isFetchingNextPage}
        />
      )}
      <div className="audit-foot" role="status">
        {goOn && <Loading />}
        {searching && !goOn && !whole && (
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
  useEffect(() => {
    setMargin(box.current?.offsetTop ?? 0);
  }, []);
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
