import type { Blueprint, Node, Route } from './types';

/** A row of modules: the scenario's own, a way out of a router or an if-else, an error handler, or one that hangs on nothing. */
export type Lane =
  | { of: 'main' }
  | { of: 'route' | 'branch'; node: number; index: number }
  | { of: 'error'; node: number }
  | { of: 'orphan'; index: number };

/** Where a module stands. */
export interface Spot {
  node: Node;
  lane: Lane;
  /** The row that it stands in, and its place there. */
  flow: Node[];
  index: number;
  /** The module on which the row hangs. */
  parent?: Spot;
  /** As the server says where a problem is: "flow[2].routes[0].flow[1]". */
  path: string;
}

export const router = 'builtin:BasicRouter';
export const ifElse = 'builtin:BasicIfElse';
export const merge = 'builtin:BasicMerge';
export const directives = ['Ignore', 'Resume', 'Break', 'Commit', 'Rollback'] as const;
export type Directive = (typeof directives)[number];

export function isRouter(node: Node): boolean {
  return node.module === router;
}

export function isDirective(node: Node): boolean {
  return directives.some((d) => node.module === `builtin:${d}`);
}

/** Reports whether nothing can stand behind a module in its own row. */
export function endsLane(node: Node): boolean {
  return isDirective(node) || isRouter(node);
}

function list<T>(x: T[] | null | undefined): T[] {
  return Array.isArray(x) ? x : [];
}

/** The ways out of a router or an if-else. */
export function routesOf(node: Node): Route[] {
  return list(node.routes);
}

export function branchesOf(node: Node): Route[] {
  return list(node.branches);
}

export function handlerOf(node: Node): Node[] {
  return list(node.onerror);
}

function designerOf(b: Blueprint): Record<string, unknown> {
  const designer = b.metadata?.designer;
  return typeof designer === 'object' && designer !== null ? (designer as Record<string, unknown>) : {};
}

/** Rows of modules that nothing leads to. They are kept, and never run. */
export function orphansOf(b: Blueprint): Node[][] {
  const orphans = designerOf(b).orphans;
  return Array.isArray(orphans) ? orphans.filter((x): x is Node[] => Array.isArray(x)) : [];
}

/** Where a module is drawn. */
export function positionOf(node: Node): { x: number; y: number } {
  const at = node.metadata?.designer;
  return { x: Number(at?.x) || 0, y: Number(at?.y) || 0 };
}

/** The name that somebody gave a module, '' where nobody did. */
export function nameOf(node: Node): string {
  const name = node.metadata?.designer?.name;
  return typeof name === 'string' ? name : '';
}

function collect(flow: Node[], lane: Lane, path: string, parent: Spot | undefined, into: Spot[]) {
  flow.forEach((node, index) => {
    const spot: Spot = { node, lane, flow, index, parent, path: `${path}[${index}]` };
    into.push(spot);
    for (const inner of lanesOf(node)) collect(inner.flow, inner.lane, spot.path + inner.path, spot, into);
  });
}

/** The rows that hang on a module: its error handler first, as it runs. */
export function lanesOf(node: Node): { lane: Lane; flow: Node[]; path: string }[] {
  const { id } = node;
  const ways = (of: 'route' | 'branch', routes: Route[], name: string) =>
    routes.map((r, index) => ({
      lane: { of, node: id, index },
      flow: list(r.flow),
      path: `.${name}[${index}].flow`,
    }));
  const handler = handlerOf(node);
  return [
    ...(handler.length > 0 ? [{ lane: { of: 'error' as const, node: id }, flow: handler, path: '.onerror' }] : []),
    ...ways('route', routesOf(node), 'routes'),
    ...ways('branch', branchesOf(node), 'branches'),
  ];
}

const known = new WeakMap<Blueprint, Spot[]>();

/** Lists every module with its place, depth first; those that nothing leads to come last. */
export function spots(b: Blueprint): Spot[] {
  let all = known.get(b);
  if (!all) {
    all = [];
    collect(b.flow, { of: 'main' }, 'flow', undefined, all);
    for (const [index, flow] of orphansOf(b).entries())
      collect(flow, { of: 'orphan', index }, `metadata.designer.orphans[${index}]`, undefined, all);
    known.set(b, all);
  }
  return all;
}

export function find(b: Blueprint, id: number | undefined): Spot | undefined {
  return id === undefined ? undefined : spots(b).find((s) => s.node.id === id);
}

