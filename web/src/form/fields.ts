import type { Field } from '../api/types';
import { isMapped } from './template';
import { baseType, isBlank, isObject, same, textOf, type Values } from './values';

/** What counts for a field: its value, or its default where it has none. */
export function effective(field: Field, values: Values): unknown {
  const value = values[field.name];
  return value === undefined ? field.default : value;
}

/** Reports whether only the data of a run decides which fields a field brings with it: then all of them are there, and none is required. */
export function isOpen(field: Field, values: Values): boolean {
  const brings =
    field.options?.some((o) => o.nested?.length) || (baseType(field) === 'boolean' && field.nested?.length);
  return Boolean(brings) && isMapped(effective(field, values));
}

function isChosen(option: unknown, chosen: unknown): boolean {
  return Array.isArray(chosen) ? chosen.some((c) => same(option, c)) : same(option, chosen);
}

/** Reports whether a field is offered to be mapped. An expression that stands in one that is not made for it can still be seen and changed. */
export function isMappable(field: Field, value: unknown, canMap: boolean): boolean {
  return canMap && (!field.not_mappable || isMapped(value));
}

/** Fields that belong to what is chosen in a field: those of a boolean when it is true. */
export function nestedOf(field: Field, values: Values): Field[] {
  const chosen = effective(field, values);
  const open = isOpen(field, values);
  const counts = open || baseType(field) !== 'boolean' || same(chosen, true);
  const list = counts ? [...(field.nested ?? [])] : [];
  for (const o of field.options ?? []) if (o.nested && (open || isChosen(o.value, chosen))) list.push(...o.nested);
  const once = list.filter((f, i) => list.findIndex((g) => g.name === f.name) === i);
  return open ? once.map((f) => ({ ...f, required: false })) : once;
}

/** All names that a list of fields can fill, those of choices that are not made too. */
export function namesOf(fields: Field[], into = new Set<string>()): Set<string> {
  for (const f of fields) {
    into.add(f.name);
    namesOf(f.nested ?? [], into);
    for (const o of f.options ?? []) namesOf(o.nested ?? [], into);
  }
  return into;
}

/** The values of which no field knows. */
export function others(fields: Field[], values: Values, known: string[] = []): Values {
  const names = namesOf(fields);
  return Object.fromEntries(Object.entries(values).filter(([name]) => !names.has(name) && !known.includes(name)));
}

/** Reports whether a field can show the value that it has; one that it cannot is shown as it is. */
export function fits(field: Field, value: unknown): boolean {
  if (isBlank(value) || isMapped(value)) return true;
  switch (baseType(field)) {
    case 'array':
      return Array.isArray(value);
    case 'collection':
      return isObject(value);
    case 'filter':
      return isConditions(value);
    case 'udt':
      return true;
    case 'select':
      return field.multiple ? Array.isArray(value) || textOf(value) !== undefined : textOf(value) !== undefined;
    case 'any':
    case 'json':
      return textOf(value) !== undefined;
    default:
      return field.multiple ? Array.isArray(value) || textOf(value) !== undefined : textOf(value) !== undefined;
  }
}

export function isConditions(value: unknown): boolean {
  return Array.isArray(value) && value.every((group) => Array.isArray(group) && group.every(isObject));
}

/** Whether a field takes any text, of which the app knows some. */
export function isOpenText(field: Field): boolean {
  return baseType(field) === 'text' && (field.options_from !== undefined || (field.options?.length ?? 0) > 0);
}

/** Arrays whose elements are pairs, such as name and value, are shown in two columns. */
export function isPairs(field: Field): boolean {
  const spec = field.spec ?? [];
  const first = spec[0]?.name.toLowerCase();
  if (spec.length !== 2 || (first !== 'key' && first !== 'name')) return false;
  return spec.every(
    (f) => !['array', 'collection', 'select', 'boolean', 'filter'].includes(baseType(f)) && !f.multiline,
  );
}

