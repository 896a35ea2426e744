import { describe, expect, test } from 'vitest';
import type { Source } from './source';
import { allItems, childrenOf, find, itemAt, itemsOf, labelOf, rank, sampleText, typeOf } from './tree';

const source: Source = {
  id: 3,
  module: 'shop:getOrder',
  label: 'Get an order',
  fields: [
    { name: 'id', type: 'uinteger', label: 'Order ID' },
    { name: 'buyer', type: 'collection', label: 'Buyer', spec: [{ name: 'e-mail', type: 'email', label: 'E-mail' }] },
    { name: 'lines', type: 'array', label: 'Lines', spec: [{ name: 'sku', type: 'text', label: 'SKU' }] },
    { name: 'extra', type: 'any' },
  ],
  sample: { id: 7, buyer: { 'e-mail': 'ada@example.com', phone: '1' }, lines: [{ sku: 'A1', price: 2.5 }], paid: true },
};

test('declared fields come first, with samples; the sample brings others', () => {
  expect(itemsOf(source).map((i) => [i.label, i.type, i.code, i.hasChildren])).toEqual([
    ['Order ID', 'uinteger', '3.id', false],
    ['Buyer', 'collection', '3.buyer', true],
    ['Lines', 'array', '3.lines', true],
    ['extra', 'any', '3.extra', false],
    ['paid', 'boolean', '3.paid', false],
  ]);
});

test('what is inside of arrays is that of the first element', () => {
  const lines = itemAt(source, ['lines']);
  expect(lines && childrenOf(source, lines).map((i) => [i.label, i.code, i.sample])).toEqual([
    ['SKU', '3.lines[].sku', 'A1'],
    ['price', '3.lines[].price', 2.5],
  ]);
});

test('allItems goes through all of it', () => {
  expect(allItems(source).map((i) => i.code)).toEqual([
    '3.id',
    '3.buyer',
    '3.buyer.`e-mail`',
    '3.buyer.phone',
    '3.lines',
    '3.lines[].sku',
    '3.lines[].price',
    '3.extra',
    '3.paid',
  ]);
});

test('itemAt and labelOf', () => {
  expect(itemAt(source, ['lines', 2, 'sku'])?.label).toBe('SKU');
  expect(itemAt(source, ['nope'])).toBeUndefined();
  expect(labelOf(source, ['buyer', 'e-mail'])).toBe('Buyer › E-mail');
  expect(labelOf(source, ['lines', { first: true }, 'price'])).toBe('Lines › price');
  expect(labelOf(source, ['nope', 'x'])).toBe('nope › x');
});

test.each([
  ['2026-11-27', 'date'],
  ['2026-11-27T10:00:00Z', 'date'],
  ['hello', 'text'],
  [1, 'number'],
  [[], 'array'],
  [{}, 'collection'],
  [null, 'any'],
])('typeOf(%j)', (value, want) => expect(typeOf(value)).toBe(want));

describe('search', () => {
  test.each([
    ['3.', 'order id', '3.id', 0],
    ['ord', 'order id', '3.id', 1],
    ['id', 'order id', '3.id', 2],
    ['der', 'order id', '3.id', 3],
    ['x', 'order id', '3.id', undefined],
  ])('%s', (query, label, code, want) => expect(rank(query, label, code)).toBe(want));
  test('the best comes first, and not too many', () => {
    const list = ['zip code', 'code', 'encode'];
    expect(find(list, 'CODE', (x) => [x, ''])).toEqual(['code', 'zip code', 'encode']);
    expect(find(list, 'code', (x) => [x, ''], 1)).toEqual(['code']);
  });
});

test.each([
  [undefined, ''],
  ['a\n b', 'a b'],
  [{ a: 1 }, '{"a":1}'],
  ['x'.repeat(90), 'x'.repeat(79) + '…'],
])('sampleText', (value, want) => expect(sampleText(value)).toBe(want));
