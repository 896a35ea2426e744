import { useQuery } from '@tanstack/react-query';
import { api } from '../api/client';
import type { Scenario } from '../api/types';
import { find } from '../blueprint/tree';
import type { Blueprint, Node } from '../blueprint/types';

/**
 * Reports whether a module is in the newest version that was saved. Running a scenario and switching it on save it first. What is known of
 * it is read from what the page holds: nothing is asked of the server for it.
 */
export function useWasSaved(scenario: number, node: Node): boolean {
  const known = useQuery({
    queryKey: ['scenario', scenario],
    queryFn: () => api.get<Scenario>(`/scenarios/${scenario}`),
    enabled: false,
  });
  const version = known.data?.version ?? 0;
  const saved = useQuery({
    queryKey: ['blueprint', scenario, version],
    queryFn: () => api.get<{ blueprint: unknown }>(`/scenarios/${scenario}/versions/${version}`),
    staleTime: Infinity,
    enabled: false,
  });
  if (scenario === 0 || !saved.data) return false;
  return find(saved.data.blueprint as Blueprint, node.id)?.node.module === node.module;
}
