import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import { api } from '../api/client';
import type { Operation, Page } from '../api/types';
import type { components } from '../api/schema';
import { placeOf } from './address';
import { readExchanges } from './calls';

export const exchangesOf = (o: Operation) => readExchanges(o.exchanges);

export type Outcome = 'done' | 'failed' | 'unknown' | 'running';

/** What became of an operation. One that was announced has no result yet; when its execution is over, it never will. */
export function outcomeOf(o: Operation, live: boolean): Outcome {
  if (o.error) return 'failed';
  if (o.announced && !o.finished) return live ? 'running' : 'unknown';
  return 'done';
}

/** Tells the operations of a list apart: those that have no effect have no place in the journal. */
export const idOf = (o: Operation) => `${o.sequence} ${o.address}`;

const part = 100;
const calmMS = 400;
const fewPages = 2;

interface Wanted {
  execution: number;
  /** Without a module the journal is read: what has an effect, in the order of writing. */
  module: number | undefined;
  failed: boolean;
  live: boolean;
  /** Newest operation of the journal, as the stream tells. */
  sequence: number;
}

function read({ execution, module, failed }: Wanted, after: string) {
  if (module === undefined || failed) {
    const query = { after, limit: part, module, failed: failed ? 'true' : undefined };
    return api.get<Page<Shown>>(`/executions/${execution}/operations`, query);
  }
  return api.get<Page<Shown>>(`/executions/${execution}/modules/${module}`, { after, limit: part });
}

/** Leaves away what was announced and then done: its result says more. What was announced alone stays, as nobody knows about it. */
export function settled<O extends Pick<Operation, 'address' | 'announced' | 'finished'>>(list: O[]): O[] {
  const done = new Set(list.filter((o) => o.finished).map((o) => o.address));
  return list.filter((o) => !o.announced || o.finished || !done.has(o.address));
}

/**
 * Puts the operations of the first module, which stand in no journal where it only takes data in, before those of their cycles. Those of
 * cycles that the list has not come to wait until it has.
 */
export function withFirst<O extends Pick<Operation, 'address'>>(list: O[], first: O[], more: boolean): O[] {
  const cycleOf = (o: O | undefined) => (o ? placeOf(o.address).cycle : 0);
  const end = more ? cycleOf(list.at(-1)) : Infinity;
  const waiting = first.filter((o) => cycleOf(o) <= end);
  const together: O[] = [];
  for (const o of list) {
    while (waiting.length > 0 && cycleOf(waiting[0]) <= cycleOf(o)) together.push(...waiting.splice(0, 1));
    together.push(o);
  }
  return [...together, ...waiting];
}

/** The operations of an execution as far as they were scrolled to. While it runs, what is new is read when the stream tells of it. */
export function useOperations(wanted: Wanted) {
  const { execution, module, failed, live, sequence } = wanted;
  const list = useInfiniteQuery({
    queryKey: ['operations', execution, module, failed],
    queryFn: ({ pageParam }) => read(wanted, pageParam),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
    placeholderData: keepPreviousData,
    enabled: execution !== 0,
  });
  const items = useMemo(() => settled(list.data?.pages.flatMap((p) => p.items) ?? []), [list.data]);
  const { refetch, fetchNextPage, hasNextPage } = list;
  const pages = list.data?.pages.length ?? 0;
  useEffect(() => {
    if (!live || sequence === 0) return;
    const timer = window.setTimeout(() => {
      if (pages <= fewPages) void refetch();
      else if (hasNextPage) void fetchNextPage();
    }, calmMS);
    return () => window.clearTimeout(timer);
  }, [live, sequence, pages, hasNextPage, refetch, fetchNextPage]);
  return { ...list, items };
}

/** One operation with what went into it, where the list does not tell. */
export function useDetail(execution: number, o: Shown): Shown {
  const isWhole = o.number !== undefined;
  const { data } = useQuery({
    queryKey: ['operations', execution, 'detail', o.sequence],
    queryFn: () => api.get<Shown>(`/executions/${execution}/operations/${o.sequence}`),
    enabled: !isWhole && o.sequence > 0,
  });
  return data ? { ...data, ...o, ...pick(data) } : o;
}

function pick({ number, input, parameters, exact, note }: Shown) {
  return { number, input, parameters, exact, note };
}

/** An operation with what the server tells beside its row of the journal. */
export type Shown = Operation & Partial<Pick<Details, 'number' | 'parameters' | 'input' | 'exact' | 'note'>>;

type Details = components['schemas']['OperationDetail'];
