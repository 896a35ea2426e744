/** A field of a structure, as it is stored. What is not known of it stays in it. */
export interface StructureField {
  name: string;
  type: string;
  label?: string;
  required?: boolean;
  multiline?: boolean;
  spec?: unknown;
  [attribute: string]: unknown;
}

export const fieldTypes = ['text', 'number', 'boolean', 'date', 'email', 'url', 'array', 'collection', 'any'] as const;

function isObject(x: unknown): x is Record<string, unknown> {
  return typeof x === 'object' && x !== null && !Array.isArray(x);
}

/** Reads the fields of a structure; what is no field is left away. */
export function fieldsOf(structure: unknown): StructureField[] {
  const list = Array.isArray(structure) ? structure : isObject(structure) ? [structure] : [];
  return list.filter(isObject).map((f) => ({
    ...f,
    name: typeof f.name === 'string' ? f.name : '',
    type: typeof f.type === 'string' ? f.type : 'any',
  }));
}

/** The fields inside of a collection, or of the collections of an array. */
export function inner(field: StructureField): StructureField[] {
  return fieldsOf(field.spec);
}

/** The type of the elements of an array: "collection" where each has fields of its own, "any" where nothing is laid down. */
export function itemType(field: StructureField): string {
  const spec = inner(field);
  const [only] = spec;
  if (spec.length === 1 && only && only.name === '' && !Array.isArray(field.spec)) return only.type;
  return Array.isArray(field.spec) ? 'collection' : 'any';
}

/** Lays down the type of the elements of an array. */
export function withItems(field: StructureField, type: string): StructureField {
  const { spec, ...rest } = field;
  if (type === 'collection') return { ...rest, spec: Array.isArray(spec) ? spec : [] };
  return type === 'any' ? { ...rest } : { ...rest, spec: { type } };
}

/** Gives a field another type. What only the type before had goes. */
export function withType(field: StructureField, type: string): StructureField {
  const { spec, multiline, ...rest } = field;
  const next: StructureField = { ...rest, type };
  if (type === 'collection') next.spec = Array.isArray(spec) ? spec : [];
  if (type === 'array' && spec !== undefined) next.spec = spec;
  if (type === 'text' && multiline) next.multiline = true;
  return next;
}

/** Whether a field has fields of its own. */
export function hasFields(field: StructureField): boolean {
  return field.type === 'collection' || (field.type === 'array' && itemType(field) === 'collection');
}

/** What is shown of a field that is about to be saved as wrong; undefined where nothing is. */
export function mistakeOf(fields: StructureField[], at: number): 'empty' | 'twice' | undefined {
  const name = fields[at]?.name.trim() ?? '';
  if (name === '') return 'empty';
  return fields.some((f, i) => i < at && f.name.trim() === name) ? 'twice' : undefined;
}

/** Reports whether anything is wrong with the fields, or with those inside of them. */
export function isWrong(fields: StructureField[]): boolean {
  return fields.some((f, i) => mistakeOf(fields, i) !== undefined || (hasFields(f) && isWrong(inner(f))));
}

/** The fields as they are sent: names without spaces around them. */
export function tidyFields(fields: StructureField[]): StructureField[] {
  return fields.map((f) => ({
    ...f,
    name: f.name.trim(),
    required: f.required || undefined,
    multiline: f.multiline || undefined,
    ...(hasFields(f) ? { spec: tidyFields(inner(f)) } : {}),
  }));
}

/** How many fields there are, with those inside of others. */
export function countFields(fields: StructureField[]): number {
  return fields.reduce((n, f) => n + 1 + (hasFields(f) ? countFields(inner(f)) : 0), 0);
}
