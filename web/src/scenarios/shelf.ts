import type { Scenario } from '../api/types';
import { appOf } from '../parts/flow';

export const orders = ['name', 'next', 'last', 'changed'] as const;
export type Order = (typeof orders)[number];

/** Everything that the list shows and searches of a scenario. */
export type Listed = Scenario;

/** All scenarios, those in no folder, or those of one. */
export type Place = { all: true } | { all: false; folder: string };

export interface Wish {
  place: Place;
  text: string;
  order: Order;
}

function holds(s: Listed, words: string[], appLabel: (app: string) => string): boolean {
  const all = [s.name, s.folder, ...s.modules.map((m) => appLabel(appOf(m)))].join(' ').toLowerCase();
  return words.every((w) => all.includes(w));
}

/** Those without a time stand last, whichever comes first else. */
function byTime(a: string | undefined, b: string | undefined, soonest: boolean): number {
  if (!a || !b) return a ? -1 : b ? 1 : 0;
  return soonest ? a.localeCompare(b) : b.localeCompare(a);
}

function compare(a: Listed, b: Listed, order: Order): number {
  switch (order) {
    case 'next':
      return byTime(a.active ? a.due : undefined, b.active ? b.due : undefined, true);
    case 'last':
      return byTime(a.last?.finished, b.last?.finished, false);
    case 'changed':
      return byTime(a.updated, b.updated, false);
    case 'name':
      return 0;
  }
}

/** Filters and sorts scenarios; what is equal stands by name, so that nothing moves by chance. */
export function arrange(list: Listed[], wish: Wish, appLabel: (app: string) => string = (a) => a): Listed[] {
  const words = wish.text.toLowerCase().split(/\s+/).filter(Boolean);
  const { place } = wish;
  return list
    .filter((s) => (place.all || s.folder === place.folder) && holds(s, words, appLabel))
    .sort(
      (a, b) => compare(a, b, wish.order) || a.name.localeCompare(b.name, undefined, { numeric: true }) || a.id - b.id,
    );
}

export interface Folder {
  name: string;
  scenarios: number;
}

/** The folders of a list by name. */
export function foldersOf(list: Listed[]): Folder[] {
  const counts = new Map<string, number>();
  for (const { folder } of list) if (folder) counts.set(folder, (counts.get(folder) ?? 0) + 1);
  return [...counts]
    .map(([name, scenarios]) => ({ name, scenarios }))
    .sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
}
