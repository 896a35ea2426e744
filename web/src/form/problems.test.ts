import { describe, expect, test } from 'vitest';
import type { Field } from '../api/types';
import { placeOf, settle } from './problems';

const fields: Field[] = [
  { name: 'url', type: 'url' },
  {
    name: 'headers',
    type: 'array',
    spec: [
      { name: 'name', type: 'text' },
      { name: 'value', type: 'text' },
    ],
  },
  { name: 'tags', type: 'array', spec: [{ name: '', type: 'text' }] },
  { name: 'who', type: 'collection', spec: [{ name: 'email', type: 'email' }] },
  {
    name: 'body',
    type: 'select',
    options: [
      { label: 'JSON', value: 'json', nested: [{ name: 'text', type: 'text' }] },
      { label: 'Form', value: 'form', nested: [{ name: 'parts', type: 'array' }] },
    ],
  },
];
const values = { headers: [{ name: 'a' }], tags: ['x', 'y'], who: { email: '' }, body: 'json' };

describe('placeOf', () => {
  test.each([
    ['url', 'url'],
    ['headers', 'headers'],
    ['headers[0].value', 'headers[0].value'],
    ['headers[0].other', 'headers[0]'],
    ['tags[1]', 'tags[1]'],
    ['who.email', 'who.email'],
    ['who.name', 'who'],
    ['text', 'text'],
    ['parts', undefined],
    ['nothing', undefined],
  ])('%s', (path, want) => expect(placeOf(fields, values, path)).toBe(want));

  test('what is mapped as a whole has its problems as a whole', () => {
    expect(placeOf(fields, { ...values, headers: '{{1.list}}' }, 'headers[0].value')).toBe('headers');
  });
});

test('settle divides what fields show from the rest', () => {
  const at = (path: string) => ({ path, problem: path });
  const form = { fields, values };
  const { placed, rest } = settle(
    ['mapper.headers[0].other', 'mapper.parts', 'parameters.account', 'parameters.url', ''].map(at),
    { mapper: form, parameters: form },
    ['account'],
  );
  expect(placed.map((p) => p.path)).toEqual(['mapper.headers', 'parameters.account', 'parameters.url']);
  expect(rest.map((p) => p.path)).toEqual(['mapper.parts', '']);
});
