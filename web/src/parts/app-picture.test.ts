import { expect, test } from 'vitest';
import { pictureOf } from './app-picture';
import { icons } from './apps';

test.each(Object.keys(icons))('the icon %s is there as a picture', (name) =>
  expect(decodeURIComponent(pictureOf(name) ?? '')).toMatch(
    /^data:image\/svg\+xml,<svg [^>]+>(<\w+( [\w-]+="[^"<>]*")+\/>)+<\/svg>$/,
  ),
);
