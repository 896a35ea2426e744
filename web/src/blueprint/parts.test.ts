import { describe, expect, test } from 'vitest';
import { copy, paste, readClip } from './clip';
import { aroundDiffers, differences, same } from './compare';
import { addFollower, rename } from './edits';
import { begin, redo, step, undo } from './history';
import { align, drawn, isDrawn } from './layout';
import { emptyBlueprint, freshNode } from './make';
import { contentOf, noteOf, setNote, textOf } from './notes';
import { renumberText } from './renumber';
import { ownSettingsOf, setOwnSetting, setSetting, settingsOf } from './settings';
import { visibleAt } from './sources';
import { find, findPath, positionOf, spots } from './tree';
import type { Blueprint, Node } from './types';

function node(id: number, more: Partial<Node> = {}): Node {
  return { id, module: 'util:Step', version: 1, ...more };
}

function of(...flow: Node[]): Blueprint {
  return { ...emptyBlueprint('Test'), flow };
}

describe('numbers in mappings', () => {
  const to = (id: number) => id + 10;
  test.each([
    ['{{1.email}}', '{{11.email}}'],
    ['no 1.email here', 'no 1.email here'],
    ['{{lower(1.name + "1.name")}} 1.x', '{{lower(11.name + "1.name")}} 1.x'],
    ['{{1.`2.x`.a[3]}} {{`1`}}', '{{11.`2.x`.a[3]}} {{`11`}}'],
    ['{{1.price * 1.5 + 2}}', '{{11.price * 1.5 + 2}}'],
    ['{{map(3.items[]; "key"; a1.b)}}', '{{map(13.items[]; "key"; a1.b)}}'],
    ['{{5.error.message}}', '{{15.error.message}}'],
    ['{{if(1.a > 2; 12.b; "\\"3.c")}}', '{{if(11.a > 2; 22.b; "\\"3.c")}}'],
    ['{{1.`open', '{{11.`open'],
  ])('%s', (text, wanted) => expect(renumberText(text, to)).toBe(wanted));
});

describe('copying', () => {
  const b = of(
    node(1),
    node(2, { mapper: { a: '{{1.x}}' } }),
    node(3, { mapper: { a: '{{2.x}}', b: ['{{1.y}}'] }, parameters: { feeder: 2 } }),
  );

  test('mappings inside follow, others stay', () => {
    const rows = readClip(JSON.stringify(copy(b, [2, 3])));
    const { blueprint, ids } = paste(b, rows, 3);
    expect(ids).toEqual([4, 5]);
    expect(blueprint.flow.map((n) => n.id)).toEqual([1, 2, 3, 4, 5]);
    expect(find(blueprint, 4)?.node.mapper).toEqual({ a: '{{1.x}}' });
    expect(find(blueprint, 5)?.node.mapper).toEqual({ a: '{{4.x}}', b: ['{{1.y}}'] });
    expect(find(blueprint, 5)?.node.parameters).toEqual({ feeder: 4 });
  });

  test('into an empty scenario, and of what Make copies', () => {
    const rows = readClip(
      '{"subflows":[{"flow":[{"id":22,"module":"json:ParseJSON","version":1}]}],"metadata":{"version":1}}',
    );
    expect(paste(emptyBlueprint('Other'), rows).blueprint.flow.map((n) => n.id)).toEqual([1]);
  });

  test('what hangs on a module comes along', () => {
    const split = addFollower(b, 1, [freshNode(b, { module: 'util:New', version: 1 })]);
    const clip = copy(split, [5, 2]);
    expect(clip.subflows).toHaveLength(1);
    const { blueprint } = paste(emptyBlueprint('Other'), readClip(JSON.stringify(clip)));
    expect(spots(blueprint)).toHaveLength(4);
  });

  test.each(['', 'hello', '{}', '[1]', '{"flow":[{"id":"x"}]}', 'null'])('%j holds no modules', (text) => {
    expect(readClip(text)).toEqual([]);
  });
});

describe('what can be mapped', () => {
  const ids = (b: Blueprint, id: number) => visibleAt(b, id).map((v) => (v.failed ? -v.node.id : v.node.id));

  test('the modules before, also through a router, which gives nothing', () => {
    const b = of(
      node(1),
      node(2, { module: 'builtin:BasicRouter', routes: [{ flow: [node(3)] }, { flow: [node(4), node(5)] }] }),
    );
    expect(ids(b, 5)).toEqual([1, 4]);
  });

  test('an aggregator hides its source and what lies between', () => {
    const b = of(node(1), node(2), node(3), node(4, { parameters: { feeder: 2 } }), node(5));
    expect(ids(b, 4)).toEqual([1, 2, 3]);
    expect(ids(b, 5)).toEqual([1, 4]);
  });

  test('an error handler sees the error of its module', () => {
    expect(ids(of(node(1), node(2, { onerror: [node(3), node(4)] })), 4)).toEqual([1, -2, 3]);
  });
});

