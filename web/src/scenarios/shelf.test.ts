import { describe, expect, test } from 'vitest';
import { arrange, foldersOf, type Listed, type Wish } from './shelf';

function scenario(id: number, part: Partial<Listed>): Listed {
  return { id, name: `Scenario ${id}`, folder: '', modules: [], active: false, ...part } as Listed;
}

const list = [
  scenario(1, {
    name: 'Leads 10',
    folder: 'Sales',
    modules: ['customerly:listLeads'],
    active: true,
    due: '2026-01-03',
  }),
  scenario(2, {
    name: 'Leads 9',
    modules: ['http:MakeRequest'],
    active: true,
    due: '2026-01-02',
    updated: '2026-02-01',
  }),
  scenario(3, { name: 'report', folder: 'Sales', active: false, due: '2026-01-01', updated: '2026-03-01' }),
  scenario(4, { name: 'report', folder: 'Ops 2', last: { finished: '2026-01-05' } as Listed['last'] }),
];

const ids = (wish: Partial<Wish>) =>
  arrange(list, { place: { all: true }, text: '', order: 'name', ...wish }, (app) =>
    app === 'customerly' ? 'Customerly' : app,
  ).map((s) => s.id);

describe('arrange', () => {
  test('numbers in names count as numbers, and what is equal keeps its order', () =>
    expect(ids({})).toEqual([2, 1, 3, 4]));
  test('one folder, or none', () => {
    expect(ids({ place: { all: false, folder: 'Sales' } })).toEqual([1, 3]);
    expect(ids({ place: { all: false, folder: '' } })).toEqual([2]);
  });
  test.each([
    ['customerly', [1]],
    ['  leads  ', [2, 1]],
    ['sales leads', [1]],
    ['http', [2]],
    ['nothing', []],
  ])('searches %j in names, folders and apps', (text, want) => expect(ids({ text })).toEqual(want));
  test('the next run of active ones comes first', () => expect(ids({ order: 'next' })).toEqual([2, 1, 3, 4]));
  test('the newest result comes first, those without one last', () => expect(ids({ order: 'last' })[0]).toBe(4));
  test('the newest change comes first', () => expect(ids({ order: 'changed' }).slice(0, 2)).toEqual([3, 2]));
});

test('folders are counted, in the order of their names', () => {
  expect(foldersOf([...list, scenario(5, { folder: 'Ops 10' })])).toEqual([
    { name: 'Ops 2', scenarios: 1 },
    { name: 'Ops 10', scenarios: 1 },
    { name: 'Sales', scenarios: 2 },
  ]);
});
