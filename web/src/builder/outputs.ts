import type { Field, Module } from '../api/types';
import type { Node } from '../blueprint/types';
import { readFields } from '../form/fields';
import { structureOf } from '../form/StructureField';
import { baseType } from '../form/values';

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

/** The fields of the bundles that a module puts out: those of its definition, of its data structure, and those it was seen to put out. */
export function outputsOf(module: Module | undefined, node: Node, more: Field[]): Field[] {
  const own = module?.module === arrayAggregator ? collected(module, node) : (module?.interface ?? []);
  const learned = Array.isArray(node.metadata?.interface) ? (node.metadata.interface as Field[]) : [];
  const shaped = module?.dynamic_output ? structured(module, node) : [];
  const fields = [...own];
  for (const f of [...more, ...shaped, ...learned]) if (!fields.some((o) => o.name === f.name)) fields.push(f);
  return fields;
}
