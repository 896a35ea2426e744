import type { StructureField } from '../parts/structure';
import { readCSV } from '../parts/csv';

type Data = Record<string, unknown>;

export interface Incoming {
  key: string;
  data: Data;
}

export type Why = 'cells' | 'no-key' | 'number' | 'boolean' | 'json' | 'twice' | 'required' | 'no-object' | 'open';

export interface Fault {
  /** Line of a CSV file, or number of a record in a JSON file; counted from 1. */
  at: number;
  why: Why;
  /** The field, the key, or the value that is meant. */
  what?: string;
}

export interface Import {
  records: Incoming[];
  faults: Fault[];
}

export interface Table {
  header: string[];
  lines: { at: number; cells: string[] }[];
  faults: Fault[];
}

function isObject(x: unknown): x is Data {
  return typeof x === 'object' && x !== null && !Array.isArray(x);
}

/** A cell as a value of the type of its column; the reason where it is none. */
function typed(cell: string, type: string | undefined): { value: unknown } | { why: Why } {
  switch (type) {
    case 'number': {
      const n = Number(cell.trim());
      return Number.isFinite(n) ? { value: n } : { why: 'number' };
    }
    case 'boolean': {
      const word = cell.trim().toLowerCase();
      if (['true', 'yes', '1'].includes(word)) return { value: true };
      return ['false', 'no', '0'].includes(word) ? { value: false } : { why: 'boolean' };
    }
    case 'array':
    case 'collection':
    case 'any':
      return asJSON(cell, type === 'any');
    default:
      return { value: cell };
  }
}

function asJSON(cell: string, orText: boolean): { value: unknown } | { why: Why } {
  try {
    return { value: JSON.parse(cell) as unknown };
  } catch {
    return orText ? { value: cell } : { why: 'json' };
  }
}

/** Reads a CSV file into its header and lines. */
export function tableOf(text: string): Table {
  const { lines, open } = readCSV(text);
  const [first, ...rest] = lines;
  const faults: Fault[] = open ? [{ at: open, why: 'open' }] : [];
  return { header: first?.cells.map((c) => c.trim()) ?? [], lines: rest, faults };
}

/** The column that most likely holds the keys. */
export function keyColumn(header: string[]): number {
  const lower = header.map((h) => h.toLowerCase());
  const found = ['key', 'id', 'email', 'e-mail'].map((n) => lower.indexOf(n)).find((i) => i >= 0);
  return found ?? 0;
}

function missing(data: Data, structure: StructureField[]): string | undefined {
  return structure.find((f) => f.required && data[f.name] === undefined)?.name;
}

/** Makes records of the lines of a table. The column of the keys is a field as well, unless it is called "key". */
export function recordsOf(table: Table, keyAt: number, structure: StructureField[]): Import {
  const types = new Map(structure.map((f) => [f.name, f.type]));
  const faults = [...table.faults];
  const records: Incoming[] = [];
  const seen = new Set<string>();
  for (const { at, cells } of table.lines) {
    const fault = (why: Why, what?: string) => faults.push({ at, why, what });
    if (cells.length !== table.header.length) {
      fault('cells', `${cells.length} / ${table.header.length}`);
      continue;
    }
    const key = cells[keyAt]?.trim() ?? '';
    const data: Data = {};
    const before = faults.length;
    table.header.forEach((name, i) => {
      const cell = cells[i] ?? '';
      if (cell === '' || name === '' || (i === keyAt && name.toLowerCase() === 'key')) return;
      const read = typed(cell, types.get(name));
      if ('why' in read) fault(read.why, `${name}: ${cell.slice(0, 60)}`);
      else data[name] = read.value;
    });
    if (faults.length > before) continue;
    take({ key, data }, structure, seen, records, fault);
  }
  return { records, faults };
}

function take(
  r: Incoming,
  structure: StructureField[],
  seen: Set<string>,
  records: Incoming[],
  fault: (why: Why, what?: string) => void,
) {
  const lacks = missing(r.data, structure);
  if (r.key === '') fault('no-key');
  else if (seen.has(r.key)) fault('twice', r.key);
  else if (lacks) fault('required', lacks);
  else {
    seen.add(r.key);
    records.push(r);
  }
}

/** Reads the records of a JSON file: an array of {"key": …, "data": …}, as exports have it. undefined where it is no such file. */
export function recordsOfJSON(text: string, structure: StructureField[]): Import | undefined {
  let list: unknown;
  try {
    list = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
  if (!Array.isArray(list)) return undefined;
  const faults: Fault[] = [];
  const records: Incoming[] = [];
  const seen = new Set<string>();
  list.forEach((item: unknown, i) => {
    const fault = (why: Why, what?: string) => faults.push({ at: i + 1, why, what });
    if (!isObject(item) || !isObject(item.data)) return fault('no-object');
    const key = typeof item.key === 'string' || typeof item.key === 'number' ? String(item.key) : '';
    take({ key, data: item.data }, structure, seen, records, fault);
  });
  return { records, faults };
}
