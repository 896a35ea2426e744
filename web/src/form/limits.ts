import type { Field } from '../api/types';
import { isMapped } from './template';
import { baseType, isBlank, isNumeric, same, textOf } from './values';

export type Why =
  | 'required'
  | 'number'
  | 'integer'
  | 'uinteger'
  | 'email'
  | 'url'
  | 'least'
  | 'most'
  | 'shorter'
  | 'longer'
  | 'fewer'
  | 'more'
  | 'pattern'
  | 'choice';

/** What is wrong with what is filled in, and the limit that it breaks. */
export interface Mistake {
  why: Why;
  limit?: number | string;
}

const email = /^[^\s@]+@[^\s@]+$/;

/** What is no value of the type at all. */
function mistypedOf(field: Field, text: string): Why | undefined {
  const n = Number(text);
  switch (baseType(field)) {
    case 'number':
      return Number.isNaN(n) ? 'number' : undefined;
    case 'integer':
      return Number.isInteger(n) ? undefined : 'integer';
    case 'uinteger':
    case 'port':
      return Number.isInteger(n) && n >= 0 ? undefined : 'uinteger';
    case 'email':
      return email.test(text) ? undefined : 'email';
    case 'url':
      return /^https?:\/\/./i.test(text) ? undefined : 'url';
    default:
      return undefined;
  }
}

const withoutLength = ['date', 'timestamp', 'time', 'boolean', 'select', 'collection', 'array'];

/** A pattern of a definition; undefined where browsers cannot read it: then the server alone may know. */
function patternOf(source: string): RegExp | undefined {
  try {
    return new RegExp(source, 'u');
  } catch {
    return undefined;
  }
}

function sizeOf({ min, max }: NonNullable<Field['validate']>, n: number, low: Why, high: Why): Mistake | undefined {
  if (min !== undefined && n < min) return { why: low, limit: min };
  return max !== undefined && n > max ? { why: high, limit: max } : undefined;
}

function limitedOf(field: Field, text: string): Mistake | undefined {
  const limits = field.validate;
  if (!limits) return undefined;
  if (isNumeric(field)) return sizeOf(limits, Number(text), 'least', 'most');
  if (withoutLength.includes(baseType(field))) return undefined;
  const pattern = limits.pattern && patternOf(limits.pattern);
  if (pattern && !pattern.test(text)) return { why: 'pattern', limit: limits.pattern };
  return sizeOf(limits, Array.from(text).length, 'shorter', 'longer');
}

/** What may be chosen, where that is laid down. */
function allowedOf(field: Field): unknown[] {
  const choices = baseType(field) === 'select' && !field.options_from ? (field.options ?? []).map((o) => o.value) : [];
  return [...(field.validate?.enum ?? []), ...choices];
}

function listMistakeOf(field: Field, list: unknown[]): Mistake | undefined {
  const { min_items: min, max_items: max } = field.validate ?? {};
  if (min !== undefined && list.length < min) return { why: 'fewer', limit: min };
  return max !== undefined && list.length > max ? { why: 'more', limit: max } : undefined;
}

/** Reports whether a field must be filled in and is not. */
export function isMissing(field: Field, value: unknown): boolean {
  return isBlank(value) && field.required === true && field.default === undefined;
}

/** What is wrong with what is filled in, as far as it can be told without data. The server says the same. */
export function mistakeOf(field: Field, value: unknown): Mistake | undefined {
  if (isBlank(value)) return isMissing(field, value) ? { why: 'required' } : undefined;
  if (isMapped(value)) return undefined;
  if (Array.isArray(value)) return listMistakeOf(field, value);
  const text = textOf(value);
  if (text === undefined) return undefined;
  const why = mistypedOf(field, text);
  if (why) return { why };
  const allowed = allowedOf(field);
  if (allowed.length > 0 && !allowed.some((a) => same(a, value))) return { why: 'choice' };
  return limitedOf(field, text);
}

/** What a field says of its limits before anybody breaks them; undefined where it has none, or none that can be said in words. */
export function limitsOf(
  field: Field,
): { key: 'between' | 'least' | 'most' | 'items' | 'characters'; min?: number; max?: number } | undefined {
  const { min, max, max_items: items } = field.validate ?? {};
  if (items !== undefined && (field.multiple || baseType(field) === 'array')) return { key: 'items', max: items };
  if (!isNumeric(field)) {
    return max !== undefined && !withoutLength.includes(baseType(field)) ? { key: 'characters', max } : undefined;
  }
  if (min !== undefined && max !== undefined) return { key: 'between', min, max };
  if (min !== undefined && min !== 0) return { key: 'least', min };
  return max !== undefined ? { key: 'most', max } : undefined;
}
