import type { QueryClient } from '@tanstack/react-query';
import { api } from '../api/client';
import type { Scenario } from '../api/types';
import { matters } from '../blueprint/compare';
import type { Blueprint } from '../blueprint/types';
import type { Base } from './useEdited';

/** How a scenario is saved: other pages of this tab wait for it before they read the scenario. */
export function savingKey(scenario: number) {
  return ['save-scenario', scenario];
}

/** The query for a version of a scenario. What was saved once never changes. */
export function versionQuery(scenario: number, version: number) {
  return {
    queryKey: ['blueprint', scenario, version],
    queryFn: () => api.get<{ blueprint: unknown }>(`/scenarios/${scenario}/versions/${version}`),
    staleTime: Infinity,
  };
}

/** Keeps a scenario as the server has just told it. A reading that is under way began before, and would bring the old state back. */
export async function keepScenario(client: QueryClient, scenario: Scenario) {
  const queryKey = ['scenario', scenario.id];
  await client.cancelQueries({ queryKey, exact: true });
  client.setQueryData(queryKey, scenario);
}

/** The revision of the scenario on which edits are based: it also counts what is no version, such as an activation or a schedule. */
export function revisionOf(client: QueryClient, scenario: number, base: Base): number {
  const known = client.getQueryData<Scenario>(['scenario', scenario]);
  return known?.version === base.version ? known.revision : base.revision;
}

/** Reports whether nobody loses anything when a newer state takes the place of what is edited. */
export function losesNothing(begun: Blueprint, edited: Blueprint, newer: Blueprint): boolean {
  return !matters(begun, edited) || !matters(newer, edited);
}
