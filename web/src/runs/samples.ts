import { useEffect } from 'react';
import { skipToken, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../api/client';
import { executionEvent, isOver } from '../api/follow';
import type { components } from '../api/schema';
import type { Execution, Page } from '../api/types';
import { useMay } from '../app/session';
import { customWebhook } from '../parts/flow';

/** One bundle that a module put out or could put out, as the server has it. */
export type Sample = components['schemas']['ModuleSample'];

const samplesKey = (scenario: number) => ['scenario', scenario, 'samples'];
const aloneKey = (scenario: number) => ['scenario', scenario, 'alone'];

/** What a module put out that was run by itself. The server keeps no record of such a run; the page does. */
export interface Alone {
  name: string;
  bundle: unknown;
  at: string;
  /** The newest execution whose data was known then: what a later one gives is newer. */
  after: number;
}

/** Reports whether the run of a module alone counts more than what the server has of it. */
export function isNewer(alone: Alone, given: Sample | undefined): boolean {
  return given?.origin !== 'pinned' && (given?.execution ?? 0) <= alone.after;
}

const nothing: Record<number, Alone> = {};

/** What modules put out that were run by themselves since the page was loaded, by their numbers. */
export function useAlone(scenario: number): Record<number, Alone> {
  const kept = useQuery<Record<number, Alone>>({
    queryKey: aloneKey(scenario),
    queryFn: skipToken,
    staleTime: Infinity,
    gcTime: Infinity,
  });
  return kept.data ?? nothing;
}

/** Keeps what a module put out by itself for the fields behind it. */
export function useKeepAlone(scenario: number) {
  const client = useQueryClient();
  return (module: number, name: string, bundle: unknown) => {
    const samples = client.getQueryData<Page<Sample>>(samplesKey(scenario))?.items ?? [];
    const after = Math.max(0, ...samples.map((s) => s.execution ?? 0));
    const alone: Alone = { name, bundle, at: new Date().toISOString(), after };
    client.setQueryData<Record<number, Alone>>(aloneKey(scenario), (all) => ({ ...all, [module]: alone }));
  };
}

const watchMS = 5000;

/** A webhook of which nothing is known yet: its first delivery is waited for. */
function isAwaited(s: Sample): boolean {
  return s.name === customWebhook && s.origin === 'none';
}

/** The bundles that stand for what modules put out: pinned ones, else those of the last runs, else examples. Read anew after each run. */
export function useSamples(scenario: number) {
  const may = useMay();
  const client = useQueryClient();
  useEffect(() => {
    if (scenario === 0) return;
    const told = (e: Event) => {
      const execution = (e as CustomEvent<Execution>).detail;
      if (execution.scenario !== scenario || !isOver(execution.status)) return;
      void client.invalidateQueries({ queryKey: samplesKey(scenario) });
    };
    window.addEventListener(executionEvent, told);
    return () => window.removeEventListener(executionEvent, told);
  }, [scenario, client]);
  return useQuery({
    queryKey: samplesKey(scenario),
    queryFn: () => api.get<Page<Sample>>(`/scenarios/${scenario}/samples`),
    enabled: scenario !== 0 && may('execution.view'),
    staleTime: 0, // what waits at a webhook changes without an execution
    refetchInterval: (q) => (q.state.data?.items.some(isAwaited) ? watchMS : false),
  });
}
