import type { Field } from '../api/types';
import { reference } from './paths';
import type { Source } from './source';
import type { Step } from './template';

/** Something of an earlier module that can be mapped, with what is in it. */
export interface Item {
  module: number;
  path: Step[];
  /** What it is called: the label of the field, or its name. */
  label: string;
  type: string;
  sample?: unknown;
  /** Code that stands for it, without braces. */
  code: string;
  hasChildren: boolean;
  help?: string;
}

interface Place {
  module: number;
  path: Step[];
  field?: Field;
  sample?: unknown;
}

function isObject(x: unknown): x is Record<string, unknown> {
  return typeof x === 'object' && x !== null && !Array.isArray(x);
}

const dateText = /^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:?\d{2})?)?$/;

/** The type of a value, in the words of fields. */
export function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (isObject(value)) return 'collection';
  if (typeof value === 'string') return dateText.test(value) ? 'date' : 'text';
  return typeof value === 'number' || typeof value === 'boolean' ? typeof value : 'any';
}

/** What types have in common: "uinteger" is a number, "email" a text. */
export function family(type: string): string {
  const base = type.split(':')[0] ?? type;
  if (['number', 'integer', 'uinteger', 'port'].includes(base)) return 'number';
  if (['date', 'timestamp'].includes(base)) return 'date';
  if (['boolean', 'array', 'collection', 'buffer', 'time', 'any'].includes(base)) return base;
  return 'text';
}

/** A bundle of an array: what stands in its first element. */
function inner({ field, sample }: Place): { spec: Field[]; sample: unknown; isArray: boolean } {
  const isArray = field?.type === 'array' || Array.isArray(sample) || field?.multiple === true;
  const spec = (field?.spec ?? []).filter((f) => f.name !== '');
  return { spec, isArray, sample: Array.isArray(sample) ? (sample as unknown[])[0] : sample };
}

/** The places inside of a place: declared fields first, then those that only the sample has. */
function places(place: Place, fields?: Field[]): Place[] {
  const { spec, sample, isArray } = fields ? { spec: fields, sample: place.sample, isArray: false } : inner(place);
  const steps: Step[] = isArray ? [...place.path, { first: true }] : place.path;
  const values = isObject(sample) ? sample : {};
  const list = spec.map((field): Place => ({
    module: place.module,
    path: [...steps, field.name],
    field,
    sample: values[field.name],
  }));
  const known = new Set(spec.map((f) => f.name));
  for (const [name, value] of Object.entries(values)) {
    if (!known.has(name)) list.push({ module: place.module, path: [...steps, name], sample: value });
  }
  return list;
}

function item(place: Place): Item {
  const { field, sample, path, module } = place;
  const last = path[path.length - 1];
  const declared = field?.type;
  return {
    module,
    path,
    label: field?.label ?? (typeof last === 'string' ? last : String(module)),
    type: declared && declared !== 'any' ? declared : typeOf(sample),
    sample,
    code: reference(module, path),
    hasChildren: places(place).length > 0,
    help: field?.help,
  };
}

/** What a module gives, at the top. */
export function itemsOf(source: Source): Item[] {
  return places({ module: source.id, path: [], sample: source.sample }, source.fields).map(item);
}

function placeAt(source: Source, path: Step[]): Place | undefined {
  let here: Place[] = places({ module: source.id, path: [], sample: source.sample }, source.fields);
  let found: Place | undefined;
  for (const s of path) {
    if (typeof s !== 'string') continue; // an element has what its array has
    found = here.find((p) => p.path[p.path.length - 1] === s);
    if (!found) return undefined;
    here = places(found);
  }
  return found;
}

/** What stands inside of an item. */
export function childrenOf(source: Source, parent: Item): Item[] {
  const place = placeAt(source, parent.path);
  return place ? places(place).map(item) : [];
}

/** The item to which a path leads; undefined where nothing is known of it. */
export function itemAt(source: Source, path: Step[]): Item | undefined {
  const place = placeAt(source, path);
  return place && item(place);
}

/** What a path is called: the labels along it. */
export function labelOf(source: Source, path: Step[]): string {
  const labels: string[] = [];
  const soFar: Step[] = [];
  for (const s of path) {
    soFar.push(s);
    if (typeof s === 'string') labels.push(placeAt(source, soFar)?.field?.label ?? s);
    else if (typeof s === 'number') labels.push(String(s));
  }
  return labels.join(' › ');
}

const deepest = 4;

function walk(source: Source, list: Item[], depth: number, into: Item[]) {
  for (const i of list) {
    into.push(i);
    if (i.hasChildren && depth < deepest) walk(source, childrenOf(source, i), depth + 1, into);
  }
}

/** All items of a module, those inside of others behind them. */
export function allItems(source: Source): Item[] {
  const list: Item[] = [];
  walk(source, itemsOf(source), 1, list);
  return list;
}

/** Shows a value in one line. */
export function sampleText(value: unknown, length = 80): string {
  if (value === undefined || value === null) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const line = text.replace(/\s+/g, ' ');
  return line.length > length ? line.slice(0, length - 1) + '…' : line;
}

const ranks = { code: 0, prefix: 1, word: 2, inside: 3 };

/** How well a text fits what is searched, the lower the better; undefined where it does not. All are in small letters. */
export function rank(query: string, label: string, code = ''): number | undefined {
  if (code !== '' && code.startsWith(query)) return ranks.code;
  const at = label.indexOf(query);
  if (at === 0) return ranks.prefix;
  const inCode = code === '' ? -1 : code.indexOf(query);
  if (at < 0 && inCode < 0) return undefined;
  return label.includes(' ' + query) || code[inCode - 1] === '.' ? ranks.word : ranks.inside;
}

/** Finds what a query means among things with a label and code in small letters, the best first. */
export function find<T>(
  list: readonly T[],
  query: string,
  of: (x: T) => [label: string, code: string],
  most = 50,
): T[] {
  const q = query.toLowerCase();
  const ranked: T[][] = [[], [], [], []];
  for (const x of list) {
    const [label, code] = of(x);
    const r = rank(q, label, code);
    if (r !== undefined) ranked[r]?.push(x);
  }
  return ranked.flat().slice(0, most);
}