/** Whether the elements of an array are plain values. */
export function isPlainList(field: Field): boolean {
  const spec = field.spec ?? [];
  return spec.length === 0 || (spec.length === 1 && spec[0]?.name === '');
}

/** Fields for a file: its name beside its data. */
export function fileFields(fields: Field[]): { name: Field; data: Field } | undefined {
  const data = fields.find((f) => baseType(f) === 'buffer');
  const name = fields.find((f) => baseType(f) === 'filename');
  return data && name && { name, data };
}

type Raw = Record<string, unknown>;

function word(x: unknown): string | undefined {
  return typeof x === 'string' ? x : undefined;
}

function procedureOf(x: unknown): string | undefined {
  return word(x) ?? (isObject(x) ? word(x.store) : undefined);
}

function readOption(raw: unknown): NonNullable<Field['options']>[number] | undefined {
  if (!isObject(raw)) return isBlank(raw) ? undefined : { label: String(raw), value: raw };
  const nested = Array.isArray(raw.nested) ? readFields(raw.nested) : undefined;
  return { label: textOf(raw.label) || textOf(raw.value) || '', value: raw.value, help: word(raw.description), nested };
}

/** Reads choices: plain ones, and those that stand in groups. */
export function readOptions(raw: unknown): NonNullable<Field['options']> {
  if (!Array.isArray(raw)) return [];
  return raw.flatMap((o: unknown) => {
    if (isObject(o) && Array.isArray(o.options)) return readOptions(o.options);
    const option = readOption(o);
    return option ? [option] : [];
  });
}

function number(x: unknown): number | undefined {
  const n = typeof x === 'number' ? x : typeof x === 'string' && x !== '' ? Number(x) : NaN;
  return Number.isFinite(n) ? n : undefined;
}

function readLimits(raw: unknown): Field['validate'] {
  if (!isObject(raw)) return undefined;
  return {
    min: number(raw.min),
    max: number(raw.max),
    min_items: number(raw.minItems),
    max_items: number(raw.maxItems),
    pattern: word(raw.pattern),
    enum: Array.isArray(raw.enum) ? (raw.enum as unknown[]) : undefined,
  };
}

function readSpec(raw: unknown): Field[] | undefined {
  if (Array.isArray(raw)) return readFields(raw);
  return isObject(raw) ? readFields([raw]) : undefined;
}

function readField(raw: Raw): Field {
  const options = isObject(raw.options) ? raw.options.store : raw.options;
  const nested = raw.nested ?? (isObject(raw.options) ? raw.options.nested : undefined);
  return {
    name: word(raw.name) ?? '',
    type: word(raw.type) ?? 'text',
    label: word(raw.label),
    help: word(raw.help),
    required: raw.required === true,
    advanced: raw.advanced === true,
    multiline: raw.multiline === true,
    multiple: raw.multiple === true,
    not_mappable: raw.mappable === false || undefined,
    mode: word(raw.mode),
    validate: readLimits(raw.validate),
    default: raw.default ?? undefined,
    options: Array.isArray(options) ? readOptions(options) : undefined,
    options_from: procedureOf(options),
    spec: readSpec(raw.spec),
    nested: Array.isArray(nested) ? readFields(nested) : undefined,
    nested_from: procedureOf(nested),
  };
}

/** Reads fields as app definitions and procedures write them; what is no field is left out. */
export function readFields(raw: unknown): Field[] {
  return Array.isArray(raw) ? raw.filter(isObject).map(readField) : [];
}

/** A procedure as fields name it: "rpc://listTags?kind=user". */
export function procedureCall(name: string): { name: string; query: Record<string, string> } {
  const [path = '', query = ''] = name.replace(/^rpc:\/\//, '').split('?');
  return { name: path.replace(/@.*$/, ''), query: Object.fromEntries(new URLSearchParams(query)) };
}
