import { useInfiniteQuery, useQueryClient, type InfiniteData } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { api } from '../api/client';
import { executionEvent } from '../api/follow';
import type { Execution, Page } from '../api/types';
import { belongs, type Query } from './filters';

type Pages = InfiniteData<Page<Execution>, string>;

const part = 200;
const searched = 50; // of those that are found by their data, so that the first ones are soon there
const calmMS = 300;
const headMS = 30_000;
const nobody: Execution[] = [];

/** Puts what is newer in place of what is listed. Returns what is not listed. */
export function update(pages: Pages, news: Map<number, Execution>): { pages: Pages; rest: Execution[] } {
  const rest = new Map(news);
  const list = pages.pages.map((page) => {
    let items: Execution[] | undefined;
    page.items.forEach((e, i) => {
      const newer = news.get(e.id);
      if (!newer) return;
      rest.delete(e.id);
      items ??= [...page.items];
      items[i] = newer;
    });
    return items ? { ...page, items } : page;
  });
  return { pages: { ...pages, pages: list }, rest: [...rest.values()] };
}

/** Puts executions before all others, the newest first. */
export function prepend(pages: Pages, list: Execution[]): Pages {
  const [first, ...others] = pages.pages;
  if (!first || list.length === 0) return pages;
  const newest = [...list].sort((a, b) => b.accepted.localeCompare(a.accepted));
  return { ...pages, pages: [{ ...first, items: [...newest, ...first.items] }, ...others] };
}

/**
 * The history as far as it was scrolled to. What happens meanwhile is told at once in the rows that are there; new executions wait until
 * somebody wants to see them, so that nothing moves under the mouse. Reading everything anew would be dear, so the list is kept apart from
 * those that every event refreshes.
 */
export function useHistory(query: Query, mayMove: () => boolean) {
  const client = useQueryClient();
  const key = useMemo(() => ['history', query], [query]);
  const [waiting, setWaiting] = useState<{ of: Query; list: Execution[] }>();
  const fresh = waiting?.of === query ? waiting.list : nobody;
  const move = useRef(mayMove);
  useEffect(() => {
    move.current = mayMove;
  });
  const list = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) =>
      api.get<Page<Execution>>('/executions', { ...query, limit: query.data ? searched : part, after: pageParam }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
    staleTime: Infinity,
    gcTime: 0,
    structuralSharing: false, // of a hundred thousand rows it takes longer than drawing them
  });
  const take = useCallback(
    (news: Map<number, Execution>) => {
      const now = client.getQueryData<Pages>(key);
      if (!now) return;
      const { pages, rest } = update(now, news);
      const fitting = rest.filter((e) => belongs(e, query));
      client.setQueryData(key, move.current() ? prepend(pages, fitting) : pages);
      if (move.current() || fitting.length === 0) return;
      setWaiting((w) => ({
        of: query,
        list: [...(w?.of === query ? w.list : nobody).filter((e) => !news.has(e.id)), ...fitting],
      }));
    },
    [client, key, query],
  );
  useEffect(() => {
    const news = new Map<number, Execution>();
    let timer: number | undefined;
    const listen = (e: Event) => {
      const { detail } = e as CustomEvent<Execution>;
      news.set(detail.id, detail);
      timer ??= window.setTimeout(() => {
        timer = undefined;
        take(new Map(news));
        news.clear();
      }, calmMS);
    };
    // What was missed while the connection was away is read from time to time, too.
    const head = async () => {
      if (document.hidden || query.data) return;
      const page = await api.get<Page<Execution>>('/executions', { ...query, limit: part }).catch(() => undefined);
      if (page) take(new Map(page.items.map((e) => [e.id, e])));
    };
    const regular = window.setInterval(() => void head(), headMS);
    window.addEventListener(executionEvent, listen);
    return () => {
      window.removeEventListener(executionEvent, listen);
      window.clearTimeout(timer);
      window.clearInterval(regular);
    };
  }, [query, take]);
  // A search through the data answers now and then with what it has found so far, which may be nothing.
  const { hasNextPage, isFetching, isError, fetchNextPage } = list;
  const found = list.data?.pages.some((p) => p.items.length > 0) ?? false;
  const searching = query.data !== undefined && !found && !isError && (hasNextPage || isFetching);
  useEffect(() => {
    if (searching && hasNextPage && !isFetching) void fetchNextPage();
  }, [searching, hasNextPage, isFetching, fetchNextPage]);
  const items = useMemo(() => list.data?.pages.flatMap((p) => p.items) ?? [], [list.data]);
  const showFresh = () => {
    const now = client.getQueryData<Pages>(key);
    if (now) client.setQueryData(key, prepend(now, fresh));
    setWaiting(undefined);
  };
  return { ...list, items, fresh: fresh.length, showFresh, searching };
}
