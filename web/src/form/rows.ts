import { toneClass } from '../parts/apps';
import { appOf } from '../parts/flow';
import type { Language } from '../text/text';
import { findFunctions } from './functionSearch';
import type { Snippet } from './paths';
import type { Source } from './source';
import { callSuggestions, fieldSuggestions, type FunctionHelp, type Suggestion } from './suggest';
import { childrenOf, family, find, itemsOf, labelOf, sampleText, type Item } from './tree';

/** What is said of the row that somebody points at. */
export interface RowHelp {
  title: string;
  text: string;
  examples?: { expression: string; result: string }[];
}

/** A row of the panel: something to put in, or a heading that can be opened. */
export interface Row {
  key: string;
  level: number;
  label: string;
  detail?: string;
  /** A sign for the type. */
  type?: string;
  badge?: { text: string; tone: string; app: string };
  isOpen?: boolean;
  /** Says something, and can be neither put in nor opened. */
  isNote?: boolean;
  snippet?: Snippet;
  help?: RowHelp;
}

export function badgeOf(source: Source): Row['badge'] {
  const app = appOf(source.module);
  return { text: String(source.id), tone: toneClass(app), app };
}

function itemRow(item: Item, level: number, isOpen: boolean | undefined, detail = sampleText(item.sample)): Row {
  return {
    key: item.code,
    level,
    label: item.label,
    detail,
    type: family(item.type),
    isOpen,
    snippet: { code: item.code },
    help: { title: item.code, text: [item.help, sampleText(item.sample, 300)].filter(Boolean).join('\n') },
  };
}

const mostChildren = 200;

function addItems(source: Source, items: Item[], level: number, open: ReadonlySet<string>, into: Row[]) {
  for (const item of items.slice(0, mostChildren)) {
    const isOpen = item.hasChildren ? open.has(item.code) : undefined;
    into.push(itemRow(item, level, isOpen));
    if (isOpen) addItems(source, childrenOf(source, item), level + 1, open, into);
  }
}

/** The fields of the modules before, as far as they are opened; the nearest module first. */
export function fieldRows(
  sources: Source[],
  open: ReadonlySet<string>,
  originOf: (source: Source) => string | undefined,
  emptyOf: (source: Source) => string,
): Row[] {
  const rows: Row[] = [];
  for (const source of [...sources].reverse()) {
    const key = `module ${source.id}`;
    const isOpen = open.has(key);
    const detail = originOf(source);
    rows.push({ key, level: 1, label: source.label, detail, badge: badgeOf(source), isOpen });
    if (!isOpen) continue;
    const items = itemsOf(source);
    if (items.length === 0) rows.push({ key: `note ${source.id}`, level: 2, label: emptyOf(source), isNote: true });
    addItems(source, items, 2, open, rows);
  }
  return rows;
}

function callRow(s: Suggestion, level: number): Row {
  const f = s.call;
  return {
    key: `call ${s.label}`,
    level,
    label: s.label,
    detail: f?.signature.slice(s.label.length),
    snippet: s.snippet,
    help: f && { title: f.signature, text: f.summary, examples: f.examples },
  };
}

/** The functions by group, as far as the groups are opened. */
export function callRows(functions: FunctionHelp[], open: ReadonlySet<string>): Row[] {
  const rows: Row[] = [];
  for (const group of new Set(functions.map((f) => f.group))) {
    const key = `group ${group}`;
    const isOpen = open.has(key);
    rows.push({ key, level: 1, label: group, isOpen });
    const inside = functions.filter((f) => f.group === group);
    if (isOpen) rows.push(...callSuggestions(inside).map((s) => callRow(s, 2)));
  }
  return rows;
}

/** A word or an operator, with what it means. */
export interface Meaning {
  code: string;
  text: string;
  isOperator: boolean;
}

export function meaningRows(list: Meaning[], headings: { words: string; operators: string }): Row[] {
  const row = (m: Meaning): Row => ({
    key: `word ${m.code}`,
    level: 2,
    label: m.code,
    detail: m.text,
    snippet: { code: m.code, isOperator: m.isOperator },
    help: { title: m.code, text: m.text },
  });
  return [
    { key: 'words', level: 1, label: headings.words },
    ...list.filter((m) => !m.isOperator).map(row),
    { key: 'operators', level: 1, label: headings.operators },
    ...list.filter((m) => m.isOperator).map(row),
  ];
}

/** Everything that a query finds, whatever stands open. */
export function foundRows(
  query: string,
  sources: Source[],
  functions: FunctionHelp[],
  meanings: Meaning[],
  language: Language,
): Row[] {
  const byId = new Map(sources.map((s) => [s.id, s]));
  const fields = find(fieldSuggestions(sources), query, (s) => s.key, 60).flatMap((s): Row[] => {
    const source = s.item && byId.get(s.item.module);
    if (!s.item || !source) return [];
    const row = itemRow(s.item, 1, undefined);
    const path = labelOf(source, s.item.path);
    return [{ ...row, label: path, badge: badgeOf(source) }];
  });
  const calls = callSuggestions(findFunctions(functions, query, language)).map((s) => callRow(s, 1));
  const words = find(meanings, query, (m) => [`${m.code} ${m.text}`.toLowerCase(), ''], 10);
  const rest = meaningRows(words, { words: '', operators: '' }).filter((r) => r.snippet);
  return [...fields, ...calls, ...rest.map((r) => ({ ...r, level: 1 }))];
}