/** The module that a path in a problem points into, with the rest of the path: the field. */
export function findPath(b: Blueprint, path: string): { spot: Spot; field: string } | undefined {
  const inside = spots(b).filter((s) => path === s.path || path.startsWith(`${s.path}.`));
  const spot = inside.at(-1);
  return spot && { spot, field: path.slice(spot.path.length + 1) };
}

/** The first module of all. */
export function isFirst(spot: Spot): boolean {
  return spot.lane.of === 'main' && spot.index === 0;
}

/** Numbers are never given twice: the next one is above all that there are. */
export function nextID(b: Blueprint): number {
  return Math.max(0, ...spots(b).map((s) => s.node.id)) + 1;
}

/** Reports whether a module lies in what hangs on another, or is it. */
export function isWithin(spot: Spot | undefined, id: number): boolean {
  for (let at = spot; at; at = at.parent) if (at.node.id === id) return true;
  return false;
}

/** Reports whether a row is an error handler or lies in one. */
export function inHandler(lane: Lane, parent: Spot | undefined): boolean {
  if (lane.of === 'error') return true;
  return parent ? inHandler(parent.lane, parent.parent) : false;
}

function changed<T>(before: T[], after: T[]): T[] {
  return after.some((x, i) => x !== before[i]) ? after : before;
}

function mapFlow(flow: Node[], fn: (node: Node) => Node): Node[] {
  return changed(flow, flow.map(fn));
}

function mapRoutes(routes: Route[], fn: (node: Node) => Node): Route[] {
  const next = routes.map((route) => {
    const flow = mapFlow(list(route.flow), fn);
    return flow === route.flow || flow.length === 0 ? route : { ...route, flow };
  });
  return changed(routes, next);
}

/** Applies fn to a module and to those that hang on it, the innermost first. What does not change stays the same object. */
export function mapNode(node: Node, fn: (node: Node) => Node): Node {
  const deep = (n: Node) => mapNode(n, fn);
  let next = node;
  const handler = mapFlow(handlerOf(node), deep);
  if (handler !== node.onerror && handler.length > 0) next = { ...next, onerror: handler };
  const routes = mapRoutes(routesOf(node), deep);
  if (routes !== node.routes && routes.length > 0) next = { ...next, routes };
  const branches = mapRoutes(branchesOf(node), deep);
  if (branches !== node.branches && branches.length > 0) next = { ...next, branches };
  return fn(next);
}

export function setOrphans(b: Blueprint, orphans: Node[][]): Blueprint {
  return { ...b, metadata: { ...b.metadata, designer: { ...designerOf(b), orphans } } };
}

/** Applies fn to every module. */
export function mapNodes(b: Blueprint, fn: (node: Node) => Node): Blueprint {
  const deep = (n: Node) => mapNode(n, fn);
  const flow = mapFlow(b.flow, deep);
  const orphans = orphansOf(b);
  const loose = orphans.map((o) => mapFlow(o, deep));
  const next = flow === b.flow ? b : { ...b, flow };
  return loose.some((o, i) => o !== orphans[i]) ? setOrphans(next, loose) : next;
}

export function editNode(b: Blueprint, id: number, fn: (node: Node) => Node): Blueprint {
  return mapNodes(b, (node) => (node.id === id ? fn(node) : node));
}

function withoutKey<T extends object>(object: T, key: string): T {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== key)) as T;
}

export { withoutKey };

/** Applies fn to a row. An error handler that becomes empty is gone: an empty one would mean that errors are ignored. */
export function editLane(b: Blueprint, lane: Lane, fn: (flow: Node[]) => Node[]): Blueprint {
  switch (lane.of) {
    case 'main':
      return { ...b, flow: fn(b.flow) };
    case 'orphan': {
      const orphans = orphansOf(b).map((o, i) => (i === lane.index ? fn(o) : o));
      return setOrphans(b, orphans);
    }
    case 'error':
      return editNode(b, lane.node, (node) => {
        const onerror = fn(handlerOf(node));
        return onerror.length > 0 ? { ...node, onerror } : withoutKey(node, 'onerror');
      });
    default: {
      const at = (r: Route, i: number) => (i === lane.index ? { ...r, flow: fn(list(r.flow)) } : r);
      return editNode(b, lane.node, (node) =>
        lane.of === 'route'
          ? { ...node, routes: routesOf(node).map(at) }
          : { ...node, branches: branchesOf(node).map(at) },
      );
    }
  }
}
