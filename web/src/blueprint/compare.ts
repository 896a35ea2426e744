import { nameOf, spots, withoutKey } from './tree';
import type { Blueprint, Node } from './types';

/** Reports whether two values of JSON are the same, whatever the order of their fields. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const left = Object.entries(a).filter(([, v]) => v !== undefined);
  const right = new Map(Object.entries(b).filter(([, v]) => v !== undefined));
  return left.length === right.size && left.every(([key, value]) => right.has(key) && same(value, right.get(key)));
}

export interface Difference {
  id: number;
  module: string;
  name: string;
  /** A filter is what stands before the module: it was set, changed or taken away. */
  what: 'added' | 'removed' | 'changed' | 'moved' | 'filter';
}

function without<T extends object>(object: T, ...keys: string[]): T {
  return keys.reduce(withoutKey, object);
}

/** What a module is by itself, without what hangs on it, what stands before it, and where it is drawn. */
function own(node: Node): unknown {
  const ways = [node.routes, node.branches].map((list) => list?.map((way) => without(way, 'flow')));
  const other = without(node.metadata ?? {}, 'designer', 'restore');
  return { ...without(node, 'metadata', 'onerror', 'routes', 'branches', 'filter'), ways, name: nameOf(node), other };
}

/** Tells which modules differ between two states of a scenario: those that stand elsewhere are moved. */
export function differences(before: Blueprint, after: Blueprint): Difference[] {
  const old = new Map(spots(before).map((s) => [s.node.id, s]));
  const now = new Map(spots(after).map((s) => [s.node.id, s]));
  const list: Difference[] = [];
  const tell = (node: Node, what: Difference['what']) =>
    list.push({ id: node.id, module: node.module, name: nameOf(node), what });
  for (const [id, s] of now) {
    const was = old.get(id);
    if (!was) {
      tell(s.node, 'added');
      continue;
    }
    const isChanged = !same(own(was.node), own(s.node));
    const isFiltered = !same(was.node.filter ?? undefined, s.node.filter ?? undefined);
    if (isChanged) tell(s.node, 'changed');
    if (isFiltered) tell(s.node, 'filter');
    if (!isChanged && !isFiltered && predecessor(was) !== predecessor(s)) tell(s.node, 'moved');
  }
  for (const [id, s] of old) if (!now.has(id)) tell(s.node, 'removed');
  return list;
}

/** The module that leads to one, as a text to compare. */
function predecessor(s: { lane: { of: string }; parent?: { node: Node }; flow: Node[]; index: number }): string {
  return `${s.lane.of} ${s.flow[s.index - 1]?.id ?? s.parent?.node.id ?? 0}`;
}

/** Reports whether something else than modules differs: the name, settings, notes. */
export function aroundDiffers(before: Blueprint, after: Blueprint): boolean {
  const around = (b: Blueprint) => ({ ...without(b, 'flow'), metadata: without(b.metadata ?? {}, 'designer') });
  return !same(around(before), around(after));
}

/** Reports whether anything differs but where modules are drawn. */
export function matters(before: Blueprint, after: Blueprint): boolean {
  return !same(before, after) && (differences(before, after).length > 0 || aroundDiffers(before, after));
}
