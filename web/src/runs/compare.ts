import type { ModuleProgress } from '../api/types';
import type { Shown } from './operations';

export interface CountDifference {
  module: number;
  a?: ModuleProgress;
  b?: ModuleProgress;
  differs: boolean;
}

/** The counts of two executions by module, those of the first in their order and then what only the second has. */
export function compareCounts(a: ModuleProgress[], b: ModuleProgress[]): CountDifference[] {
  const other = new Map(b.map((m) => [m.module, m]));
  const list: CountDifference[] = a.map((m) => {
    const n = other.get(m.module);
    other.delete(m.module);
    return { module: m.module, a: m, b: n, differs: !n || !sameCounts(m, n) };
  });
  for (const m of other.values()) list.push({ module: m.module, b: m, differs: true });
  return list;
}

function sameCounts(a: ModuleProgress, b: ModuleProgress): boolean {
  return (
    a.operations === b.operations &&
    a.in === b.in &&
    a.out === b.out &&
    a.filtered === b.filtered &&
    a.errors === b.errors
  );
}

/** A place at which two values differ: the way there, and what stands at it. */
export interface ValueDifference {
  path: string;
  a: unknown;
  b: unknown;
}

const most = 200;

/** Lists where two values differ, at most so many places. */
export function differences(a: unknown, b: unknown): ValueDifference[] {
  const list: ValueDifference[] = [];
  const walk = (x: unknown, y: unknown, path: string) => {
    if (list.length >= most || x === y) return;
    if (isCollection(x) && isCollection(y) && Array.isArray(x) === Array.isArray(y)) {
      for (const name of new Set([...Object.keys(x), ...Object.keys(y)])) {
        const step = Array.isArray(x) ? `[${Number(name) + 1}]` : path ? `.${name}` : name;
        walk(x[name], y[name], path + step);
      }
      return;
    }
    if (JSON.stringify(x) !== JSON.stringify(y)) list.push({ path, a: x, b: y });
  };
  walk(a, b, '');
  return list;
}

function isCollection(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

export interface OperationPair {
  address: string;
  a?: Shown;
  b?: Shown;
}

/** Pairs the operations of a module by their address, which says which bundle they were of. */
export function pair(a: Shown[], b: Shown[]): OperationPair[] {
  const other = new Map(b.map((o) => [o.address, o]));
  const list: OperationPair[] = a.map((o) => {
    const found = other.get(o.address);
    other.delete(o.address);
    return { address: o.address, a: o, b: found };
  });
  for (const [address, o] of other) list.push({ address, b: o });
  return list;
}

/** The first pair whose results differ. */
export function firstDifference(list: OperationPair[]): OperationPair | undefined {
  return list.find(({ a, b }) => !a || !b || JSON.stringify(resultOf(a)) !== JSON.stringify(resultOf(b)));
}

/** What an operation came to, without what differs each time. */
export function resultOf(o: Shown) {
  return { bundles: o.bundles ?? [], error: o.error?.message };
}
