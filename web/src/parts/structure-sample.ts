import { readCSV } from './csv';
import { fieldsOf, hasFields, inner, type StructureField } from './structure';

type Data = Record<string, unknown>;

const mostItems = 100; // of a list that are looked at
const deepest = 8;

function isObject(x: unknown): x is Data {
  return typeof x === 'object' && x !== null && !Array.isArray(x);
}

const dateText = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (isObject(value)) return 'collection';
  if (typeof value === 'string') return dateText.test(value) ? 'date' : 'text';
  return typeof value === 'number' || typeof value === 'boolean' ? typeof value : 'any';
}

/** A type that holds for both; what is not known yet takes the other. */
function both(a: string, b: string): string {
  if (a === b || b === 'any') return a;
  if (a === 'any') return b;
  const plain = ['text', 'number', 'boolean', 'date', 'email', 'url'];
  return plain.includes(a) && plain.includes(b) ? 'text' : 'any';
}

function fieldOf(name: string, value: unknown, depth: number): StructureField {
  const type = typeOf(value);
  const field: StructureField = { name, type };
  if (depth >= deepest) return field;
  if (isObject(value)) field.spec = fieldsOfData(value, depth + 1);
  if (Array.isArray(value)) {
    const items = value.slice(0, mostItems) as unknown[];
    const objects = items.filter(isObject);
    if (objects.length > 0 && objects.length === items.length) field.spec = merged(objects, depth + 1);
    else if (items.length > 0) {
      const of = items.map(typeOf).reduce(both);
      if (of !== 'any') field.spec = { type: of };
    }
  }
  return field;
}

function fieldsOfData(data: Data, depth: number): StructureField[] {
  return Object.entries(data)
    .filter(([name]) => name.trim() !== '')
    .map(([name, value]) => fieldOf(name, value, depth));
}

function merged(list: Data[], depth: number): StructureField[] {
  return list.map((data) => fieldsOfData(data, depth)).reduce(mergeFields, []);
}

function mergeOne(a: StructureField, b: StructureField): StructureField {
  const type = both(a.type, b.type);
  if (type !== a.type)
    return { ...(type === b.type ? b : { name: a.name, type }), ...(a.required && { required: true }) };
  if (hasFields(a) && hasFields(b)) return { ...a, spec: mergeFields(inner(a), inner(b)) };
  return a.spec === undefined && b.spec !== undefined && a.type === b.type ? { ...a, spec: b.spec } : a;
}

/** Adds to fields what others have besides; types that differ become one that holds for both. */
export function mergeFields(before: StructureField[], more: StructureField[]): StructureField[] {
  const list = [...before];
  for (const f of more) {
    const at = list.findIndex((x) => x.name === f.name);
    const known = list[at];
    if (known) list[at] = mergeOne(known, f);
    else list.push(f);
  }
  return list;
}

function typeOfCell(cell: string): string {
  if (cell === '') return 'any';
  if (/^(true|false)$/i.test(cell)) return 'boolean';
  if (/^-?(0|[1-9]\d{0,14})(\.\d+)?$/.test(cell)) return 'number';
  return dateText.test(cell) ? 'date' : 'text';
}

function fieldsOfTable(text: string): StructureField[] {
  const { lines } = readCSV(text);
  const [header, ...rows] = lines;
  const names = header?.cells.map((c) => c.trim()) ?? [];
  return names.flatMap((name, i) => {
    if (name === '' || names.indexOf(name) < i) return [];
    const type = rows
      .slice(0, mostItems)
      .map((r) => typeOfCell(r.cells[i]?.trim() ?? ''))
      .reduce(both, 'any');
    return [{ name, type: type === 'any' ? 'text' : type }];
  });
}

/** Works out fields of a sample: an object or a list of objects in JSON, else a table as CSV with its header. None where it is neither. */
export function fieldsOfSample(text: string): StructureField[] {
  const clean = text.replace(/^\uFEFF/, '').trim();
  if (clean === '') return [];
  if (!/^[[{]/.test(clean)) return fieldsOfTable(clean);
  let data: unknown;
  try {
    data = JSON.parse(clean);
  } catch {
    return [];
  }
  const list = Array.isArray(data) ? (data as unknown[]).slice(0, mostItems) : [data];
  return fieldsOf(merged(list.filter(isObject), 1));
}
