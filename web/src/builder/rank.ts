import type { ModuleName } from '../api/types';
import { synonyms } from './synonyms';

/** A module that can be chosen, with what its app is called. */
export interface Choice {
  module: ModuleName;
  app: string;
  /** What the app is called in its definition, where that is in another language. */
  appOriginal?: string;
  /** The app has a connection already. */
  isConnected?: boolean;
}

function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

const fewest = 3; // letters of what people call it: of fewer it would fit by chance

/** How well a word fits in one of the languages that a module speaks: the reader's, or that of its definition. */
function score({ module, app, appOriginal }: Choice, word: string): number {
  const { label, summary, original } = module;
  const here = scoreOf(label, summary, app, module.module, word);
  if (!original && !appOriginal) return here;
  return Math.max(
    here,
    scoreOf(original?.label ?? label, original?.about ?? summary, appOriginal ?? app, module.module, word),
  );
}

/**
 * How well a word fits: a whole word or the beginning of the name is best, what people call it comes next, the description is worst; 0 where
 * it does not.
 */
function scoreOf(title: string, summary: string, app: string, name: string, word: string): number {
  const label = plain(title);
  const parts = label.split(/[^\p{L}\p{N}]+/u);
  if (parts.includes(word)) return 7;
  const called = (synonyms[name] ?? '').split(' ');
  if (called.includes(word)) return 6.5;
  if (label.startsWith(word)) return 6;
  if (parts.some((part) => part.startsWith(word))) return 5;
  if (plain(app).startsWith(word)) return 4;
  if (word.length >= fewest && called.some((c) => c.startsWith(word))) return 3.5;
  if (label.includes(word)) return 3;
  if (plain(name).includes(word)) return 2;
  return plain(summary).includes(word) ? 1 : 0;
}

/** Finds the modules to which all words fit, the best first; of those that fit as well, the ones of apps that are connected. */
export function rank(choices: Choice[], words: string): Choice[] {
  const wanted = plain(words).split(/\s+/).filter(Boolean);
  return choices
    .map((choice, i) => {
      const scores = wanted.map((word) => score(choice, word));
      return { choice, i, sum: scores.includes(0) ? 0 : scores.reduce((a, b) => a + b, 0) };
    })
    .filter((c) => wanted.length === 0 || c.sum > 0)
    .sort(
      (a, b) =>
        b.sum - a.sum || Number(b.choice.isConnected ?? false) - Number(a.choice.isConnected ?? false) || a.i - b.i,
    )
    .map((c) => c.choice);
}
