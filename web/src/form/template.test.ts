import { describe, expect, test } from 'vitest';
import { isMapped, modulesOf, offsetOf, pieces, placeOf, segments, unquote } from './template';

/** Writes segments in short: "kind text". */
function short(text: string): string[] {
  return segments(text).map((s) => `${s.kind} ${s.text}`);
}

describe('segments', () => {
  const cases: [string, string, string[]][] = [
    ['nothing', '', []],
    ['text', 'Hello', ['text Hello']],
    ['a reference', '{{1.name}}', ['open {{', 'reference 1.name', 'close }}']],
    ['text around', 'Hi {{1.name}}!', ['text Hi ', 'open {{', 'reference 1.name', 'close }}', 'text !']],
    ['back-ticks', '{{1.`first name`.x}}', ['open {{', 'reference 1.`first name`.x', 'close }}']],
    ['back-ticks with braces in them', '{{1.`a}}b`}}', ['open {{', 'reference 1.`a}}b`', 'close }}']],
    ['a whole bundle', '{{`1`}}', ['open {{', 'reference `1`', 'close }}']],
    ['an index', '{{1.items[2].name}}', ['open {{', 'reference 1.items[2].name', 'close }}']],
    ['the first element', '{{1.items[].name}}', ['open {{', 'reference 1.items[].name', 'close }}']],
    ['a quoted key', '{{1["a`b"]}}', ['open {{', 'reference 1["a`b"]', 'close }}']],
    ['a computed index', '{{1.a[2.i]}}', ['open {{', 'reference 1.a', 'bad [', 'reference 2.i', 'bad ]', 'close }}']],
    ['a named root', '{{var.total}}', ['open {{', 'reference var.total', 'close }}']],
    ['a number', '{{1.5}}', ['open {{', 'number 1.5', 'close }}']],
    ['a whole number', '{{12}}', ['open {{', 'number 12', 'close }}']],
    ['an exponent', '{{1e3}}', ['open {{', 'number 1e3', 'close }}']],
    ['a number glued to a name', '{{1a}}', ['open {{', 'bad 1a', 'close }}']],
    ['a keyword', '{{now}}', ['open {{', 'keyword now', 'close }}']],
    [
      'words as operators',
      '{{true or false}}',
      ['open {{', 'keyword true', 'space  ', 'operator or', 'space  ', 'keyword false', 'close }}'],
    ],
    [
      'a call',
      '{{if(1.a > 2; "yes"; )}}',
      [
        'open {{',
        'function if',
        'bracket (',
        'reference 1.a',
        'space  ',
        'operator >',
        'space  ',
        'number 2',
        'separator ;',
        'space  ',
        'string "yes"',
        'separator ;',
        'space  ',
        'bracket )',
        'close }}',
      ],
    ],
    ['braces in a text', '{{"}}"}}', ['open {{', 'string "}}"', 'close }}']],
    ['a doubled quote', '{{"a""b"}}', ['open {{', 'string "a""b"', 'close }}']],
    ['an escaped quote', '{{"a\\"b"}}', ['open {{', 'string "a\\"b"', 'close }}']],
    ['a text that is not closed', '{{"a}}', ['open {{', 'bad "a}}']],
    ['an expression that is not closed', 'x {{1.a', ['text x ', 'open {{', 'reference 1.a']],
    ['a point without a name', '{{1.}}', ['open {{', 'bad 1.', 'close }}']],
    [
      'a sign that does not exist',
      '{{1.a ? 2}}',
      ['open {{', 'reference 1.a', 'space  ', 'bad ?', 'space  ', 'number 2', 'close }}'],
    ],
    ['letters of other languages', '{{1.città}}', ['open {{', 'reference 1.città', 'close }}']],
    ['a lone brace', 'a { b } c', ['text a { b } c']],
    [
      'two expressions',
      '{{1.a}}{{2.b}}',
      ['open {{', 'reference 1.a', 'close }}', 'open {{', 'reference 2.b', 'close }}'],
    ],
    [
      'comparison of two signs',
      '{{1.a!=2.b}}',
      ['open {{', 'reference 1.a', 'operator !=', 'reference 2.b', 'close }}'],
    ],
  ];
  test.each(cases)('%s', (_, text, want) => {
    expect(short(text)).toEqual(want);
    const list = segments(text);
    expect(list.map((s) => s.text).join('')).toBe(text);
    expect(list.every((s, i) => s.from === (list[i - 1]?.to ?? 0) && s.to > s.from)).toBe(true);
  });

  const paths: [string, number | string, unknown[]][] = [
    ['{{1.name}}', 1, ['name']],
    ['{{12.`first name`.x}}', 12, ['first name', 'x']],
    ['{{1.items[-1].name}}', 1, ['items', -1, 'name']],
    ['{{1.items[].name}}', 1, ['items', { first: true }, 'name']],
    ['{{1["a`b"]}}', 1, ['a`b']],
    ['{{`3`}}', 3, []],
    ['{{var.input.x}}', 'var', ['input', 'x']],
    ['{{`odd name`.x}}', 'odd name', ['x']],
  ];
  test.each(paths)('the path of %s', (text, head, path) => {
    const s = segments(text)[1];
    expect([s?.module ?? s?.root, s?.path]).toEqual([head, path]);
  });
});

describe('pieces', () => {
  test('a reference alone is one piece with its braces', () => {
    expect(pieces('a {{ 1.b }} c').map((p) => [p.kind, p.text, p.whole ?? false])).toEqual([
      ['text', 'a ', false],
      ['reference', '{{ 1.b }}', true],
      ['text', ' c', false],
    ]);
  });
  test('a reference in something longer is not', () => {
    expect(pieces('{{1.a + 1}}').some((p) => p.whole)).toBe(false);
    expect(pieces('{{1.a').some((p) => p.whole)).toBe(false);
  });
});

test('isMapped', () => {
  expect([isMapped('{{1.a}}'), isMapped('a'), isMapped(1), isMapped(undefined)]).toEqual([true, false, false, false]);
});

test('modulesOf', () => {
  expect(modulesOf('{{1.a}} {{if(2.b; 1.c; var.x)}}')).toEqual([1, 2]);
  expect(modulesOf('1.a')).toEqual([]);
});

test.each([
  ['abc', 1, 0],
  ['abc', 3, 2],
  ['a😀b', 3, 3],
  ['abc', 9, 3],
])('offsetOf(%s, %i)', (text, column, want) => expect(offsetOf(text, column)).toBe(want));

test.each([
  ['{{1.a + }}', 9, 6, 7],
  ['{{1.a 2.b}}', 7, 6, 9],
  ['{{nope(1)}}', 3, 2, 6],
  ['x {{1.a', 3, 2, 4],
  ['{{"a', 5, 3, 4],
])('placeOf(%s, %i)', (text, column, from, to) => expect(placeOf(text, column)).toEqual({ from, to }));

test.each([
  ['"a"', 'a'],
  ['"a""b"', 'a"b'],
  ['"a\\"b\\n"', 'a"b\n'],
  ['"\\u00e9"', 'é'],
  ['"\\d+"', '\\d+'],
])('unquote(%s)', (text, want) => expect(unquote(text)).toBe(want));
