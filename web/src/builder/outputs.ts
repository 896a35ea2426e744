import type { Field, Module } from '../api/types';
import type { Node } from '../blueprint/types';
import { readFields } from '../form/fields';
import { structureOf } from '../form/StructureField';
import { baseType } from '../form/values';
import { customWebhook } from '../parts/flow';

const parsed = new WeakMap<object, Field[]>();

/** Reads fields once for each list, so that what is as before is the same object: edits of other modules change nothing then. */
function once(key: unknown, read: () => Field[]): Field[] {
  if (typeof key !== 'object' || key === null) return [];
  let fields = parsed.get(key);
  if (!fields) parsed.set(key, (fields = read()));
  return fields;
}

/** The fields of the data structure that is written into a module. */
function structured(module: Module | undefined, node: Node): Field[] {
  const field = module?.parameters.find((f) => baseType(f) === 'udt');
  const value = field && node.parameters?.[field.name];
  return once(value, () => readFields(structureOf(value)));
}

const arrayAggregator = 'builtin:BasicAggregator';

/** The array of an array aggregator, whose items have the fields that are mapped in it. */
function collected(module: Module, node: Node): Field[] {
  const array = module.interface.find((f) => f.name === 'array');
  if (!array) return module.interface;
  return once(node.mapper, () => {
    const known = structured(module, node);
    const names = Object.keys(node.mapper ?? {}).filter((name) => !known.some((f) => f.name === name));
    const spec = [...known, ...names.map((name): Field => ({ name, type: 'any' }))];
    return [{ ...array, spec }];
  });
}

/** What a webhook is known to send. */
export function received(structure: unknown): Field[] {
  return once(structure, () => readFields(Array.isArray(structure) ? structure : [structure]));
}

/** What a definition says that a module puts out. Of a webhook that takes anything it says only where a body would be that is no JSON. */
function ownOf(module: Module | undefined, node: Node): Field[] {
  if (module?.module === arrayAggregator) return collected(module, node);
  return node.module === customWebhook ? [] : (module?.interface ?? []);
}

/** The fields of the bundles that a module puts out: those of its definition, of its data structure, and those it was seen to put out. */
export function outputsOf(module: Module | undefined, node: Node, more: Field[]): Field[] {
  const own = ownOf(module, node);
  const learned = Array.isArray(node.metadata?.interface) ? (node.metadata.interface as Field[]) : [];
  const shaped = module?.dynamic_output ? structured(module, node) : [];
  const fields = [...own];
  for (const f of [...more, ...shaped, ...learned]) if (!fields.some((o) => o.name === f.name)) fields.push(f);
  return fields;
}

/** Gives names that people know to what a webhook adds to what it was sent, where it is among the fields or in a sample. */
export function withRequestNames(fields: Field[], sample: unknown, names: Readonly<Record<string, string>>): Field[] {
  const has = (name: string) => typeof sample === 'object' && sample !== null && name in sample;
  const known = Object.keys(names).filter((name) => has(name) || fields.some((f) => f.name === name));
  if (known.length === 0) return fields;
  const rest = fields.filter((f) => !known.includes(f.name));
  const own = known.map((name): Field => ({
    name,
    type: 'any',
    ...fields.find((f) => f.name === name),
    label: names[name],
  }));
  return [...rest, ...own];
}
