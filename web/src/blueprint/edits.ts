import { freshNode } from './make';
import { at, column, freePoint, laneStart, makeRoom, type Point } from './place';
import {
  branchesOf,
  editLane,
  editNode,
  endsLane,
  find,
  isDirective,
  isFirst,
  isRouter,
  isWithin,
  orphansOf,
  positionOf,
  router,
  routesOf,
  setOrphans,
  withoutKey,
  type Lane,
  type Spot,
} from './tree';
import type { Blueprint, Filter, Node, Route } from './types';

const hasPoint = (node: Node) => node.metadata?.designer !== undefined;

function put(flow: Node[], index: number, nodes: Node[]): Node[] {
  return [...flow.slice(0, index), ...nodes, ...flow.slice(index)];
}

/** Makes a module the first one. What a filter before the former first would hold back, it cannot: nothing arrives there. */
export function addFirst(b: Blueprint, node: Node): Blueprint {
  const first = b.flow[0];
  if (!first) return { ...b, flow: [hasPoint(node) ? node : at(node, { x: 0, y: 0 })] };
  const p = positionOf(first);
  return { ...b, flow: [at(node, { x: p.x - column, y: p.y }), ...b.flow] };
}

/** Puts another module in the place of one; what was filled in of the former stays with nobody. */
export function replace(b: Blueprint, id: number, by: { module: string; version: number }): Blueprint {
  return editNode(b, id, (node) => {
    const { onerror, filter } = node;
    const next = at({ ...freshNode(b, by), id }, positionOf(node));
    return { ...next, ...(filter ? { filter } : {}), ...(onerror && !isRouter(next) ? { onerror } : {}) };
  });
}

/** Puts a module directly behind another; what followed that one follows the new one. Behind a router it becomes a route. */
export function insertAfter(b: Blueprint, id: number, node: Node): Blueprint {
  const spot = find(b, id);
  if (!spot || isDirective(spot.node)) return b;
  if (isRouter(spot.node)) return addRoute(b, id, [node]);
  const p = positionOf(spot.node);
  const { lane, flow, index } = spot;
  const roomy = makeRoom(b, flow, index + 1, p);
  const point = flow[index + 1] ? { x: p.x + column, y: p.y } : freePoint(roomy, { x: p.x + column, y: p.y });
  const fresh = hasPoint(node) ? node : at(node, point);
  const now = editLane(roomy, lane, (f) => put(f, index + 1, [fresh]));
  return isRouter(node) ? adopt(now, node.id) : now;
}

/** What stands behind a router in its row, where nothing would arrive, becomes its first route. */
function adopt(b: Blueprint, id: number): Blueprint {
  const spot = find(b, id);
  if (!spot) return b;
  const rest = spot.flow.slice(spot.index + 1);
  if (rest.length === 0) return b;
  const cut = editLane(b, spot.lane, (f) => f.slice(0, spot.index + 1));
  return editNode(cut, id, (node) => ({ ...node, routes: [{ flow: rest }, ...routesOf(node)] }));
}

/** Adds a way out of a router. */
export function addRoute(b: Blueprint, id: number, flow: Node[]): Blueprint {
  const spot = find(b, id);
  if (!spot || !isRouter(spot.node)) return b;
  const lane: Lane = { of: 'route', node: id, index: routesOf(spot.node).length };
  const start = laneStart(b, lane);
  const nodes = flow.map((n, i) => (hasPoint(n) ? n : at(n, { x: start.x + i * column, y: start.y })));
  return editNode(b, id, (node) => ({ ...node, routes: [...routesOf(node), { flow: nodes }] }));
}

/** Adds modules behind another that is followed already: a router then stands between, unless there is one. */
export function addFollower(b: Blueprint, id: number, flow: Node[]): Blueprint {
  const spot = find(b, id);
  if (!spot || isDirective(spot.node) || branchesOf(spot.node).length > 0) return b;
  if (isRouter(spot.node)) return addRoute(b, id, flow);
  const next = spot.flow[spot.index + 1];
  if (!next) return append(b, spot, flow);
  if (isRouter(next)) return addRoute(b, next.id, flow);
  // The new modules are not in the blueprint yet, so their numbers are not to be given to the router.
  const fresh: Node = freshNode(b, { module: router, version: 1 });
  const between = { ...fresh, id: Math.max(fresh.id, ...flow.map((n) => n.id + 1)) };
  const split = insertAfter(b, id, between);
  return addRoute(split, between.id, flow);
}

function append(b: Blueprint, spot: Spot, flow: Node[]): Blueprint {
  const p = positionOf(spot.node);
  const nodes = flow.map((n, i) => (hasPoint(n) ? n : at(n, freePoint(b, { x: p.x + (i + 1) * column, y: p.y }))));
  return editLane(b, spot.lane, (f) => [...f, ...nodes]);
}

