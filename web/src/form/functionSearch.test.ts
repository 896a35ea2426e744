import { expect, test } from 'vitest';
import { findFunctions } from './functionSearch';
import { synonyms } from './synonyms';

const functions = [
  ['capitalize', 'Turns the first letter into a capital.'],
  ['lower', 'Turns all letters into small ones.'],
  ['upper', 'Turns all letters into capitals.'],
  ['contains', 'Reports whether a text holds another, or an array an element that is equal to a value.'],
  ['round', 'Rounds to the nearest whole number, halves up.'],
  ['dateDifference', 'Returns how much later the first date is than the second, in whole units.'],
  ['formatDate', 'Writes a date by a pattern of tokens.'],
].map(([name = '', summary = '']) => ({ name, summary, signature: `${name}(x)`, group: 'Any' }));

const names = (query: string, language: 'en' | 'it') => findFunctions(functions, query, language).map((f) => f.name);

test.each([
  ['the name', 'upper', 'en', 'upper'],
  ['an everyday word', 'uppercase', 'en', 'upper'],
  ['a word of the description', 'capitals', 'en', 'upper'],
  ['Italian, with and without accents', 'maiuscole', 'it', 'upper'],
  ['English on an Italian page', 'uppercase', 'it', 'upper'],
  ['the name on an Italian page', 'lower', 'it', 'lower'],
  ['several words', 'days between', 'en', 'dateDifference'],
  ['capitals in the query', 'UPPERCASE', 'en', 'upper'],
  ['an accent', 'età', 'it', 'dateDifference'],
] as const)('%s: %s', (_, query, language, want) => expect(names(query, language)).toContain(want));

test('names come before what people call a function, and that before descriptions', () => {
  expect(names('date', 'en')[0]).toBe('dateDifference');
  expect(names('capital', 'en')[0]).toBe('capitalize');
  expect(names('format', 'en')).toEqual(['formatDate']);
});

test('two letters are looked for in names only', () => {
  expect(names('ca', 'en')).toEqual(['capitalize']);
});

test('nothing is found of another language, or of what no word fits', () => {
  expect(names('maiuscole', 'en')).toEqual([]);
  expect(names('upper xyz', 'en')).toEqual([]);
});

test('synonyms are written in small letters without accents', () => {
  for (const table of Object.values(synonyms))
    for (const words of Object.values(table)) expect(words).toMatch(/^[a-z ]+$/);
});
