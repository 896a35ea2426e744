/** A field of a structure, as it is stored. What is not known of it stays in it. */
export interface StructureField {
  name: string;
  type: string;
  label?: string;
  required?: boolean;
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

/** What is shown of a field that is about to be saved as wrong; undefined where nothing is. */
export function mistakeOf(fields: StructureField[], at: number): 'empty' | 'twice' | undefined {
  const name = fields[at]?.name.trim() ?? '';
  if (name === '') return 'empty';
  return fields.some((f, i) => i < at && f.name.trim() === name) ? 'twice' : undefined;
}