/** Adds a module to what runs when another fails; the one that ends the handler stays at its end. */
export function addHandler(b: Blueprint, id: number, node: Node): Blueprint {
  const spot = find(b, id);
  if (!spot || endsLane(spot.node)) return b;
  const lane: Lane = { of: 'error', node: id };
  const handler = spot.node.onerror ?? [];
  const last = handler.at(-1);
  const fresh = hasPoint(node) ? node : at(node, laneStart(b, lane));
  if (!last || (isDirective(last) && isDirective(node)))
    return editLane(b, lane, (f) => [...f.filter((n) => !isDirective(n)), last ? at(fresh, positionOf(last)) : fresh]);
  if (isDirective(last)) {
    const before = handler.at(-2);
    const from = before ? positionOf(before) : { x: positionOf(last).x - column, y: positionOf(last).y };
    const roomy = makeRoom(b, handler, handler.length - 1, from);
    return editLane(roomy, lane, (f) => put(f, f.length - 1, [at(node, { x: from.x + column, y: from.y })]));
  }
  return insertAfter(b, last.id, node);
}

/** Takes modules out of their row; rows that become empty go with them. */
function take(b: Blueprint, { lane, index }: Spot, count: number): Blueprint {
  const without = editLane(b, lane, (f) => [...f.slice(0, index), ...f.slice(index + count)]);
  if (lane.of === 'orphan')
    return setOrphans(
      without,
      orphansOf(without).filter((o) => o.length > 0),
    );
  if (lane.of !== 'route') return without;
  const node = find(without, lane.node)?.node;
  return node && routesOf(node)[lane.index]?.flow.length === 0 ? dropRoute(without, lane.node, lane.index) : without;
}

/** Keeps the conditions for what came behind a module that is removed. */
function inherit(next: Node | undefined, filter: Filter | undefined): Node | undefined {
  if (!next || !filter) return next;
  const own = (next.filter as Filter | null | undefined)?.conditions;
  return own && own.length > 0 ? next : { ...next, filter };
}

/**
 * Removes a module. What stood behind it closes up, with its filter where it had none; of a router the first route does, and the others
 * are kept where nothing leads to them.
 */
export function remove(b: Blueprint, id: number): Blueprint {
  const spot = find(b, id);
  if (!spot) return b;
  const { node, lane, flow, index } = spot;
  const [first, ...others] = routesOf(node)
    .map((r) => r.flow)
    .filter((f) => f.length > 0);
  const rest = [...(first ?? []), ...flow.slice(index + 1)];
  const head = inherit(rest[0], node.filter);
  const follow = head ? [head, ...rest.slice(1)] : [];
  if (follow.length === 0) return take(b, spot, 1);
  const begins = isFirst(spot) ? [withoutKey(follow[0] as Node, 'filter'), ...follow.slice(1)] : follow;
  const closed = editLane(b, lane, (f) => [...f.slice(0, index), ...begins]);
  return others.length > 0 ? setOrphans(closed, [...orphansOf(closed), ...others]) : closed;
}

/** Removes a module with everything behind it and on it. */
export function removeBehind(b: Blueprint, id: number): Blueprint {
  const spot = find(b, id);
  return spot ? take(b, spot, spot.flow.length - spot.index) : b;
}

/** Removes several modules, each closing up. */
export function removeAll(b: Blueprint, ids: number[]): Blueprint {
  return ids.reduce(remove, b);
}

/** Cuts the link before a module: it stays with what is behind it, and nothing leads to it. */
export function detach(b: Blueprint, id: number): Blueprint {
  const spot = find(b, id);
  if (!spot || isFirst(spot) || (spot.lane.of === 'orphan' && spot.index === 0)) return b;
  const chain = spot.flow.slice(spot.index);
  const [head, ...tail] = chain;
  if (!head) return b;
  const rest = take(b, spot, chain.length);
  return setOrphans(rest, [...orphansOf(rest), [withoutKey(head, 'filter'), ...tail]]);
}

/** Reports whether a module, with what is behind it, can be put behind another. */
export function canConnect(b: Blueprint, from: number, to: number): boolean {
  const source = find(b, from);
  const target = find(b, to);
  if (!source || !target || isFirst(target)) return false;
  if (isDirective(source.node) || branchesOf(source.node).length > 0) return false;
  const chain = target.flow.slice(target.index);
  if (chain.some((n) => isWithin(source, n.id))) return false;
  return source.flow[source.index + 1] !== target.node;
}

