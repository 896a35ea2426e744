import type { ModuleName } from '../api/types';

/** A module that can be chosen, with what its app is called. */
export interface Choice {
  module: ModuleName;
  app: string;
}

function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

/** How well a word fits: a whole word or the beginning of the name is best, the description worst; 0 where it does not. */
function score({ module, app }: Choice, word: string): number {
  const label = plain(module.label);
  const parts = label.split(/[^\p{L}\p{N}]+/u);
  if (label.startsWith(word) || parts.includes(word)) return 6;
  if (parts.some((part) => part.startsWith(word))) return 5;
  if (plain(app).startsWith(word)) return 4;
  if (label.includes(word)) return 3;
  if (plain(module.module).includes(word)) return 2;
  return plain(module.summary).includes(word) ? 1 : 0;
}

/** Finds the modules to which all words fit, the best first. */
export function rank(choices: Choice[], words: string): Choice[] {
  const wanted = plain(words).split(/\s+/).filter(Boolean);
  return choices
    .map((choice, i) => {
      const scores = wanted.map((word) => score(choice, word));
      return { choice, i, sum: scores.includes(0) ? 0 : scores.reduce((a, b) => a + b, 0) };
    })
    .filter((c) => wanted.length === 0 || c.sum > 0)
    .sort((a, b) => b.sum - a.sum || a.i - b.i)
    .map((c) => c.choice);
}
