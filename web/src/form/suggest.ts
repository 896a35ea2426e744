import type { components } from '../api/schema';
import type { Language } from '../text/text';
import { findFunctions } from './functionSearch';
import { call, isInside, type Snippet } from './paths';
import type { Source } from './source';
import { keywords } from './template';
import { allItems, find, type Item } from './tree';

export type FunctionHelp = components['schemas']['Function'];

/** Something that can be put into a template. */
export interface Suggestion {
  label: string;
  /** Where it comes from, or how a function is called. */
  detail: string;
  snippet: Snippet;
  item?: Item;
  call?: FunctionHelp;
  /** Label and code in small letters, for searching. */
  key: [label: string, code: string];
}

/** Computes something once for each object. */
function once<K extends object, V>(compute: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, V>();
  return (key) => {
    let value = known.get(key);
    if (value === undefined) known.set(key, (value = compute(key)));
    return value;
  };
}

const ofSource = once((source: Source): Suggestion[] =>
  allItems(source).map((item) => ({
    label: item.label,
    detail: `${source.id} · ${source.label}`,
    snippet: { code: item.code },
    item,
    key: [item.label.toLowerCase(), item.code.toLowerCase()],
  })),
);

/** All fields of the modules before, the nearest module first. */
export const fieldSuggestions = once((sources: Source[]) => [...sources].reverse().flatMap(ofSource));

export const callSuggestions = once((functions: FunctionHelp[]) =>
  functions.map((f): Suggestion => ({
    label: f.name,
    detail: f.signature,
    snippet: call(f.name, f.signature),
    call: f,
    key: [f.name.toLowerCase(), ''],
  })),
);

const keywordSuggestions = keywords.map((k): Suggestion => ({
  label: k,
  detail: '',
  snippet: { code: k },
  key: [k.toLowerCase(), ''],
}));

const beforeCursor = /(?:\d+\.|[\p{L}_$])(?:[\p{L}\p{Nd}\p{Mn}_$.`]|\[\d*\])*$/u;

/** What is being written before the cursor, where that is inside of an expression. */
export function wordBefore(text: string, at: number): { from: number; query: string } | undefined {
  if (!isInside(text, at)) return undefined;
  const query = beforeCursor.exec(text.slice(0, at))?.[0] ?? '';
  return { from: at - query.length, query };
}

/** What fits what is being written: fields first, then functions and words. */
export function suggest(
  query: string,
  sources: Source[],
  functions: FunctionHelp[],
  language: Language,
  most = 24,
): Suggestion[] {
  const fields = fieldSuggestions(sources);
  if (query === '') return fields.slice(0, most);
  const of = (s: Suggestion) => s.key;
  const found = find(fields, query, of, most);
  const known = callSuggestions(functions);
  const calls = findFunctions(functions, query, language, 12).flatMap((f) => known.find((s) => s.call === f) ?? []);
  const words = find(keywordSuggestions, query, of, 6);
  return [...found.slice(0, Math.max(most - calls.length - words.length, 10)), ...calls, ...words];
}
