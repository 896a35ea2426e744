import { useInfiniteQuery } from '@tanstack/react-query';
import { api } from './client';
import type { Page } from './types';

/** A listing of which one page after the other is read. */
export function useList<T>(
  key: string,
  path: string,
  query: Record<string, string | number | undefined> = {},
  enabled = true,
) {
  const list = useInfiniteQuery({
    queryKey: [key, path, query],
    queryFn: ({ pageParam }) => api.get<Page<T>>(path, { ...query, after: pageParam }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
    placeholderData: (before) => before,
    enabled,
  });
  return { ...list, items: list.data?.pages.flatMap((p) => p.items) };
}
