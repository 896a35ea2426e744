import type { StructureField } from '../parts/structure';

type Data = Record<string, unknown>;

/** How a field is edited: as it is written, or as JSON where its type asks for more. */
export interface Entry {
  field: StructureField;
  /** What is typed; '' leaves the field away. */
  text: string;
  json: boolean;
  /** The record has an empty text there, which is a value: it stays one while nothing is typed. */
  empty?: boolean;
}

export type Draft = Entry[];

export interface ReadDraft {
  data?: Data;
  /** What is wrong, by the name of the field; '' stands for the whole. */
  wrong: Record<string, string>;
}

const plain = new Set(['text', 'number', 'boolean', 'date', 'email', 'url', 'integer', 'uinteger', 'password']);

/** A value that the type of its field does not hold is edited as JSON, so that it stays what it is. */
function entryOf(field: StructureField, value: unknown): Entry {
  if (value === undefined) return { field, text: '', json: !plain.has(field.type) };
  const fits =
    (field.type === 'number' && typeof value === 'number') ||
    (field.type === 'boolean' && typeof value === 'boolean') ||
    (plain.has(field.type) && field.type !== 'number' && field.type !== 'boolean' && typeof value === 'string');
  if (fits) return { field, text: String(value), json: false, empty: value === '' };
  return { field, text: JSON.stringify(value), json: true };
}

function typeOf(value: unknown): string {
  if (typeof value === 'string') return 'text';
  if (typeof value === 'number' || typeof value === 'boolean') return typeof value;
  return 'any';
}

/** The fields of the structure, and behind them what the record has besides. */
export function draftOf(structure: StructureField[], data: Data): Draft {
  const known = new Set(structure.map((f) => f.name));
  const more = Object.entries(data).filter(([name]) => !known.has(name));
  return [
    ...structure.map((f) => entryOf(f, data[f.name])),
    ...more.map(([name, value]) => entryOf({ name, type: typeOf(value) }, value)),
  ];
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function valueOf({ field, text, json }: Entry): unknown {
  if (json) return JSON.parse(text) as unknown;
  if (field.type === 'number' || field.type === 'integer' || field.type === 'uinteger') {
    const n = Number(text.replace(',', '.'));
    if (!Number.isFinite(n)) throw new Error('number');
    return n;
  }
  return field.type === 'boolean' ? text === 'true' : text;
}

/** Makes a record of what was typed, or says what cannot be read. */
export function readDraft(draft: Draft): ReadDraft {
  const data: Data = {};
  const wrong: Record<string, string> = {};
  for (const entry of draft) {
    const { name, required } = entry.field;
    if (entry.text.trim() === '') {
      if (entry.empty) data[name] = '';
      else if (required) wrong[name] = 'required';
      continue;
    }
    try {
      data[name] = valueOf(entry);
    } catch (error) {
      wrong[name] = reason(error);
    }
  }
  return Object.keys(wrong).length > 0 ? { wrong } : { data, wrong };
}

/** Reads a record that was typed as JSON. */
export function readWhole(text: string): ReadDraft {
  try {
    const data: unknown = JSON.parse(text);
    if (typeof data !== 'object' || data === null || Array.isArray(data)) return { wrong: { '': '{ … }' } };
    return { data: data as Data, wrong: {} };
  } catch (error) {
    return { wrong: { '': reason(error) } };
  }
}
