import { expect, test } from 'vitest';
import { fillIn, inSentence } from './template';

const template = {
  blueprint: {
    name: 'Template',
    flow: [
      { id: 1, module: 'a:b' },
      {
        id: 2,
        module: 'builtin:BasicRouter',
        routes: [{ flow: [{ id: 3, module: 'c:d', parameters: { datastore: 0, kept: true } }] }],
        onerror: [{ id: 4, module: 'e:f' }],
      },
    ],
  },
  choose: [
    {
      places: [
        { module: 3, field: 'parameters.datastore' },
        { module: 9, field: 'parameters.datastore' },
      ],
    },
    {
      places: [
        { module: 1, field: 'mapper.deep.name' },
        { module: 4, field: 'mapper' },
      ],
    },
  ],
} as unknown as Parameters<typeof fillIn>[0];

test('what was chosen is written into modules at every depth', () => {
  expect(fillIn(template, 'Mine', [7, 'x'])).toEqual({
    name: 'Mine',
    flow: [
      { id: 1, module: 'a:b', mapper: { deep: { name: 'x' } } },
      {
        id: 2,
        module: 'builtin:BasicRouter',
        routes: [{ flow: [{ id: 3, module: 'c:d', parameters: { datastore: 7, kept: true } }] }],
        onerror: [{ id: 4, module: 'e:f', mapper: 'x' }],
      },
    ],
  });
});

test('the template itself stays as it is', () => {
  const before = JSON.stringify(template);
  fillIn(template, 'Mine', [7, 'x']);
  expect(JSON.stringify(template)).toBe(before);
});

test('a template without a blueprint becomes an empty one', () => {
  expect(fillIn({ blueprint: undefined, choose: [] }, 'Mine', [])).toEqual({ name: 'Mine' });
});

test('a label stands in the middle of a sentence without its capital, unless it is an abbreviation', () => {
  expect(['Address to send to', 'URL of the service', 'È questo', ''].map(inSentence)).toEqual([
    'address to send to',
    'URL of the service',
    'è questo',
    '',
  ]);
});
