import type { Field } from '../api/types';

export type Values = Record<string, unknown>;

export function isObject(x: unknown): x is Values {
  return typeof x === 'object' && x !== null && !Array.isArray(x);
}

/** Sets a value; undefined takes the name away. The order of the others stays. */
export function withValue(values: Values, name: string, value: unknown): Values {
  if (value !== undefined) return { ...values, [name]: value };
  return Object.fromEntries(Object.entries(values).filter(([other]) => other !== name));
}

/** The part of a type before a colon: "hook" of "hook:gateway-webhook". */
export function baseType(field: Pick<Field, 'type'>): string {
  return field.type.split(':')[0] ?? field.type;
}

const numbers = ['number', 'integer', 'uinteger', 'port'];

/** Reports whether a field takes a number. */
export function isNumeric(field: Field): boolean {
  return numbers.includes(baseType(field));
}

/** What is stored for a text that was typed: a number where the field takes one and the text is nothing else. */
export function typed(field: Field, text: string): unknown {
  if (text === '') return undefined;
  return isNumeric(field) && /^-?(0|[1-9]\d*)(\.\d+)?$/.test(text) && String(Number(text)) === text
    ? Number(text)
    : text;
}

/** A value as a text field shows it; undefined where no text can say it. */
export function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

function scalar(x: unknown): string | undefined {
  return typeof x === 'string' || typeof x === 'number' || typeof x === 'boolean' ? String(x) : undefined;
}

/** Compares as forms do: the text "1" is the number 1. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  const x = scalar(a);
  return x !== undefined && x === scalar(b);
}

/** Reports whether nothing is filled in. */
export function isBlank(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

/** A list with an element moved to another place. */
export function moved<T>(list: T[], from: number, to: number): T[] {
  if (to < 0 || to >= list.length) return list;
  const next = [...list];
  next.splice(to, 0, ...next.splice(from, 1));
  return next;
}
