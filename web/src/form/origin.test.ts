import { expect, test } from 'vitest';
import { write } from '../text/text';
import { originText, weakest } from './origin';
import type { Source } from './source';

const speaker = {
  t: (key: Parameters<typeof write>[1], values?: Parameters<typeof write>[2]) => write('en', key, values),
  brief: (iso: string | undefined) => iso ?? '',
};

function source(part: Partial<Source>): Source {
  return { id: 1, module: 'a:b', label: 'A', fields: [], sample: {}, ...part };
}

test.each([
  [{ origin: 'definition' as const }, 'example data'],
  [{ origin: 'execution' as const, execution: 12, at: '10:42' }, 'from execution 12, 10:42'],
  [
    { origin: 'execution' as const, execution: 3, at: '10:42', isOutdated: true },
    'from execution 3 of an earlier version, 10:42',
  ],
  [{ origin: 'received' as const, at: '10:42' }, 'received and waiting, 10:42'],
  [{ origin: 'alone' as const, at: '10:42' }, 'from running the module alone, 10:42'],
  [{ origin: 'pinned' as const, at: '10:42' }, 'pinned, 10:42'],
  [{ origin: 'pinned' as const }, 'pinned data'],
  [{ origin: 'execution' as const, sample: undefined }, undefined],
  [{}, undefined],
])('%j', (part, want) => expect(originText(source(part), speaker)).toBe(want));

test('a value of several samples is no better than the worst of them', () => {
  const run = source({ id: 2, origin: 'execution', at: '2026-11-27T10:00:00Z' });
  const older = source({ id: 3, origin: 'pinned', at: '2026-11-26T10:00:00Z' });
  const example = source({ id: 4, origin: 'definition' });
  expect(weakest([run, older])?.id).toBe(3);
  expect(weakest([run, example, older])?.id).toBe(4);
  expect(weakest([])).toBeUndefined();
});
