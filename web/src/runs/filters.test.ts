import { describe, expect, it } from 'vitest';
import { placeOf } from './address';
import { belongs, queryOf, readFilters } from './filters';
import { prepend, update } from './history';
import type { Execution } from '../api/types';

const now = Date.UTC(2026, 10, 27, 12, 0, 30);
const read = (text: string) => queryOf(readFilters(new URLSearchParams(text)), 1, now);

describe('filters', () => {
  it('asks for everything where nothing is chosen', () =>
    expect(read('')).toEqual({
      team: 1,
      scenario: undefined,
      status: undefined,
      from: undefined,
      until: undefined,
      text: undefined,
      dry: undefined,
    }));
  it('leaves out statuses that there are not', () =>
    expect(read('status=error,nonsense,warning').status).toBe('error,warning'));
  it('counts ranges from now, in whole minutes', () => expect(read('range=1h').from).toBe('2026-11-27T11:00:00.000Z'));
  it('prefers a range to dates', () => expect(read('range=1h&until=2026-01-01T00:00').until).toBeUndefined());
  it('leaves out what is no date', () => expect(read('from=soon').from).toBeUndefined());
});

const execution = (id: number, more: Partial<Execution> = {}): Execution => ({
  id,
  scenario: 7,
  version: 1,
  status: 'success',
  origin: 'hand',
  accepted: new Date(now + id * 1000).toISOString(),
  duration_ms: 0,
  cycles: 1,
  operations: 1,
  bytes: 1,
  ...more,
});

describe('belongs', () => {
  it.each([
    ['scenario=7', true],
    ['scenario=8', false],
    ['status=success', true],
    ['status=error', false],
    ['range=1h', true],
    ['text=nothing', false],
    ['kind=dry', false],
    ['kind=real', true],
  ])('%s', (text, want) => expect(belongs(execution(1), read(text))).toBe(want));
});

describe('the history', () => {
  const pages = { pages: [{ items: [execution(3), execution(2)] }, { items: [execution(1)] }], pageParams: ['', ''] };
  const ids = (p: typeof pages) => p.pages.flatMap((x) => x.items.map((e) => `${e.id} ${e.status}`));
  it('updates rows where they are, and tells what is new', () => {
    const news = new Map([2, 4].map((id) => [id, execution(id, { status: 'error' })]));
    const { pages: after, rest } = update(pages, news);
    expect(ids(after)).toEqual(['3 success', '2 error', '1 success']);
    expect(rest.map((e) => e.id)).toEqual([4]);
    expect(after.pages[1]).toBe(pages.pages[1]);
  });
  it('puts the newest first', () =>
    expect(ids(prepend(pages, [execution(4), execution(5)]))).toEqual([
      '5 success',
      '4 success',
      '3 success',
      '2 success',
      '1 success',
    ]));
});

describe('placeOf', () => {
  it.each([
    ['1/1', { cycle: 1, bundles: [] }],
    ['2/1.5/2', { cycle: 2, bundles: [5] }],
    ['1/1.5/3.2/4', { cycle: 1, bundles: [5, 2] }],
  ])('%s', (address, want) => expect(placeOf(address)).toEqual(want));
});
