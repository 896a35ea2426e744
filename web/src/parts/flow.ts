/** The webhook that takes anything: what it puts out is what was sent. */
export const customWebhook = 'gateway:CustomWebHook';

/** A module of a blueprint in the order in which it stands, with what a list of them shows. */
export interface Step {
  id: number;
  module: string;
  /** Name that somebody gave it. */
  name?: string;
  filter?: string;
  /** The data store that it works with. */
  store?: number;
  /** How deep it is below routers. */
  depth: number;
}

type Node = Record<string, unknown>;

function isNode(x: unknown): x is Node {
  return typeof x === 'object' && x !== null && !Array.isArray(x);
}

function text(x: unknown): string | undefined {
  return typeof x === 'string' && x !== '' ? x : undefined;
}

function numberOf(x: unknown): number | undefined {
  return typeof x === 'number' && x > 0 ? x : undefined;
}

function nodes(x: unknown): Node[] {
  return Array.isArray(x) ? x.filter(isNode) : [];
}

function inside(node: Node | undefined, name: string): Node | undefined {
  const value = node?.[name];
  return isNode(value) ? value : undefined;
}

function walk(flow: unknown, depth: number, into: Step[]) {
  for (const node of nodes(flow)) {
    if (typeof node.id === 'number') {
      into.push({
        id: node.id,
        module: text(node.module) ?? '',
        name: text(inside(inside(node, 'metadata'), 'designer')?.name),
        filter: text(inside(node, 'filter')?.name),
        store: numberOf(inside(node, 'parameters')?.datastore),
        depth,
      });
    }
    for (const route of [...nodes(node.routes), ...nodes(node.branches)]) walk(route.flow, depth + 1, into);
    walk(node.onerror, depth + 1, into);
  }
}

/** Lists the modules of a blueprint, those of routes and error handlers behind the module to which they belong. */
export function steps(blueprint: unknown): Step[] {
  const list: Step[] = [];
  if (isNode(blueprint)) walk(blueprint.flow, 0, list);
  return list;
}

/** The app of a module: "customerly" of "customerly:listLeads". */
export function appOf(module: string): string {
  return module.split(':')[0] ?? module;
}
