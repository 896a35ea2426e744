import { expect, test } from 'vitest';
import { isIncomplete } from './incomplete';

test.each([
  ['{{upper()}}', true],
  ['{{if(1.a; ; )}}', true],
  ['{{if(1.a; "x"; )}}', true],
  ['Dear {{upper( )}}!', true],
  ['{{1.a + }}', true],
  ['{{', true],
  ['{{}}', true],
  ['{{upper(1.a', true],
  ['{{upper(1.a}}', true],
  ['{{upper(1.a)}}', false],
  ['{{upper(1.a; 1.b)}}', false],
  ['{{nosuch(1.a)}}', false],
  ['plain (text; )', false],
  ['', false],
])('isIncomplete(%s) is %s', (text, want) => expect(isIncomplete(text)).toBe(want));
