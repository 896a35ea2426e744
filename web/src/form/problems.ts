import type { Field } from '../api/types';
import { nestedOf } from './fields';
import type { FieldProblem } from './formContext';
import { baseType, isObject, type Values } from './values';

/** The steps of a path: "headers[0].value" is headers, 0, value. */
function stepsOf(path: string): (string | number)[] {
  return path.split(/[.[]/).map((step) => (step.endsWith(']') ? Number(step.slice(0, -1)) : step));
}

function written(path: string, step: string | number): string {
  if (typeof step === 'number') return `${path}[${step}]`;
  return path ? `${path}.${step}` : step;
}

function shownIn(fields: Field[], values: Values, name: string): Field | undefined {
  for (const f of fields) {
    if (f.name === name) return f;
    const inside = shownIn(nestedOf(f, values), values, name);
    if (inside) return inside;
  }
  return undefined;
}

/** The deepest field in a form that a path leads to; undefined where the form does not show any of it. */
export function placeOf(fields: Field[], values: Values, path: string): string | undefined {
  let spec: Field[] | undefined = fields;
  let inside: unknown = values;
  let field: Field | undefined;
  let place = '';
  for (const step of stepsOf(path)) {
    const soFar = place;
    if (typeof step === 'number') {
      if (!Array.isArray(inside) || field?.type !== 'array') break;
      const [only] = field.spec ?? [];
      spec = field.spec;
      inside = (inside as unknown[])[step];
      place = written(soFar, step);
      if (spec?.length === 1 && only?.name === '') field = only;
      continue;
    }
    const next: Field | undefined = spec && isObject(inside) ? shownIn(spec, inside, step) : undefined;
    if (!next) break;
    field = next;
    inside = (inside as Values)[step];
    spec = baseType(next) === 'collection' ? next.spec : undefined;
    place = written(soFar, step);
  }
  return place === '' ? undefined : place;
}

/** Divides what is wrong with a module into what is shown at its fields, and the rest. */
export function settle(
  problems: FieldProblem[],
  forms: Record<'parameters' | 'mapper', { fields: Field[]; values: Values }>,
  connection: string[],
): { placed: FieldProblem[]; rest: FieldProblem[] } {
  const placed: FieldProblem[] = [];
  const rest: FieldProblem[] = [];
  for (const p of problems) {
    const [, part, inside] = /^(parameters|mapper)\.(.+)$/.exec(p.path) ?? [];
    const form = part === 'parameters' || part === 'mapper' ? forms[part] : undefined;
    if (part === 'parameters' && inside && connection.includes(inside)) placed.push(p);
    else {
      const place = form && inside ? placeOf(form.fields, form.values, inside) : undefined;
      if (place && part) placed.push({ ...p, path: `${part}.${place.replace(/\[\d+\]$/, '')}` });
      else rest.push(p);
    }
  }
  return { placed, rest };
}
