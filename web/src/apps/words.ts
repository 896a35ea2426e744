import type { ModuleName } from '../api/types';
import { isKey, type Key, type Speaker } from '../text/text';

/** The kinds of modules in the order in which a scenario needs them. */
const kinds = [
  'instant trigger',
  'trigger',
  'search',
  'action',
  'universal',
  'transformer',
  'iterator',
  'aggregator',
  'router',
  'if-else',
  'merge',
  'responder',
  'directive',
];

function keyed(prefix: string, name: string): Key | undefined {
  const key = prefix + name.replaceAll(' ', '-');
  return isKey(key) ? key : undefined;
}

/** Writes what a text table says of a name; the name itself where it says nothing. */
function word(prefix: string, name: string, t: Speaker['t']): string {
  const key = keyed(prefix, name);
  return key ? t(key) : name;
}

export const kindWord = (kind: string, t: Speaker['t']) => word('apps.kind.', kind, t);
export const kindHelp = (kind: string, t: Speaker['t']) => word('apps.kind-help.', kind, t);
export const typeWord = (type: string, t: Speaker['t']) => word('apps.type.', type, t);
export const deliveryWord = (delivery: string, t: Speaker['t']) => word('apps.delivery.', delivery, t);
export const deliveryHelp = (delivery: string, t: Speaker['t']) => word('apps.delivery-help.', delivery, t);

export interface ModuleGroup {
  kind: string;
  modules: ModuleName[];
}

/** Sorts the modules of an app by kind and keeps those that hold the words. */
export function groupModules(modules: ModuleName[], words: string): ModuleGroup[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (m: ModuleName) => {
    const all = [m.label, m.summary, m.module, m.original?.label, m.original?.about].join(' ').toLowerCase();
    return wanted.every((w) => all.includes(w));
  };
  const found = modules.filter(fits);
  const known = kinds.filter((kind) => found.some((m) => m.kind === kind));
  const others = [...new Set(found.map((m) => m.kind))].filter((kind) => !kinds.includes(kind));
  return [...known, ...others].map((kind) => ({ kind, modules: found.filter((m) => m.kind === kind) }));
}
