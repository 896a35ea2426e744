import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { api } from '../api/client';
import { isOver } from '../api/follow';
import { useList } from '../api/lists';
import type { Execution, ExecutionDetail, Scenario } from '../api/types';
import type { Blueprint } from '../blueprint/types';
import { useModules } from '../parts/apps';
import { steps, type Step } from '../parts/flow';

const pollMS = 5000;

export function useExecution(id: number) {
  return useQuery({
    queryKey: ['execution', id],
    queryFn: () => api.get<ExecutionDetail>(`/executions/${id}`),
    enabled: id !== 0,
    refetchInterval: ({ state }) => (state.data && isOver(state.data.status) ? false : pollMS),
  });
}

/** The blueprint that a version of a scenario is. */
export function useVersion(scenario: number, version: number) {
  return useQuery({
    queryKey: ['blueprint', scenario, version],
    queryFn: () => api.get<{ blueprint: unknown }>(`/scenarios/${scenario}/versions/${version}`),
    staleTime: Infinity,
    enabled: scenario !== 0 && version !== 0,
    select: (v) => v.blueprint as Blueprint,
  });
}

export function useScenario(id: number) {
  return useQuery({
    queryKey: ['scenario', id],
    queryFn: () => api.get<Scenario>(`/scenarios/${id}`),
    enabled: id !== 0,
  });
}

const mostScenarios = 500;

/** The scenarios of a team, to choose from and for their names. */
export function useScenarios(team: number) {
  const list = useList<Scenario>('scenarios', '/scenarios', { team, limit: mostScenarios });
  const items = list.items;
  return useMemo(() => ({ items: items ?? [], names: new Map(items?.map((s) => [s.id, s.name])) }), [items]);
}

/** Names of modules as people know them: the name that somebody gave, else the label of the app's module. */
export function useStepNames(blueprint: Blueprint | undefined) {
  const { module } = useModules();
  return useMemo(() => {
    const list = steps(blueprint);
    const byID = new Map<number, Step>(list.map((s) => [s.id, s]));
    const name = (id: number) => {
      const step = byID.get(id);
      return step ? (step.name ?? module(step.module)?.label ?? step.module) : String(id);
    };
    return { list, step: (id: number) => byID.get(id), name };
  }, [blueprint, module]);
}

const lateMS = 5000;

/** Whether an execution began noticeably later than it was accepted: it waited for others, or for its scenario to be active. */
export function startedLate(e: Execution): e is Execution & { started: string } {
  return e.started !== undefined && new Date(e.started).getTime() - new Date(e.accepted).getTime() > lateMS;
}

/** How long an execution has taken: until now where it is not over. */
export function tookMS(e: Execution, now: number): number {
  if (isOver(e.status) || !e.started) return e.duration_ms;
  return Math.max(0, now - new Date(e.started).getTime());
}
