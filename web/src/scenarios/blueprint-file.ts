import { appOf } from '../parts/flow';

type Json = Record<string, unknown>;

/** Something that a blueprint names and that is the team's own: a connection, or a data store. */
export interface Need {
  kind: 'connection' | 'datastore';
  /** App of the modules that name it; of data stores "datastore". */
  app: string;
  /** What the blueprint calls it: a name or a number; "" where a module names none. */
  ref: string;
  modules: number[];
}

/** What the team has to offer for a need. */
export interface Offer {
  id: number;
  name: string;
}

// The server looks for the connection of a module in these parameters, in this order.
const connectionKeys = [
  '__IMTCONN__',
  'account',
  'connection',
  'auth',
  'oAuthAccount',
  'apiKeyKeychain',
  'basicAuthKeychain',
];

function isObject(x: unknown): x is Json {
  return typeof x === 'object' && x !== null && !Array.isArray(x);
}

/** Reads a file: a blueprint, or what other tools put around one. undefined where there is none in it. */
export function readBlueprint(text: string): Json | undefined {
  let found: unknown;
  try {
    found = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
  for (let depth = 0; depth < 3 && isObject(found); depth++) {
    if (Array.isArray(found.flow)) return found;
    found = found.blueprint ?? found.response;
  }
  return undefined;
}

/** Calls visit with every module of a flow, those of routes and error handlers too. */
function walk(flow: unknown, visit: (node: Json) => void) {
  if (!Array.isArray(flow)) return;
  for (const node of flow.filter(isObject)) {
    visit(node);
    for (const list of [node.routes, node.branches])
      if (Array.isArray(list)) for (const route of list.filter(isObject)) walk(route.flow, visit);
    walk(node.onerror, visit);
  }
}

function filledText(x: unknown): string {
  if (typeof x === 'number') return x === 0 ? '' : String(x);
  return typeof x === 'string' && x !== '0' ? x : '';
}

function keyOf(parameters: Json): string | undefined {
  return connectionKeys.find((k) => filledText(parameters[k]));
}

interface Named {
  kind: Need['kind'];
  app: string;
  ref: string;
  key: string;
}

/** What one module names. connected tells of the apps whose modules need a connection, though this one may name none. */
function namedBy(node: Json, connected: (app: string) => boolean): Named | undefined {
  if (typeof node.module !== 'string') return undefined;
  const app = appOf(node.module);
  const parameters = isObject(node.parameters) ? node.parameters : {};
  if (app === 'datastore') return { kind: 'datastore', app, ref: filledText(parameters.datastore), key: 'datastore' };
  const key = keyOf(parameters);
  if (key) return { kind: 'connection', app, ref: filledText(parameters[key]), key };
  return connected(app) ? { kind: 'connection', app, ref: '', key: '__IMTCONN__' } : undefined;
}

const placeOf = (n: Pick<Need, 'kind' | 'app' | 'ref'>) => JSON.stringify([n.kind, n.app, n.ref]);

export { placeOf as needKey };

/** Lists what a blueprint needs of the team, each once. */
export function needsOf(blueprint: Json, connected: (app: string) => boolean): Need[] {
  const needs = new Map<string, Need>();
  walk(blueprint.flow, (node) => {
    const named = namedBy(node, connected);
    if (!named) return;
    const { kind, app, ref } = named;
    const need = needs.get(placeOf(named)) ?? { kind, app, ref, modules: [] };
    need.modules.push(Number(node.id));
    needs.set(placeOf(named), need);
  });
  return [...needs.values()];
}

/** Chooses what an offer has that a need names, else the only one there is, else nothing. */
export function fitting(need: Need, offers: Offer[]): number {
  const named = offers.find((o) => o.name === need.ref || String(o.id) === need.ref);
  return (named ?? (offers.length === 1 ? offers[0] : undefined))?.id ?? 0;
}

/** Writes the chosen numbers into a copy of a blueprint; what is not chosen stays as it was. */
export function settle(blueprint: Json, chosen: Record<string, number>, connected: (app: string) => boolean): Json {
  const copy = structuredClone(blueprint);
  walk(copy.flow, (node) => {
    const named = namedBy(node, connected);
    const id = named && chosen[placeOf(named)];
    if (!named || !id || id < 0) return;
    node.parameters = { ...(isObject(node.parameters) ? node.parameters : {}), [named.key]: id };
  });
  return copy;
}

/** The full names of the modules in their order, those of error handlers left out. */
export function modulesOf(blueprint: Json): string[] {
  const list: string[] = [];
  walk(blueprint.flow, (node) => {
    if (typeof node.module === 'string') list.push(node.module);
  });
  return list;
}
