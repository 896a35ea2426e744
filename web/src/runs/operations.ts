import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import { api } from '../api/client';
import type { Operation, Page } from '../api/types';
import type { Effect } from './effects';

/** A call that a module made, as the journal keeps it: without secrets, and long bodies cut. */
export interface Exchange {
  request: Message;
  response?: Message & { status?: number };
  duration_ms?: number;
  redirects?: string[];
  error?: string;
}

export interface Message {
  method?: string;
  url?: string;
  headers?: Record<string, string | string[]>;
  /** A text, or its beginning with how long it is. */
  body?: string | { text?: string; bytes?: number; note?: string };
}

export const exchangesOf = (o: Operation) => (o.exchanges ?? []) as Exchange[];

export type Outcome = 'done' | 'failed' | 'unknown' | 'running';

/** What became of an operation. One that was announced has no result yet; when its execution is over, it never will. */
export function outcomeOf(o: Operation, live: boolean): Outcome {
  if (o.error) return 'failed';
  if (o.announced && !o.finished) return live ? 'running' : 'unknown';
  return 'done';
}

const part = 100;

/**
 * The journal of an execution, read from its beginning as far as it is looked at. While the execution runs, there is always a next page: what
 * comes after the newest that is known.
 */
export function useOperations(execution: number, module: number | undefined, live: boolean, sequence: number) {
  const client = useQueryClient();
  const key = useMemo(() => ['operations', execution], [execution]);
  const list = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) =>
      api.get<Page<Operation>>(`/executions/${execution}/operations`, { after: pageParam, limit: part }),
    initialPageParam: '',
    getNextPageParam: (last, pages) => {
      if (last.next || !live) return last.next;
      const newest = pages.findLast((p) => p.items.length > 0)?.items.at(-1);
      return newest ? String(newest.sequence) : undefined;
    },
    enabled: execution !== 0,
  });
  const all = useMemo(() => list.data?.pages.flatMap((p) => p.items) ?? [], [list.data]);
  const items = useMemo(() => (module === undefined ? all : all.filter((o) => o.module === module)), [all, module]);
  const newest = all.at(-1)?.sequence ?? 0;
  const { isFetching, hasNextPage, fetchNextPage } = list;
  useEffect(() => {
    if (!live || sequence <= newest || isFetching) return;
    if (newest === 0) void client.invalidateQueries({ queryKey: key });
    else void fetchNextPage();
  }, [live, sequence, newest, isFetching, fetchNextPage, client, key]);
  // What belongs to one module is found by reading on, as long as there is little of it.
  const few = module !== undefined && items.length < part;
  useEffect(() => {
    if (few && hasNextPage && !isFetching && !live) void fetchNextPage();
  }, [few, hasNextPage, isFetching, live, fetchNextPage]);
  return { ...list, items };
}

/** An operation with what the server may tell beside its row of the journal. */
export type Shown = Operation & {
  /** Number among the operations of its module, from 1. */
  number?: number;
  input?: unknown;
  /** Whether the input is what the operation had. */
  exact?: boolean;
  /** Why there is no input. */
  note?: string;
  /** What it would have done, in a dry run. */
  dry?: Effect;
  /** Its bundles are pinned sample data. */
  pinned?: boolean;
};
