import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const src = join(import.meta.dirname, '..');
/** Pills of the editor are drawn in a root of their own, with the tones that tiles have. */
const apart = /^tone-\d$/;

/** The classes that a file gives a look by their name alone. */
function styled(file: string): Set<string> {
  const css = readFileSync(join(src, file), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
  const found = new Set<string>();
  for (const [, selectors = ''] of css.matchAll(/^(\S[^{}@]*)\{/gm)) {
    for (const selector of selectors.split(',')) {
      const name = /^\s*\.([\w-]+)\s*$/.exec(selector)?.[1];
      if (name && !apart.test(name)) found.add(name);
    }
  }
  return found;
}

// Styles of an area stay when somebody goes on to another one: a class that both give a look would look as neither wants.
it('gives a class its look in one file', () => {
  const homes = new Map<string, string[]>();
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.css'));
  for (const file of files) for (const name of styled(file)) homes.set(name, [...(homes.get(name) ?? []), file]);
  expect([...homes].filter(([, files]) => files.length > 1)).toEqual([]);
});
