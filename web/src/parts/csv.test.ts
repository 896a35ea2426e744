import { describe, expect, test } from 'vitest';
import { dividerOf, readCSV } from './csv';

describe('dividerOf', () => {
  test.each([
    ['a,b,c', ','],
    ['a;b;c\n1,2,3,4,5', ';'],
    ['a\tb', '\t'],
    ['"a,b,c";d', ';'],
    ['alone', ','],
  ])('%j', (text, want) => expect(dividerOf(text)).toBe(want));
});

describe('readCSV', () => {
  const cells = (text: string) => readCSV(text).lines.map((l) => l.cells);
  test.each<[string, string[][]]>([
    ['', []],
    [
      'a,b\n1,2',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'a,b\r\n1,2\r\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    ['\uFEFFa,b', [['a', 'b']]],
    [
      '"a, b","c ""d"""\n1,2',
      [
        ['a, b', 'c "d"'],
        ['1', '2'],
      ],
    ],
    [
      'a,b\n"1\n2",3',
      [
        ['a', 'b'],
        ['1\n2', '3'],
      ],
    ],
    [
      'a,b\n\n1,',
      [
        ['a', 'b'],
        ['1', ''],
      ],
    ],
    ['a"b,c', [['a"b', 'c']]],
  ])('%j', (text, want) => expect(cells(text)).toEqual(want));

  test('lines are counted in the file, also behind quoted line breaks', () => {
    expect(readCSV('a\n"1\n2"\n3').lines.map((l) => l.at)).toEqual([1, 2, 4]);
  });

  test('a quotation that never ends is told with its line', () => {
    expect(readCSV('a,b\n1,"2\n3,4')).toEqual({ lines: [{ at: 1, cells: ['a', 'b'] }], open: 2 });
  });
});
