import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { api, CallError } from '../api/client';
import type { Page, StoreRecord } from '../api/types';
import { fieldsOf } from '../parts/structure';

export const pageSize = 200;

type Data = Record<string, unknown>;

/** The data of a record; what is none is empty. */
export function dataOf(r: Pick<StoreRecord, 'data'>): Data {
  const data: unknown = r.data;
  return typeof data === 'object' && data !== null && !Array.isArray(data) ? (data as Data) : {};
}

async function exact(store: number, key: string): Promise<StoreRecord[]> {
  if (!key) return [];
  try {
    return [await api.get<StoreRecord>(`/datastores/${store}/record`, { key })];
  } catch (error) {
    if (error instanceof CallError && error.status === 404) return [];
    throw error;
  }
}

/**
 * Reads the records of a data store whose keys begin with a text, page after page. Keys are listed in their order, so that those stand
 * together, behind the record that has just this key.
 */
export function useRecords(store: number, begin: string) {
  const list = useInfiniteQuery({
    queryKey: ['datastores', store, 'records', begin],
    queryFn: async ({ pageParam }) => {
      const first = pageParam === undefined;
      const after = first ? begin : pageParam;
      const page = await api.get<Page<StoreRecord>>(`/datastores/${store}/records`, { after, limit: pageSize });
      const fit = page.items.filter((r) => r.key.startsWith(begin));
      return {
        items: first ? [...(await exact(store, begin)), ...fit] : fit,
        next: fit.length === page.items.length ? page.next : undefined,
      };
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next,
    placeholderData: (before) => before,
  });
  return { ...list, items: list.data?.pages.flatMap((p) => p.items) ?? [] };
}

export function useRecord(store: number, key: string | undefined) {
  return useQuery({
    queryKey: ['datastores', store, 'record', key],
    queryFn: () => api.get<StoreRecord>(`/datastores/${store}/record`, { key }),
    enabled: key !== undefined,
  });
}

/** The columns: the fields of the structure, and behind them what the records have besides. */
export function columnsOf(structure: unknown, records: StoreRecord[]): string[] {
  const names = new Set(fieldsOf(structure).map((f) => f.name));
  for (const r of records.slice(0, pageSize)) for (const name of Object.keys(dataOf(r))) names.add(name);
  return [...names].filter(Boolean);
}

/** Writes a value on one line. */
export function cell(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const shortest = 5;
const longest = 32;
const letterREM = 0.58; // of a letter of usual width
const besideREM = 1.75; // the room at both sides

/**
 * The widths of columns in rem, after the longest texts of the first records, so that all rows have the same ones. Reading on changes
 * none of them.
 */
export function widthsOf(headings: string[], rows: string[][]): number[] {
  return headings.map((heading, i) => {
    const texts = [heading, ...rows.slice(0, pageSize).map((row) => row[i] ?? '')];
    const letters = Math.min(Math.max(shortest, ...texts.map((x) => x.length)), longest);
    return Math.round((letters * letterREM + besideREM) * 100) / 100;
  });
}
