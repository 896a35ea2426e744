import type { ComponentType } from 'react';
import type { Match, RouteName } from './routes';

type Content = ComponentType<Match>;

/** What draws the pages. It is loaded when one is first opened, so that signing in does not wait for the builder. */
const areas: Partial<Record<RouteName, () => Promise<Content>>> = {
  scenarios: async () => (await import('../scenarios')).Scenarios,
  templates: async () => (await import('../scenarios')).Templates,
  'new-scenario': async () => (await import('../builder')).ScenarioPage,
  scenario: async () => (await import('../builder')).ScenarioPage,
  history: async () => (await import('../runs/History')).History, // without the canvas that the pages below show
  compare: async () => (await import('../runs')).Compare,
  execution: async () => (await import('../runs')).ExecutionPage,
  incompletes: async () => (await import('../runs')).Incompletes,
  incomplete: async () => (await import('../runs')).IncompletePage,
  connections: async () => (await import('../data')).Connections,
  webhooks: async () => (await import('../data')).Webhooks,
  webhook: async () => (await import('../data')).WebhookPage,
  datastores: async () => (await import('../data')).DataStores,
  datastore: async () => (await import('../data')).DataStorePage,
  apps: async () => (await import('../apps')).Apps,
  app: async () => (await import('../apps')).AppPage,
  organization: async () => (await import('../admin')).Organization,
  audit: async () => (await import('../admin')).Audit,
  server: async () => (await import('../admin')).Server,
  account: async () => (await import('../admin')).Account,
};

const here: Partial<Record<RouteName, Content>> = {};

/** Reports whether a page belongs to an area, which only those see who have signed in. */
export function isArea(name: RouteName): boolean {
  return areas[name] !== undefined;
}

/** What draws a page; undefined while it is not loaded. */
export function contentOf(name: RouteName): Content | undefined {
  return here[name];
}

export async function load(name: RouteName): Promise<void> {
  here[name] ??= await areas[name]?.();
}
