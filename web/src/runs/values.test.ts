import { describe, expect, it } from 'vitest';
import { columns, lines, mapping } from './values';

const open = { isOpen: () => true, search: '' };
const shown = (root: object, look: Parameters<typeof lines>[1]) => lines(root, look).map((l) => l.way.join('/'));

describe('lines', () => {
  const value = { a: { b: 1, c: ['x', { d: 'needle' }] }, e: [], f: null };
  it('lists everything that is open', () =>
    expect(shown(value, open)).toEqual(['a', 'a/b', 'a/c', 'a/c/0', 'a/c/1', 'a/c/1/d', 'e', 'f']));
  it('leaves out what is closed', () =>
    expect(shown(value, { isOpen: () => false, search: '' })).toEqual(['a', 'e', 'f']));
  it('finds values in what is closed, with what they stand in', () =>
    expect(shown(value, { isOpen: () => false, search: 'NEEDLE' })).toEqual(['a', 'a/c', 'a/c/1', 'a/c/1/d']));
  it('finds names, and shows what is below as it is', () =>
    expect(shown(value, { isOpen: () => false, search: 'c' })).toEqual(['a', 'a/c', 'a/c/0', 'a/c/1']));
  it('counts parts', () =>
    expect(lines(value, open).map((l) => l.parts)).toEqual([2, undefined, 2, undefined, 1, undefined, 0, undefined]));
  it('tells lines of one name apart', () => {
    const ids = lines([{ x: 1 }, { x: 1 }], open).map((l) => l.id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('mapping', () => {
  it.each([
    [['email'], '{{3.email}}'],
    [['attributes', 'plan name'], '{{3.attributes.`plan name`}}'],
    [['items', 0, 'id'], '{{3.items[1].id}}'],
    [['0'], '{{3.`0`}}'],
  ])('%j', (way, want) => expect(mapping(3, way)).toBe(want));
});

describe('columns', () => {
  it('joins the fields of all rows', () => expect(columns([{ a: 1 }, { b: 2, a: 3 }])).toEqual(['a', 'b']));
  it('is no table where a row is none', () => expect(columns([{ a: 1 }, 2])).toBeUndefined());
  it('is no table without fields', () => expect(columns([{}, {}])).toBeUndefined());
});
