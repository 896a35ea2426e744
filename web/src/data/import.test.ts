import { describe, expect, test } from 'vitest';
import { keyColumn, recordsOf, recordsOfJSON, tableOf } from './import';

const structure = [
  { name: 'name', type: 'text', required: true },
  { name: 'score', type: 'number' },
  { name: 'active', type: 'boolean' },
  { name: 'tags', type: 'array' },
  { name: 'more', type: 'any' },
];

function read(text: string, keyAt = 0) {
  return recordsOf(tableOf(text), keyAt, structure);
}

test('the column of the keys is guessed by its name', () => {
  expect(keyColumn(['Name', 'E-Mail', 'ID'])).toBe(2);
  expect(keyColumn(['name', 'email'])).toBe(1);
  expect(keyColumn(['a', 'b'])).toBe(0);
  expect(keyColumn([])).toBe(0);
});

describe('a table becomes records', () => {
  test('with the types of the structure, and without empty cells', () => {
    const { records, faults } = read(
      'key,name,score,active,tags,more,other\n1,Ada, 1.5 ,Yes,"[1,2]",{x,z\n2,Bob,,0,,"{""a"":1}",',
    );
    expect(faults).toEqual([]);
    expect(records).toEqual([
      { key: '1', data: { name: 'Ada', score: 1.5, active: true, tags: [1, 2], more: '{x', other: 'z' } },
      { key: '2', data: { name: 'Bob', active: false, more: { a: 1 } } },
    ]);
  });

  test('a key column that is not called key is a field, too', () => {
    expect(read('name,score\nAda,1').records).toEqual([{ key: 'Ada', data: { name: 'Ada', score: 1 } }]);
  });

  test.each([
    ['key,name\n1', 'cells', '1 / 2'],
    ['key,name\n,Ada', 'no-key', undefined],
    ['key,name,score\n1,Ada,much', 'number', 'score: much'],
    ['key,name,active\n1,Ada,perhaps', 'boolean', 'active: perhaps'],
    ['key,name,tags\n1,Ada,[1', 'json', 'tags: [1'],
    ['key,name,score\n1,,2', 'required', 'name'],
  ])('%j', (text, why, what) => {
    const { records, faults } = read(text);
    expect(records).toEqual([]);
    expect(faults).toEqual([{ at: 2, why, what }]);
  });

  test('a key counts once', () => {
    const { records, faults } = read('key,name\n1,Ada\n1,Bob\n2,Cy');
    expect(records.map((r) => r.data.name)).toEqual(['Ada', 'Cy']);
    expect(faults).toEqual([{ at: 3, why: 'twice', what: '1' }]);
  });

  test('a quotation without an end is told', () => {
    expect(read('key,name\n1,"Ada').faults[0]).toEqual({ at: 2, why: 'open' });
  });
});

describe('a JSON file becomes records', () => {
  test('as exports have them, with keys of text or numbers', () => {
    const text = '\uFEFF[{"key":"a","data":{"name":"Ada"}},{"key":7,"data":{"name":"Bob"}}]';
    expect(recordsOfJSON(text, structure)?.records.map((r) => r.key)).toEqual(['a', '7']);
  });

  test('what is none is told by its number', () => {
    const text = '[{"key":"a","data":{"name":"Ada"}},{"key":"b"},5,{"data":{"name":"x"}},{"key":"c","data":{}}]';
    const { faults } = recordsOfJSON(text, structure) ?? {};
    expect(faults?.map((f) => [f.at, f.why])).toEqual([
      [2, 'no-object'],
      [3, 'no-object'],
      [4, 'no-key'],
      [5, 'required'],
    ]);
  });

  test.each(['{', '{"a":1}', '"x"'])('%s is no such file', (text) =>
    expect(recordsOfJSON(text, structure)).toBeUndefined(),
  );
});
