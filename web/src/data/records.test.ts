import { expect, test } from 'vitest';
import { widthsOf } from './records';

test('columns are as wide as what is in them, within bounds', () => {
  const rows = [
    ['ada@example.org', 'Italy', ''],
    ['a.very.long.address.of.somebody@a.long.name.of.a.company.example', 'United Kingdom', ''],
  ];
  const [key = 0, country = 0, empty = 0] = widthsOf(['Key', 'country', 'x'], rows);
  expect(key).toBeGreaterThan(country);
  expect(country).toBeGreaterThan(empty);
  expect(key).toBe(widthsOf(['Key'], [['x'.repeat(1000)]])[0]);
  expect(widthsOf(['Key'], [])[0]).toBe(empty);
});

test('reading on changes no width', () => {
  const first = Array.from({ length: 200 }, () => ['short']);
  expect(widthsOf(['Key'], [...first, ['a much longer one']])).toEqual(widthsOf(['Key'], first));
});
