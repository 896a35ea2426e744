import { expect, test } from 'vitest';
import { en } from '../text/en/index';
import { groupsFor, operatorOf, operators, written } from './operators';

test('each is there once, with its form for upper and lower case', () => {
  const names = operators.flatMap((o) => (o.folds ? [written(o, false), written(o, true)] : [written(o, false)]));
  expect(new Set(names).size).toBe(names.length);
  expect(names).toHaveLength(58);
});

test('each has a text', () => {
  for (const o of operators) expect(en[o.label], o.name).toBeTruthy();
});

test.each([
  ['text:equal:ci', 'text:equal', true],
  ['text:equal', 'text:equal', false],
  ['exist', 'exist', false],
])('operatorOf(%s)', (text, name, isFolded) => {
  const found = operatorOf(text);
  expect([found?.operator.name, found?.isFolded]).toEqual([name, isFolded]);
});

test.each(['number:equal:ci', 'text:is', ''])('operatorOf(%s) is none', (text) =>
  expect(operatorOf(text)).toBeUndefined(),
);

test('the groups of a type come first', () => {
  expect(groupsFor('uinteger').slice(0, 2)).toEqual(['basic', 'number']);
  expect(groupsFor('email').slice(0, 2)).toEqual(['basic', 'text']);
  expect(groupsFor(undefined)).toHaveLength(8);
});
