import type { Language } from '../text/text';
import type { FunctionHelp } from './suggest';
import { synonyms } from './synonyms';

function plain(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '')
    .toLowerCase();
}

function begins(text: string, word: string): boolean {
  return text === word || text.startsWith(word) || text.includes(` ${word}`);
}

/** Of fewer letters than this, only names are taken: descriptions would fit by chance. */
const fewest = 3;

/** How well a function fits one word, the lower the better: its name, what people call it, what is said of it. */
function fit(f: FunctionHelp, word: string, languages: Language[]): number | undefined {
  const name = plain(f.name);
  if (name === word) return 0;
  if (name.startsWith(word)) return 1;
  if (name.includes(word)) return 2;
  if (word.length < fewest) return undefined;
  const called = languages.map((l) => synonyms[l][f.name] ?? '').join(' ');
  if (begins(called, word)) return 3;
  const summary = plain(f.summary);
  if (begins(summary, word)) return 4;
  return summary.includes(word) ? 5 : undefined;
}

/**
 * Finds functions by their names, by what people call them in the language of the page, and by their descriptions, the best first. Each
 * word of the query must fit. English words are always understood: the names are English.
 */
export function findFunctions(
  functions: readonly FunctionHelp[],
  query: string,
  language: Language,
  most = 20,
): FunctionHelp[] {
  const words = plain(query).split(/\s+/).filter(Boolean);
  const languages: Language[] = language === 'en' ? ['en'] : [language, 'en'];
  const ranked = functions.flatMap((f) => {
    const fits = words.map((w) => fit(f, w, languages));
    return fits.some((x) => x === undefined) ? [] : [{ f, rank: Math.max(0, ...fits.map((x) => x ?? 0)) }];
  });
  return ranked
    .sort((a, b) => a.rank - b.rank)
    .slice(0, most)
    .map((x) => x.f);
}