/** Puts a module, with what is behind it, behind another; behind one that is followed already, through a router. */
export function connect(b: Blueprint, from: number, to: number): Blueprint {
  const target = find(b, to);
  if (!target || !canConnect(b, from, to)) return b;
  const chain = target.flow.slice(target.index);
  return addFollower(take(b, target, chain.length), from, chain);
}

/** Moves a module alone one place forward or back in its row. */
export function shift(b: Blueprint, id: number, by: 1 | -1): Blueprint {
  const spot = find(b, id);
  if (!spot || !canShift(spot, by)) return b;
  const { lane, index } = spot;
  const other = spot.flow[index + by];
  if (!other) return b;
  const here = positionOf(spot.node);
  const there = positionOf(other);
  return editLane(b, lane, (f) => {
    const next = [...f];
    next[index + by] = at(spot.node, there);
    next[index] = at(other, here);
    return next;
  });
}

/** Reports whether a module can change places with its neighbour: what ends a row stays at its end, the first stays first. */
export function canShift({ lane, flow, index, node }: Spot, by: 1 | -1): boolean {
  const other = flow[index + by];
  if (!other || endsLane(node) || endsLane(other) || branchesOf(node).length > 0 || branchesOf(other).length > 0)
    return false;
  return !(lane.of === 'main' && Math.min(index, index + by) === 0);
}

export function rename(b: Blueprint, id: number, name: string): Blueprint {
  return editNode(b, id, (node) => {
    const designer = { ...positionOf(node), ...node.metadata?.designer };
    return {
      ...node,
      metadata: { ...node.metadata, designer: name ? { ...designer, name } : withoutKey(designer, 'name') },
    };
  });
}

export function setFilter(b: Blueprint, id: number, filter: Filter | undefined): Blueprint {
  return editNode(b, id, (node) => (filter ? { ...node, filter } : withoutKey(node, 'filter')));
}

export function fill(
  b: Blueprint,
  id: number,
  { parameters, mapper }: { parameters: Record<string, unknown>; mapper: Record<string, unknown> },
): Blueprint {
  return editNode(b, id, (node) => ({ ...node, parameters, mapper }));
}

export function setDisabled(b: Blueprint, id: number, disabled: boolean): Blueprint {
  return editNode(b, id, (node) => (disabled ? { ...node, disabled } : withoutKey(node, 'disabled')));
}

/** The route that takes what no other takes. */
export function fallbackOf(node: Node): number | undefined {
  const index = node.parameters?.else;
  return index === undefined || index === null || index === '' ? undefined : Number(index);
}

export function setFallback(b: Blueprint, id: number, index: number | undefined): Blueprint {
  return editNode(b, id, (node) => {
    const rest = withoutKey(node.parameters ?? {}, 'else');
    if (index !== undefined) return { ...node, parameters: { ...rest, else: index } };
    return Object.keys(rest).length > 0 ? { ...node, parameters: rest } : withoutKey(node, 'parameters');
  });
}

function reroute(b: Blueprint, id: number, order: number[]): Blueprint {
  const node = find(b, id)?.node;
  if (!node) return b;
  const routes = routesOf(node);
  const fallback = fallbackOf(node);
  const next = editNode(b, id, (n) => ({ ...n, routes: order.map((i) => routes[i] as Route) }));
  if (fallback === undefined) return next;
  const moved = order.indexOf(fallback);
  return setFallback(next, id, moved < 0 ? undefined : moved);
}

/** Lets a route run earlier or later than its neighbour. */
export function shiftRoute(b: Blueprint, id: number, index: number, by: 1 | -1): Blueprint {
  const order = routesOf(find(b, id)?.node ?? { id: 0, module: '', version: 1 }).map((_, i) => i);
  const other = order[index + by];
  if (other === undefined) return b;
  order[index + by] = index;
  order[index] = other;
  return reroute(b, id, order);
}

/** Removes a route with its modules. */
export function dropRoute(b: Blueprint, id: number, index: number): Blueprint {
  const routes = routesOf(find(b, id)?.node ?? { id: 0, module: '', version: 1 });
  return reroute(
    b,
    id,
    routes.map((_, i) => i).filter((i) => i !== index),
  );
}

export function setRouteDisabled(b: Blueprint, id: number, index: number, disabled: boolean): Blueprint {
  return editNode(b, id, (node) => ({
    ...node,
    routes: routesOf(node).map((r, i) => (i !== index ? r : disabled ? { ...r, disabled } : withoutKey(r, 'disabled'))),
  }));
}

/** Adds modules that nothing leads to. */
export function addLoose(b: Blueprint, flow: Node[], point?: Point): Blueprint {
  const nodes = flow.map((n, i) => (point ? at(n, { x: point.x + i * column, y: point.y }) : n));
  return setOrphans(b, [...orphansOf(b), nodes]);
}
