import { describe, expect, test } from 'vitest';
import type { Field } from '../api/types';
import { fits, isOpen, isPairs, nestedOf, others, procedureCall, readFields } from './fields';
import { moved, same, typed, withValue } from './values';

const by: Field = {
  name: 'by',
  type: 'select',
  default: 'email',
  options: [
    { label: 'Email', value: 'email', nested: [{ name: 'needle', type: 'email' }] },
    { label: 'Number', value: 1, nested: [{ name: 'number', type: 'integer' }] },
  ],
};

describe('nestedOf', () => {
  test.each([
    [{}, ['needle']],
    [{ by: 'email' }, ['needle']],
    [{ by: '1' }, ['number']],
    [{ by: 'phone' }, []],
    [{ by: ['email', 1] }, ['needle', 'number']],
    [{ by: '{{1.x}}' }, ['needle', 'number']],
  ])('%j', (values, want) => expect(nestedOf(by, values).map((f) => f.name)).toEqual(want));

  test('what a mapped choice may bring is there, and none of it is required', () => {
    const field: Field = {
      name: 'by',
      type: 'select',
      options: [
        { label: 'A', value: 'a', nested: [{ name: 'x', type: 'text', required: true }] },
        { label: 'B', value: 'b', nested: [{ name: 'x', type: 'number', required: true }] },
      ],
    };
    expect(isOpen(field, { by: '{{1.x}}' })).toBe(true);
    expect(nestedOf(field, { by: '{{1.x}}' })).toEqual([{ name: 'x', type: 'text', required: false }]);
    expect(isOpen(field, { by: 'a' })).toBe(false);
    expect(nestedOf(field, { by: 'b' })[0]?.type).toBe('number');
  });

  test('those of a boolean are there when it is true', () => {
    const retry: Field = {
      name: 'retry',
      type: 'boolean',
      default: true,
      nested: [{ name: 'count', type: 'uinteger' }],
    };
    const shown = (values: Record<string, unknown>) => nestedOf(retry, values).length;
    expect([shown({}), shown({ retry: false }), shown({ retry: 'true' }), shown({ retry: '{{1.x}}' })]).toEqual([
      1, 0, 1, 1,
    ]);
  });
});

test('others are the values of which no field knows', () => {
  const values = { by: 1, number: 2, needle: 'x', extra: [1], __IMTCONN__: 3 };
  expect(others([by], values, ['__IMTCONN__'])).toEqual({ extra: [1] });
});

describe('fits', () => {
  const cases: [Partial<Field>, unknown, boolean][] = [
    [{ type: 'text' }, 'a', true],
    [{ type: 'text' }, 5, true],
    [{ type: 'text' }, { a: 1 }, false],
    [{ type: 'text' }, [1], false],
    [{ type: 'array' }, [1], true],
    [{ type: 'array' }, '{{1.a}}', true],
    [{ type: 'array' }, 'a,b', false],
    [{ type: 'collection' }, {}, true],
    [{ type: 'collection' }, [], true],
    [{ type: 'collection' }, [1], false],
    [{ type: 'select', multiple: true }, ['a'], true],
    [{ type: 'select' }, ['a'], false],
    [{ type: 'filter' }, [[{ a: 'x', o: 'exist' }]], true],
    [{ type: 'filter' }, [{ a: 'x' }], false],
    [{ type: 'any' }, { a: 1 }, false],
    [{ type: 'udt' }, [{ name: 'a', type: 'text' }], true],
    [{ type: 'boolean' }, undefined, true],
  ];
  test.each(cases)('%j %j', (field, value, want) =>
    expect(fits({ name: 'x', type: 'text', ...field }, value)).toBe(want),
  );
});

test('readFields', () => {
  const [a, b, c] = readFields([
    { name: 'a', type: 'select', options: 'rpc://list', nested: 'rpc://more' },
    { name: 'b', type: 'array', spec: { type: 'text' }, required: true, mode: 'edit', validate: { maxItems: '3' } },
    { name: 'c', type: 'select', options: { store: [{ label: 'G', options: [{ label: 'One', value: 1 }] }, 'plain'] } },
    'no field',
  ]);
  expect([a?.options_from, a?.nested_from]).toEqual(['rpc://list', 'rpc://more']);
  expect([b?.spec?.length, b?.spec?.[0]?.name, b?.required, b?.mode, b?.validate?.max_items]).toEqual([
    1,
    '',
    true,
    'edit',
    3,
  ]);
  expect(c?.options?.map((o) => [o.label, o.value])).toEqual([
    ['One', 1],
    ['plain', 'plain'],
  ]);
});

test('isPairs', () => {
  const pair = (...names: string[]): Field => ({
    name: 'x',
    type: 'array',
    spec: names.map((name) => ({ name, type: 'text' })),
  });
  expect(isPairs(pair('key', 'value'))).toBe(true);
  expect(isPairs(pair('name', 'value'))).toBe(true);
  expect(isPairs(pair('city', 'zip'))).toBe(false);
  expect(isPairs(pair('key', 'value', 'more'))).toBe(false);
});

test('procedureCall', () => {
  expect(procedureCall('rpc://listTags?kind=user')).toEqual({ name: 'listTags', query: { kind: 'user' } });
  expect(procedureCall('listTags@2').name).toBe('listTags');
});

describe('typed', () => {
  const number: Field = { name: 'n', type: 'uinteger' };
  test.each([
    ['10', 10],
    ['1.50', '1.50'],
    ['007', '007'],
    ['{{1.n}}', '{{1.n}}'],
    ['', undefined],
    ['99999999999999999999', '99999999999999999999'],
  ])('%j', (text, want) => expect(typed(number, text)).toBe(want));
  test('a text field keeps texts', () => expect(typed({ name: 't', type: 'text' }, '10')).toBe('10'));
});

test('withValue, moved, same', () => {
  expect(withValue({ a: 1, b: 2 }, 'a', undefined)).toEqual({ b: 2 });
  expect(Object.keys(withValue({ a: 1, b: 2 }, 'a', 3))).toEqual(['a', 'b']);
  expect(moved([1, 2, 3], 0, 2)).toEqual([2, 3, 1]);
  expect(moved([1, 2], 1, 2)).toEqual([1, 2]);
  expect([same('1', 1), same(true, 'true'), same({}, {}), same(undefined, 'undefined')]).toEqual([
    true,
    true,
    false,
    false,
  ]);
});
