import type { Template, TemplateChoice } from '../api/types';

type Json = Record<string, unknown>;

function isObject(x: unknown): x is Json {
  return typeof x === 'object' && x !== null && !Array.isArray(x);
}

function nodes(flow: unknown): Json[] {
  if (!Array.isArray(flow)) return [];
  return flow
    .filter(isObject)
    .flatMap((n) => [
      n,
      ...(Array.isArray(n.routes) ? n.routes.filter(isObject).flatMap((r) => nodes(r.flow)) : []),
      ...nodes(n.onerror),
    ]);
}

/** Writes a value where a path such as "parameters.datastore" leads; objects on the way are made. */
function put(into: Json, path: string, value: unknown) {
  const names = path.split('.');
  const last = names.pop() ?? '';
  let at = into;
  for (const name of names) {
    const next = at[name];
    const inner: Json = isObject(next) ? next : {};
    at[name] = inner;
    at = inner;
  }
  at[last] = value;
}

/** A label as it stands in the middle of a sentence; an abbreviation such as URL stays as it is. */
export function inSentence(label: string): string {
  return /^\p{Lu}(?!\p{Lu})/u.test(label) ? label.charAt(0).toLowerCase() + label.slice(1) : label;
}

/** A copy of the blueprint of a template with what was chosen, one value for each of its choices. */
export function fillIn(template: Pick<Template, 'blueprint' | 'choose'>, name: string, values: unknown[]): Json {
  const copy = structuredClone(isObject(template.blueprint) ? template.blueprint : {});
  const all = nodes(copy.flow);
  template.choose.forEach((choice: TemplateChoice, i) => {
    for (const place of choice.places) {
      const node = all.find((n) => n.id === place.module);
      if (node) put(node, place.field, values[i]);
    }
  });
  return { ...copy, name };
}
