import { addFollower, addLoose, insertAfter } from './edits';
import { at, column, freePoint } from './place';
import { renumberValue } from './renumber';
import { find, isWithin, isRouter, mapNode, nextID, positionOf, spots } from './tree';
import type { Blueprint, Node } from './types';

/** Modules that were copied, in the form in which Make puts them on the clipboard. */
export interface Clip {
  subflows: { flow: Node[] }[];
  metadata: { version: number };
}

/** Copies modules with what hangs on them. Those that follow one another stay a row. */
export function copy(b: Blueprint, ids: number[]): Clip {
  const chosen = spots(b).filter((s) => ids.includes(s.node.id) && !ids.some((id) => isWithin(s.parent, id)));
  const rows: Node[][] = [];
  let last: (typeof chosen)[number] | undefined;
  for (const spot of chosen) {
    if (last?.flow === spot.flow && last.index === spot.index - 1) rows.at(-1)?.push(spot.node);
    else rows.push([spot.node]);
    last = spot;
  }
  return { subflows: rows.map((flow) => ({ flow })), metadata: { version: 1 } };
}

function isNode(x: unknown): x is Node {
  if (typeof x !== 'object' || x === null) return false;
  const node = x as Record<string, unknown>;
  return Number.isSafeInteger(node.id) && typeof node.module === 'string' && node.module.includes(':');
}

function rowsOf(x: unknown): Node[][] {
  if (typeof x !== 'object' || x === null) return [];
  const { subflows, flow } = x as { subflows?: unknown; flow?: unknown };
  if (Array.isArray(subflows)) return subflows.flatMap(rowsOf);
  return Array.isArray(flow) && flow.length > 0 && flow.every(isNode) ? [flow] : [];
}

/** Reads modules from a text: what copy wrote, what Make copied, or a whole blueprint. Empty where there are none. */
export function readClip(text: string): Node[][] {
  try {
    return rowsOf(JSON.parse(text) as unknown);
  } catch {
    return [];
  }
}

/** Gives modules numbers that are free in a blueprint; mappings among them follow, others keep pointing where they did. */
export function renumber(b: Blueprint, rows: Node[][]): Node[][] {
  const next = new Map<number, number>();
  let free = nextID(b);
  for (const flow of rows) for (const node of flow) mapNode(node, (n) => (next.set(n.id, free++), n));
  const to = (id: number) => next.get(id) ?? id;
  return rows.map((flow) => flow.map((node) => mapNode(node, (n) => renumberOne(n, to))));
}

const structure = new Set(['onerror', 'routes', 'branches', 'metadata', 'module', 'version', 'id']);

function renumberOne(node: Node, to: (id: number) => number): Node {
  const fields = Object.entries(node).map(([key, v]) => [key, structure.has(key) ? v : renumberValue(v, to)]);
  const next = { ...(Object.fromEntries(fields) as Node), id: to(node.id) };
  if (node.branches) next.branches = node.branches.map((b) => ({ ...b, conditions: renumberValue(b.conditions, to) }));
  const feeder = next.parameters?.feeder;
  const target = next.parameters?.target;
  if (typeof feeder === 'number' || (typeof feeder === 'string' && /^\d+$/.test(feeder))) {
    const moved = to(Number(feeder));
    next.parameters = { ...next.parameters, feeder: typeof feeder === 'number' ? moved : String(moved) };
  }
  if (typeof target === 'string')
    next.parameters = { ...next.parameters, target: target.replace(/^\d+/, (id) => String(to(Number(id)))) };
  return next;
}

/** Draws rows elsewhere, as a whole. */
function shifted(rows: Node[][], x: number, y: number): Node[][] {
  const by = (n: Node) => at(n, { x: positionOf(n).x + x, y: positionOf(n).y + y });
  return rows.map((flow) => flow.map((node) => mapNode(node, by)));
}

/**
 * Puts copied modules into a blueprint: the first row behind a module where one is chosen, the others where nothing leads to them.
 * Tells the numbers that the rows' modules have now.
 */
export function paste(b: Blueprint, rows: Node[][], after?: number): { blueprint: Blueprint; ids: number[] } {
  const fresh = renumber(b, rows);
  const head = fresh[0]?.[0];
  if (!head) return { blueprint: b, ids: [] };
  const target = find(b, after);
  const from = positionOf(head);
  const lowest = Math.max(0, ...spots(b).map((s) => positionOf(s.node).y));
  const wanted = target
    ? { x: positionOf(target.node).x + column, y: positionOf(target.node).y }
    : { x: 0, y: spots(b).length > 0 ? lowest + column : 0 };
  const to = freePoint(b, wanted);
  const [first = [], ...others] = shifted(fresh, to.x - from.x, to.y - from.y);
  const ids = fresh.flatMap((flow) => flow.map((n) => n.id));
  const start = others.reduce((done, flow) => addLoose(done, flow), b);
  return { blueprint: pasteFirst(start, first, target?.node), ids };
}

function pasteFirst(b: Blueprint, flow: Node[], after: Node | undefined): Blueprint {
  if (b.flow.length === 0) return { ...b, flow };
  if (!after) return addLoose(b, flow);
  const endsWithRouter = flow.some((n) => isRouter(n));
  if (isRouter(after) || endsWithRouter) return addFollower(b, after.id, flow);
  return [...flow].reverse().reduce((done, node) => insertAfter(done, after.id, node), b);
}
