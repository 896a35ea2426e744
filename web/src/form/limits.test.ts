import { describe, expect, test } from 'vitest';
import type { Field } from '../api/types';
import { limitsOf, mistakeOf, type Mistake } from './limits';

function field(part: Partial<Field>): Field {
  return { name: 'x', type: 'text', ...part };
}

describe('mistakeOf', () => {
  const cases: [Partial<Field>, unknown, Mistake | undefined][] = [
    [{ required: true }, undefined, { why: 'required' }],
    [{ required: true }, '', { why: 'required' }],
    [{ required: true, default: 1 }, undefined, undefined],
    [{ required: true }, 0, undefined],
    [{ type: 'number' }, 'x', { why: 'number' }],
    [{ type: 'number' }, '{{1.x}}', undefined],
    [{ type: 'integer' }, '1.5', { why: 'integer' }],
    [{ type: 'uinteger' }, '-1', { why: 'uinteger' }],
    [{ type: 'uinteger' }, 7, undefined],
    [{ type: 'email' }, 'ada', { why: 'email' }],
    [{ type: 'email' }, 'ada@example.com', undefined],
    [{ type: 'url' }, 'example.com', { why: 'url' }],
    [{ type: 'url' }, 'https://{{1.host}}', undefined],
    [{ type: 'uinteger', validate: { min: 1, max: 300 } }, 1, undefined],
    [{ type: 'uinteger', validate: { min: 1, max: 300 } }, '300', undefined],
    [{ type: 'uinteger', validate: { min: 1, max: 300 } }, 0, { why: 'least', limit: 1 }],
    [{ type: 'uinteger', validate: { min: 1, max: 300 } }, '301', { why: 'most', limit: 300 }],
    [{ type: 'uinteger', validate: { max: 300 } }, '{{1.n}}', undefined],
    [{ validate: { max: 3 } }, 'äöü', undefined],
    [{ validate: { max: 3 } }, 'abcd', { why: 'longer', limit: 3 }],
    [{ validate: { min: 2 } }, 'a', { why: 'shorter', limit: 2 }],
    [{ type: 'date', validate: { max: 3 } }, '2026-01-02', undefined],
    [{ validate: { pattern: '^[a-z]+$' } }, 'abc', undefined],
    [{ validate: { pattern: '^[a-z]+$' } }, 'a1', { why: 'pattern', limit: '^[a-z]+$' }],
    [{ validate: { pattern: '([' } }, 'a1', undefined],
    [{ validate: { enum: ['a', 1] } }, '1', undefined],
    [{ validate: { enum: ['a', 1] } }, 'b', { why: 'choice' }],
    [{ type: 'select', options: [{ label: 'A', value: 'a' }] }, 'b', { why: 'choice' }],
    [{ type: 'text', options: [{ label: 'A', value: 'a' }] }, 'b', undefined],
    [{ type: 'select', options_from: 'rpc://list' }, 'b', undefined],
    [{ type: 'array', validate: { max_items: 1 } }, [1, 2], { why: 'more', limit: 1 }],
    [{ type: 'array', validate: { min_items: 2 } }, [1], { why: 'fewer', limit: 2 }],
    [{ type: 'array', validate: { min_items: 2 } }, [], undefined],
  ];
  test.each(cases)('%j %j', (part, value, want) => expect(mistakeOf(field(part), value)).toEqual(want));
});

describe('limitsOf', () => {
  const cases: [Partial<Field>, ReturnType<typeof limitsOf>][] = [
    [{ type: 'text' }, undefined],
    [
      { type: 'uinteger', validate: { min: 1, max: 9 } },
      { key: 'between', min: 1, max: 9 },
    ],
    [{ type: 'uinteger', validate: { min: 0 } }, undefined],
    [
      { type: 'integer', validate: { min: -5 } },
      { key: 'least', min: -5 },
    ],
    [
      { type: 'number', validate: { max: 5 } },
      { key: 'most', max: 5 },
    ],
    [
      { type: 'text', validate: { max: 80 } },
      { key: 'characters', max: 80 },
    ],
    [
      { type: 'array', validate: { max_items: 3 } },
      { key: 'items', max: 3 },
    ],
  ];
  test.each(cases)('%j', (part, want) => expect(limitsOf(field(part))).toEqual(want));
});
