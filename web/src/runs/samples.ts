import { useEffect } from 'react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../api/client';
import { executionEvent, isOver } from '../api/follow';
import type { components } from '../api/schema';
import type { Execution, Page } from '../api/types';
import { useMay } from '../app/session';

/** One bundle that a module put out or could put out, as the server has it. */
export type Sample = components['schemas']['ModuleSample'];

/** The bundles that stand for what modules put out: pinned ones, else those of the last runs, else examples. Read anew after each run. */
export function useSamples(scenario: number) {
  const may = useMay();
  const client = useQueryClient();
  useEffect(() => {
    if (scenario === 0) return;
    const told = (e: Event) => {
      const execution = (e as CustomEvent<Execution>).detail;
      if (execution.scenario !== scenario || !isOver(execution.status)) return;
      void client.invalidateQueries({ queryKey: ['scenario', scenario, 'samples'] });
    };
    window.addEventListener(executionEvent, told);
    return () => window.removeEventListener(executionEvent, told);
  }, [scenario, client]);
  return useQuery({
    queryKey: ['scenario', scenario, 'samples'],
    queryFn: () => api.get<Page<Sample>>(`/scenarios/${scenario}/samples`),
    enabled: scenario !== 0 && may('execution.view'),
  });
}
