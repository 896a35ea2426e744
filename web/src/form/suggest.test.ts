import { expect, test } from 'vitest';
import type { Source } from './source';
import { suggest, suggestKnown, wordBefore } from './suggest';

const sources: Source[] = [
  {
    id: 1,
    module: 'a:b',
    label: 'First',
    fields: [
      { name: 'email', type: 'email', label: 'E-mail' },
      { name: 'first name', type: 'text' },
    ],
  },
  { id: 12, module: 'a:c', label: 'Second', fields: [{ name: 'email', type: 'email', label: 'Address' }] },
];
const functions = [
  { name: 'lower', signature: 'lower(text)', group: 'Text', summary: 'Small letters.' },
  { name: 'escapeHTML', signature: 'escapeHTML(text)', group: 'Text', summary: 'For HTML.' },
];

test.each([
  ['{{1.na', { from: 2, query: '1.na' }],
  ['{{lower(em', { from: 8, query: 'em' }],
  ['{{1.`first n', { from: 11, query: 'n' }],
  ['{{', { from: 2, query: '' }],
  ['{{1.items[].na', { from: 2, query: '1.items[].na' }],
  ['{{2 + 3', { from: 7, query: '' }],
  ['plain', undefined],
])('wordBefore(%s)', (text, want) => expect(wordBefore(text, text.length)).toEqual(want));

test('fields come first, the best and nearest of them at the top, then functions and words', () => {
  const codes = (query: string) => suggest(query, sources, functions, 'en').map((s) => s.snippet.code);
  expect(codes('em')).toEqual(['12.email', '1.email', 'emptystring', 'emptyarray']);
  expect(codes('e-')).toEqual(['1.email']);
  expect(codes('LOW')).toEqual(['lower()']);
  expect(codes('12.')).toEqual(['12.email']);
  expect(codes('')).toEqual(['12.email', '1.email', '1.`first name`']);
});

test('known values are offered, and what was typed below them', () => {
  const known = [
    { label: 'plan', value: 'plan' },
    { label: 'phone_number', value: 'phone_number' },
    { label: 'Nothing', value: '' },
  ];
  const offered = (text: string) => suggestKnown(text, known, (own) => `Use ${own}`).map((o) => [o.label, o.value]);
  expect(offered('')).toEqual([
    ['plan', 'plan'],
    ['phone_number', 'phone_number'],
  ]);
  expect(offered(' pho')).toEqual([
    ['phone_number', 'phone_number'],
    ['Use pho', 'pho'],
  ]);
  expect(offered('plan')).toEqual([['plan', 'plan']]);
  expect(offered('quite new')).toEqual([]);
  expect(offered('{{1.plan}}')).toEqual([]);
});
