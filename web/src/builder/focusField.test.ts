import { expect, test } from 'vitest';
import { placesOf } from './focusField';

test.each([
  ['mapper.headers[0].value', ['mapper.headers[0].value', 'mapper.headers[0]', 'mapper.headers', 'mapper']],
  ['parameters', ['parameters']],
  ['', []],
])('%j', (path, want) => expect(placesOf(path)).toEqual(want));