describe('undoing', () => {
  test('steps, and typing as one of them', () => {
    let h = step(begin('a'), 'b', 0);
    h = step(h, 'bc', 100, 'name');
    h = step(h, 'bcd', 200, 'name');
    expect(undo(h).now).toBe('b');
    expect(undo(undo(h)).now).toBe('a');
    expect(redo(undo(h)).now).toBe('bcd');
    expect(step(undo(h), 'x', 300).future).toEqual([]);
    expect(undo(step(h, 'later', 9999, 'name')).now).toBe('bcd');
  });

  test('at its ends nothing happens', () => {
    const h = begin('a');
    expect(undo(h)).toBe(h);
    expect(redo(h)).toBe(h);
    expect(step(h, 'a', 0)).toBe(h);
  });
});

describe('notes', () => {
  test('are read as text and written as markup', () => {
    expect(textOf('<ol><li>Log&#39;in <b>now</b></li><li>a &amp;&lt;b</li></ol><p>x<br>y</p>')).toBe(
      "• Log'in now\n• a &<b\n\nx\ny",
    );
    expect(textOf(contentOf('one\ntwo\n\n<three>'))).toBe('one\ntwo\n\n<three>');
  });

  test('come and go', () => {
    const b = setNote(of(node(1)), 1, 'Mind the gap');
    expect(noteOf(b, 1)).toBe('Mind the gap');
    expect(noteOf(setNote(b, 1, ''), 1)).toBe('');
    expect(setNote(of(node(1)), 1, '')).toEqual(of(node(1)));
  });
});

test('the server says where a problem is by a path', () => {
  const b = of(node(1), node(2, { routes: [{ flow: [node(3)] }] }));
  expect(findPath(b, 'flow[1].routes[0].flow[0].mapper.email')).toMatchObject({
    spot: { node: { id: 3 } },
    field: 'mapper.email',
  });
  expect(findPath(b, 'flow[1]')).toMatchObject({ spot: { node: { id: 2 } }, field: '' });
  expect(findPath(b, 'name')).toBeUndefined();
});

test('settings have defaults, and those of our own leave no trace when they say what holds anyway', () => {
  const b = of(node(1));
  expect(settingsOf({ ...b, metadata: {} })).toMatchObject({ maxErrors: 3, autoCommit: true, dlq: false });
  expect(settingsOf(setSetting(b, 'dlq', true)).dlq).toBe(true);
  expect(setOwnSetting(setOwnSetting(b, 'bundlesAtOnce', 8), 'bundlesAtOnce', 1)).toEqual(b);
  expect(ownSettingsOf(setOwnSetting(b, 'timezone', 'Europe/Rome')).timezone).toBe('Europe/Rome');
});

test('differences between two states', () => {
  const a = of(node(1), node(2), node(3));
  const b = rename(of(node(1), node(3), node(4)), 1, 'Leads');
  expect(differences(a, b).map((d) => `${d.what} ${d.id}`)).toEqual(['changed 1', 'moved 3', 'added 4', 'removed 2']);
  expect(aroundDiffers(a, b)).toBe(false);
  expect(aroundDiffers(a, { ...a, name: 'Other' })).toBe(true);
  expect(same({ a: 1, b: [1, 2] }, { b: [1, 2], a: 1 })).toBe(true);
  expect(same([1, 2], [2, 1])).toBe(false);
});

test('aligned modules cover nothing', () => {
  const route = (...flow: Node[]) => ({ flow });
  const b = of(
    node(1),
    node(2, { onerror: [node(20), node(21)] }),
    node(3, {
      module: 'builtin:BasicRouter',
      routes: [
        route(node(4, { onerror: [node(40)] }), node(5)),
        route(node(6), node(7, { routes: [route(node(8)), route(node(9)), route(node(10))] })),
        route(node(11)),
      ],
    }),
  );
  const points = spots(align(b)).map((s) => JSON.stringify(positionOf(s.node)));
  expect(new Set(points).size).toBe(points.length);
  expect(positionOf(find(align(b), 1)?.node as Node)).toEqual({ x: 0, y: 0 });
});

test('what nobody has drawn is drawn, and what somebody has stays', () => {
  const b = of(node(1), node(2));
  expect(isDrawn(b)).toBe(false);
  expect(isDrawn(drawn(b))).toBe(true);
  expect(drawn(drawn(b))).toEqual(drawn(b));
});
