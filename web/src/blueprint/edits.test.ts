import { describe, expect, test } from 'vitest';
import {
  addFirst,
  addFollower,
  addHandler,
  addRoute,
  canConnect,
  connect,
  detach,
  dropRoute,
  fallbackOf,
  insertAfter,
  remove,
  removeBehind,
  rename,
  setFallback,
  setFilter,
  shift,
  shiftRoute,
} from './edits';
import { emptyBlueprint, freshNode } from './make';
import { find, orphansOf, positionOf, spots } from './tree';
import type { Blueprint, Node } from './types';

const filter = { name: 'Only some', conditions: [[{ a: '{{1.x}}', o: 'exist' }]] };

/** A row of modules with the given numbers. */
function row(...ids: number[]): Node[] {
  return ids.map((id, i) => ({ id, module: 'util:Step', version: 1, metadata: { designer: { x: i * 260, y: 0 } } }));
}

function of(...ids: number[]): Blueprint {
  return { ...emptyBlueprint('Test'), flow: row(...ids) };
}

function fresh(b: Blueprint, module = 'util:New'): Node {
  return freshNode(b, { module, version: 1 });
}

/** Writes the structure: routes in brackets, error handlers in braces, what nothing leads to behind a bar. */
function shape(b: Blueprint): string {
  const flow = (nodes: Node[]): string =>
    nodes
      .map((n) => {
        const routes = n.routes ? `[${n.routes.map((r) => flow(r.flow)).join(' / ')}]` : '';
        return `${n.id}${n.filter ? '*' : ''}${n.onerror ? `{${flow(n.onerror)}}` : ''}${routes}`;
      })
      .join(' ');
  return [flow(b.flow), ...orphansOf(b).map(flow)].join(' | ');
}

describe('adding', () => {
  test('the first module of an empty scenario', () => {
    const b = emptyBlueprint('Test');
    expect(shape(addFirst(b, fresh(b)))).toBe('1');
  });

  test('a first module before another', () => {
    const b = addFirst(of(1, 2), fresh(of(1, 2)));
    expect(shape(b)).toBe('3 1 2');
    expect(positionOf(b.flow[0] as Node)).toEqual({ x: -260, y: 0 });
  });

  test('behind the last one, and between two, which gives way', () => {
    expect(shape(insertAfter(of(1, 2), 2, fresh(of(1, 2))))).toBe('1 2 3');
    const between = insertAfter(of(1, 2), 1, fresh(of(1, 2)));
    expect(shape(between)).toBe('1 3 2');
    expect(between.flow.map((n) => positionOf(n).x)).toEqual([0, 260, 520]);
  });

  test('a second follower brings a router, a third one a route', () => {
    const two = addFollower(of(1, 2), 1, [fresh(of(1, 2))]);
    expect(shape(two)).toBe('1 4[2 / 3]');
    const three = addFollower(two, 1, [fresh(two)]);
    expect(shape(three)).toBe('1 4[2 / 3 / 5]');
    expect(new Set(spots(three).map((s) => JSON.stringify(positionOf(s.node)))).size).toBe(5);
  });

  test('a router between two takes what followed as its first route', () => {
    const b = of(1, 2);
    expect(shape(insertAfter(b, 1, fresh(b, 'builtin:BasicRouter')))).toBe('1 3[2]');
  });

  test('error handlers keep their directive at the end, and have only one', () => {
    let b = addHandler(of(1, 2), 1, fresh(of(1, 2), 'builtin:Ignore'));
    expect(shape(b)).toBe('1{3} 2');
    b = addHandler(b, 1, fresh(b));
    expect(shape(b)).toBe('1{4 3} 2');
    b = addHandler(b, 1, fresh(b, 'builtin:Break'));
    expect(shape(b)).toBe('1{4 5} 2');
    expect(find(b, 5)?.node.mapper).toEqual({ retry: true, count: '3', interval: '15' });
  });
});

describe('removing', () => {
  test('closes the gap and keeps the filter', () => {
    const b = setFilter(of(1, 2, 3), 2, filter);
    expect(shape(remove(b, 2))).toBe('1 3*');
  });

  test('takes the filter from what becomes the first', () => {
    expect(shape(remove(setFilter(of(1, 2, 3), 2, filter), 1))).toBe('2 3');
  });

  test('with what is behind', () => expect(shape(removeBehind(of(1, 2, 3), 2))).toBe('1'));

  test('a route goes with its last module, and the fallback stays the same route', () => {
    let b = addFollower(of(1, 2), 1, [fresh(of(1, 2))]);
    b = addRoute(b, 4, [fresh(b)]);
    b = setFallback(b, 4, 2);
    b = remove(b, 3);
    expect(shape(b)).toBe('1 4[2 / 5]');
    expect(fallbackOf(find(b, 4)?.node as Node)).toBe(1);
  });

  test('of a router the first route closes up and the others are kept', () => {
    const b = addFollower(of(1, 2), 1, [fresh(of(1, 2))]);
    expect(shape(remove(b, 4))).toBe('1 2 | 3');
  });

  test('an error handler that becomes empty is gone', () => {
    const b = addHandler(of(1), 1, fresh(of(1), 'builtin:Ignore'));
    expect('onerror' in (remove(b, 2).flow[0] as Node)).toBe(false);
  });
});

describe('links', () => {
  test('cutting one keeps what is behind it, and connecting brings it back', () => {
    const cut = detach(of(1, 2, 3), 2);
    expect(shape(cut)).toBe('1 | 2 3');
    expect(shape(connect(cut, 1, 2))).toBe('1 2 3');
  });

  test('connecting to one that is followed makes a router', () => {
    const b = connect(of(1, 2, 3), 1, 3);
    expect(shape(b)).toBe('1 4[2 / 3]');
  });

  test('no circles, and nothing before the first', () => {
    expect(canConnect(of(1, 2, 3), 3, 2)).toBe(false);
    expect(canConnect(of(1, 2, 3), 3, 1)).toBe(false);
    expect(canConnect(of(1, 2, 3), 1, 2)).toBe(false);
    expect(canConnect(of(1, 2, 3), 1, 3)).toBe(true);
  });

  test('modules change places, but not with the first', () => {
    expect(shape(shift(of(1, 2, 3), 2, 1))).toBe('1 3 2');
    expect(shape(shift(of(1, 2, 3), 2, -1))).toBe('1 2 3');
  });

  test('routes change places with their fallback', () => {
    let b = setFallback(addFollower(of(1, 2), 1, [fresh(of(1, 2))]), 4, 1);
    b = shiftRoute(b, 4, 0, 1);
    expect(shape(b)).toBe('1 4[3 / 2]');
    expect(fallbackOf(find(b, 4)?.node as Node)).toBe(0);
    b = dropRoute(b, 4, 0);
    expect(fallbackOf(find(b, 4)?.node as Node)).toBeUndefined();
  });
});

test('a name is given and taken back without a trace', () => {
  const b = of(1);
  expect(rename(rename(b, 1, 'Leads'), 1, '')).toEqual(b);
});

test('what is not edited stays the same object', () => {
  const b = addFollower(of(1, 2), 1, [fresh(of(1, 2))]);
  const renamed = rename(b, 3, 'Other');
  expect(renamed.flow[0]).toBe(b.flow[0]);
  expect(renamed.flow[1]?.routes?.[0]).toBe(b.flow[1]?.routes?.[0]);
});
