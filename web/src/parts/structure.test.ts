import { describe, expect, test } from 'vitest';
import {
  countFields,
  fieldsOf,
  isWrong,
  itemType,
  mistakeOf,
  tidyFields,
  withItems,
  withType,
  type StructureField,
} from './structure';
import { fieldsOfSample, mergeFields } from './structure-sample';

test('fieldsOf keeps what it does not know, and reads lists and single fields', () => {
  expect(fieldsOf([{ name: 'a', type: 'text', own: 1 }, 'no field', { type: 5 }])).toEqual([
    { name: 'a', type: 'text', own: 1 },
    { name: '', type: 'any' },
  ]);
  expect(fieldsOf({ type: 'number' })).toEqual([{ name: '', type: 'number' }]);
  expect(fieldsOf(17)).toEqual([]);
});

describe('items of arrays', () => {
  test.each<[StructureField, string]>([
    [{ name: 'a', type: 'array' }, 'any'],
    [{ name: 'a', type: 'array', spec: { type: 'number' } }, 'number'],
    [{ name: 'a', type: 'array', spec: [{ name: 'b', type: 'text' }] }, 'collection'],
    [{ name: 'a', type: 'array', spec: [] }, 'collection'],
  ])('%j', (field, want) => expect(itemType(field)).toBe(want));

  test('are laid down, and become anything again', () => {
    const list: StructureField = { name: 'a', type: 'array' };
    expect(withItems(list, 'collection')).toEqual({ name: 'a', type: 'array', spec: [] });
    expect(withItems(list, 'date')).toEqual({ name: 'a', type: 'array', spec: { type: 'date' } });
    expect(withItems(withItems(list, 'date'), 'any')).toEqual(list);
  });
});

test('another type keeps what fits it', () => {
  const text: StructureField = { name: 'a', type: 'text', multiline: true, required: true };
  expect(withType(text, 'number')).toEqual({ name: 'a', type: 'number', required: true });
  const inside = [{ name: 'b', type: 'text' }];
  const collection: StructureField = { name: 'a', type: 'collection', spec: inside };
  expect(withType(collection, 'array')).toEqual({ name: 'a', type: 'array', spec: inside });
  expect(withType({ name: 'a', type: 'text' }, 'collection')).toEqual({ name: 'a', type: 'collection', spec: [] });
});

test('mistakes are found at every depth', () => {
  const good: StructureField[] = [{ name: 'a', type: 'collection', spec: [{ name: 'b', type: 'text' }] }];
  expect(isWrong(good)).toBe(false);
  expect(isWrong([{ name: 'a', type: 'collection', spec: [{ name: ' ', type: 'text' }] }])).toBe(true);
  const twice = [...good, { name: ' a ', type: 'text' }];
  expect([mistakeOf(twice, 0), mistakeOf(twice, 1)]).toEqual([undefined, 'twice']);
  expect(mistakeOf([{ name: '', type: 'text' }], 0)).toBe('empty');
});

test('tidyFields and countFields', () => {
  const fields: StructureField[] = [
    { name: ' a ', type: 'array', required: false, spec: [{ name: ' b', type: 'text', multiline: false }] },
  ];
  expect(JSON.stringify(tidyFields(fields))).toBe('[{"name":"a","type":"array","spec":[{"name":"b","type":"text"}]}]');
  expect(countFields(fields)).toBe(2);
});

describe('fieldsOfSample', () => {
  const cases: [string, unknown][] = [
    ['', []],
    ['{', []],
    ['[]', []],
    ['[1, 2]', []],
    [
      '{"email": "a@b.c", "age": 3, "ok": true, "since": "2026-01-02T03:04:05Z", "none": null}',
      [
        { name: 'email', type: 'text' },
        { name: 'age', type: 'number' },
        { name: 'ok', type: 'boolean' },
        { name: 'since', type: 'date' },
        { name: 'none', type: 'any' },
      ],
    ],
    [
      '[{"a": 1}, {"a": "x", "b": {"c": []}}, {"a": null, "b": {"d": [1]}}]',
      [
        { name: 'a', type: 'text' },
        {
          name: 'b',
          type: 'collection',
          spec: [
            { name: 'c', type: 'array' },
            { name: 'd', type: 'array', spec: { type: 'number' } },
          ],
        },
      ],
    ],
    [
      '{"items": [{"sku": "1"}, {"price": 2.5}], "mixed": [1, {"a": 1}]}',
      [
        {
          name: 'items',
          type: 'array',
          spec: [
            { name: 'sku', type: 'text' },
            { name: 'price', type: 'number' },
          ],
        },
        { name: 'mixed', type: 'array' },
      ],
    ],
    [
      'name;age;zip;active\nAda;36;01234;true\nBob;;99;false',
      [
        { name: 'name', type: 'text' },
        { name: 'age', type: 'number' },
        { name: 'zip', type: 'text' },
        { name: 'active', type: 'boolean' },
      ],
    ],
    ['a,,a,b', ['a', 'b'].map((name) => ({ name, type: 'text' }))],
  ];
  test.each(cases)('%j', (text, want) => expect(fieldsOfSample(text)).toEqual(want));
});

test('mergeFields keeps what is there and adds the rest', () => {
  const before: StructureField[] = [
    { name: 'a', type: 'any', required: true },
    { name: 'b', type: 'number', label: 'B' },
  ];
  expect(mergeFields(before, fieldsOfSample('{"a": [1], "b": 2, "c": 3}'))).toEqual([
    { name: 'a', type: 'array', spec: { type: 'number' }, required: true },
    { name: 'b', type: 'number', label: 'B' },
    { name: 'c', type: 'number' },
  ]);
});
