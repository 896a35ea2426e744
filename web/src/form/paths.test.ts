import { describe, expect, test } from 'vitest';
import { call, insertion, isInside, pathText, quote, reference } from './paths';
import { segments, unquote, type Step } from './template';

describe('reference', () => {
  const cases: [number, Step[], string][] = [
    [1, ['name'], '1.name'],
    [1, ['address', 'city'], '1.address.city'],
    [1, ['first name'], '1.`first name`'],
    [2, ['first-name', 'x'], '2.`first-name`.x'],
    [1, ['a.b'], '1.`a.b`'],
    [1, ['0'], '1.`0`'],
    [1, ['2nd'], '1.`2nd`'],
    [1, ['a`b'], '1["a`b"]'],
    [1, ['a`"b'], '1["a`\\"b"]'],
    [1, [''], '1[""]'],
    [1, ['items', { first: true }, 'name'], '1.items[].name'],
    [1, ['items', -1], '1.items[-1]'],
    [1, ['città'], '1.città'],
    [1, ['$id', '_x'], '1.$id._x'],
    [7, [], '`7`'],
  ];
  test.each(cases)('%i %j', (module, path, want) => {
    const written = reference(module, path);
    expect(written).toBe(want);
    const read = segments(`{{${written}}}`)[1];
    expect([read?.kind, read?.module, read?.path]).toEqual(['reference', module, path]);
  });
});

test.each(['', 'plain', 'a "b" \\ c', 'line\nbreak\t'])('quote(%j) is read back', (text) =>
  expect(unquote(quote(text))).toBe(text),
);

test('pathText', () => expect(pathText(['items', { first: true }, 'stock', 2])).toBe('items › stock › 2'));

test.each([
  ['{{1.a}}', 0, false],
  ['{{1.a}}', 2, true],
  ['{{1.a}}', 5, true],
  ['{{1.a}}', 7, false],
  ['x {{', 4, true],
  ['{{"}}"; }}', 8, true],
])('isInside(%s, %i)', (text, at, want) => expect(isInside(text, at)).toBe(want));

test.each([
  ['if', 'if(condition; then; [else])', 'if(; )'],
  ['lower', 'lower(text)', 'lower()'],
  ['get', 'get(data; path)', 'get(; )'],
  ['trunc', 'trunc(number; [places])', 'trunc()'],
  ['switch', 'switch(expression; value1; result1; [more; …])', 'switch(; ; )'],
])('call(%s)', (name, signature, want) => expect(call(name, signature).code).toBe(want));

describe('insertion', () => {
  /** In the texts, | is the cursor and [ … ] what is chosen. */
  function insert(marked: string, code: string, isCall = false): string {
    const from = marked.search(/[|[]/);
    const to = marked.includes('|') ? from : marked.indexOf(']') - 1;
    const text = marked.replace(/[|[\]]/g, '');
    const i = insertion(text, from, to, { code, isCall });
    const after = text.slice(0, i.from) + i.insert + text.slice(i.to);
    return after.slice(0, i.cursor) + '|' + after.slice(i.cursor);
  }
  const cases: [string, string, boolean, string][] = [
    ['|', '1.a', false, '{{1.a}}|'],
    ['Hello | you', '1.a', false, 'Hello {{1.a}}| you'],
    ['{{1.a}}|', '2.b', false, '{{1.a}}{{2.b}}|'],
    ['{{if(|; )}}', '1.a', false, '{{if(1.a|; )}}'],
    ['{{1.|a}} x', '2.b', false, '{{1.a + 2.b|}} x'],
    ['{{"a|b"}}', '2.b', false, '{{"ab" + 2.b|}}'],
    ['{{|1.a}}', '2.b', false, '{{2.b| + 1.a}}'],
    ['{{1.a |+ 2.b}}', '3.c', false, '{{1.a + 3.c|+ 2.b}}'],
    ['{{lower(1.a)|}}', 'now', false, '{{lower(1.a) + now|}}'],
    ['{{if(1.a; |; 2)}}', 'now', false, '{{if(1.a; now|; 2)}}'],
    ['|', 'lower()', true, '{{lower(|)}}'],
    ['{{lower(|)}}', 'trim()', true, '{{lower(trim(|))}}'],
    ['[{{1.a}}]', 'lower()', true, '{{lower(1.a|)}}'],
    ['{{[1.a]}}', 'if(; )', true, '{{if(1.a|; )}}'],
    ['a [bc] d', '1.x', false, 'a {{1.x}}| d'],
    ['{|{1.a}}', '2.b', false, '{{2.b| + 1.a}}'],
  ];
  test.each([
    ['{{1.a}}|', '=', '{{1.a = |}}'],
    ['{{1.a|}}', '+', '{{1.a + |}}'],
    ['{{1.a |2.b}}', 'and', '{{1.a and |2.b}}'],
    ['x|', '=', 'x{{| = }}'],
  ])('operator: %s %s', (marked, code, want) => {
    const at = marked.indexOf('|');
    const text = marked.replace('|', '');
    const i = insertion(text, at, at, { code, isOperator: true });
    const after = text.slice(0, i.from) + i.insert + text.slice(i.to);
    expect(after.slice(0, i.cursor) + '|' + after.slice(i.cursor)).toBe(want);
  });
  test.each(cases)('%s + %s', (marked, code, isCall, want) => expect(insert(marked, code, isCall)).toBe(want));
});
