import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { copy, paste, readClip } from './clip';
import { same } from './compare';
import { editNode, spots } from './tree';
import { align } from './layout';
import type { Blueprint } from './types';

// Blueprints that people exported, where the machine has them; and the examples that come with the source.
const folders = [
  process.env.ROPEWAY_CORPUS ?? resolve(import.meta.dirname, '../../../../shared/corpus/blueprints'),
  resolve(import.meta.dirname, '../../../examples'),
];

function files(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => join(folder, name));
}

for (const folder of folders) {
  const found = files(folder);
  describe(`blueprints in ${folder}`, () => {
    if (found.length === 0) test('there are some', ({ skip }) => skip('there are no blueprints in this folder'));
    test.each(found)('%s', (file) => {
      const text = readFileSync(file, 'utf8');
      const b = JSON.parse(text) as Blueprint;
      const before = JSON.stringify(b);
      if (!Array.isArray(b.flow)) return;
      // Edits that change nothing give the same object back, and looking at a blueprint leaves it alone.
      for (const s of spots(b)) expect(editNode(b, s.node.id, (n) => n)).toBe(b);
      const aligned = align(b);
      expect(JSON.stringify(b)).toBe(before);
      expect(spots(aligned).map((s) => s.path)).toEqual(spots(b).map((s) => s.path));
      const all = spots(b).map((s) => s.node.id);
      const { blueprint } = paste({ ...b, flow: [] }, readClip(JSON.stringify(copy(b, all))));
      expect(spots(blueprint).length).toBeGreaterThanOrEqual(spots(b).length);
      expect(same(JSON.parse(before), b)).toBe(true);
    });
  });
}
