import type { components } from '../api/schema';
import type { Field } from '../api/types';
import type { Language } from '../text/text';
import { findFunctions } from './functionSearch';
import { call, isInside, type Snippet } from './paths';
import type { Source } from './source';
import { keywords } from './template';
import { allItems, find, type Item } from './tree';
import { textOf } from './values';

export type FunctionHelp = components['schemas']['Function'];

/** Values that an app knows for a field of text. */
export type Known = NonNullable<Field['options']>;

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

/**
 * The known values that begin with or contain what was typed, and below them, where it is none of them, what was typed. In a text with
 * expressions there are none.
 */
export function suggestKnown(text: string, known: Known, own: (text: string) => string, most = 24) {
  if (known.length === 0 || text.includes('{{')) return [];
  const values = known.flatMap((o) => {
    const value = textOf(o.value);
    return value ? [{ label: o.label, value, help: o.help ?? '' }] : [];
  });
  const query = text.trim();
  if (query === '') return values.slice(0, most);
  const found = find(values, query, (o) => [o.label.toLowerCase(), o.value.toLowerCase()], most);
  const isKnown = values.some((o) => o.value === query);
  return isKnown || found.length === 0 ? found : [...found, { label: own(query), value: query, help: '' }];
}
