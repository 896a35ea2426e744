import { describe, expect, it } from 'vitest';
import type { ModuleProgress } from '../api/types';
import { compareCounts, differences, firstDifference, pair } from './compare';
import type { Shown } from './operations';

const counts = (module: number, operations: number): ModuleProgress => ({
  module,
  operations,
  in: operations,
  out: operations,
  filtered: 0,
  errors: 0,
});

describe('compareCounts', () => {
  it('pairs modules, and keeps what only one has', () => {
    const list = compareCounts([counts(1, 1), counts(2, 5)], [counts(2, 4), counts(3, 1)]);
    expect(list.map((m) => [m.module, m.differs])).toEqual([
      [1, true],
      [2, true],
      [3, true],
    ]);
  });
  it('says where nothing differs', () => expect(compareCounts([counts(1, 1)], [counts(1, 1)])[0]?.differs).toBe(false));
});

describe('differences', () => {
  it.each([
    [{ a: 1 }, { a: 1 }, []],
    [{ a: 1 }, { a: 2 }, ['a']],
    [{ a: { b: [1, 2] } }, { a: { b: [1, 3] } }, ['a.b[2]']],
    [{ a: 1 }, {}, ['a']],
    [[1], { 0: 1 }, ['']],
  ])('%j and %j', (a, b, want) => expect(differences(a, b).map((d) => d.path)).toEqual(want));
});

describe('firstDifference', () => {
  const operation = (address: string, bundle: unknown): Shown => ({
    sequence: 1,
    address,
    module: 2,
    started: '',
    duration_ms: 0,
    bundle_count: 1,
    bundles: [bundle],
  });
  it('is the first pair with other results, whatever the order of writing', () => {
    const a = [operation('1/1.1/2', 'x'), operation('1/1.2/2', 'y')];
    const b = [operation('1/1.2/2', 'z'), operation('1/1.1/2', 'x')];
    expect(firstDifference(pair(a, b))?.address).toBe('1/1.2/2');
  });
  it('is nothing where all are the same', () => {
    const a = [operation('1/1/2', 'x')];
    expect(firstDifference(pair(a, a))).toBeUndefined();
  });
});
