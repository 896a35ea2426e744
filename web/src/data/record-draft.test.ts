import { describe, expect, test } from 'vitest';
import { draftOf, readDraft, readWhole } from './record-draft';

const structure = [
  { name: 'name', type: 'text', required: true },
  { name: 'score', type: 'number' },
  { name: 'active', type: 'boolean' },
  { name: 'tags', type: 'array' },
];

const data = { name: 'Ada', score: 1.5, active: false, tags: ['a'], extra: { x: 1 }, note: 'hi' };

test('a record that nobody changes stays what it is', () => {
  expect(readDraft(draftOf(structure, data))).toEqual({ data, wrong: {} });
});

test('fields of the structure come first, behind them what the record has besides', () => {
  expect(draftOf(structure, data).map((e) => [e.field.name, e.json])).toEqual([
    ['name', false],
    ['score', false],
    ['active', false],
    ['tags', true],
    ['extra', true],
    ['note', false],
  ]);
});

test('what does not fit its type is edited as JSON; an empty text is edited as a text, and kept', () => {
  const odd = { name: '', score: 'many', active: 'yes' };
  const draft = draftOf(structure, odd);
  expect(draft.slice(0, 3).map((e) => [e.text, e.json])).toEqual([
    ['', false],
    ['"many"', true],
    ['"yes"', true],
  ]);
  expect(readDraft(draft).data).toEqual(odd);
  const typed = draft.map((e) => (e.field.name === 'name' ? { ...e, text: 'Ada' } : e));
  expect(readDraft(typed).data).toEqual({ ...odd, name: 'Ada' });
});

describe('what was typed', () => {
  const type = (name: string, text: string) =>
    readDraft(draftOf(structure, { name: 'Ada' }).map((e) => (e.field.name === name ? { ...e, text } : e)));

  test.each([
    ['score', ' 2,5 ', { name: 'Ada', score: 2.5 }],
    ['score', ' ', { name: 'Ada' }],
    ['active', 'true', { name: 'Ada', active: true }],
    ['tags', '[1]', { name: 'Ada', tags: [1] }],
  ])('%s %j', (name, text, want) => expect(type(name, text)).toEqual({ data: want, wrong: {} }));

  test('is told where it cannot be read, and nothing is made of it', () => {
    expect(type('name', '')).toEqual({ wrong: { name: 'required' } });
    expect(type('score', 'x')).toEqual({ wrong: { score: 'number' } });
    expect(type('tags', '[').wrong.tags).toMatch(/JSON/);
  });
});

test.each([
  ['{"a": 1}', { data: { a: 1 }, wrong: {} }],
  ['[1]', { wrong: { '': '{ … }' } }],
  ['null', { wrong: { '': '{ … }' } }],
])('a whole record as JSON: %s', (text, want) => expect(readWhole(text)).toEqual(want));

test('a whole record that is no JSON says why', () => {
  expect(readWhole('{').wrong['']).toMatch(/JSON/);
});
