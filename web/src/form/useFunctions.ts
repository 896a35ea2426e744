import { useQuery } from '@tanstack/react-query';
import { api } from '../api/client';
import type { Page } from '../api/types';
import type { FunctionHelp } from './suggest';

const none: FunctionHelp[] = [];

/** The functions of expressions. */
export function useFunctions(): FunctionHelp[] {
  const { data } = useQuery({
    queryKey: ['functions'],
    queryFn: () => api.get<Page<FunctionHelp>>('/functions'),
    staleTime: Infinity,
  });
  return data?.items ?? none;
}
