import { nextID, directives, router, type Directive } from './tree';
import type { Blueprint, Node } from './types';

/** What a list of modules says of the one that is added. */
export interface Kind {
  module: string;
  version: number;
  kind: string;
}

/** The settings that a new scenario has, as other systems write them. */
export function emptyBlueprint(name: string): Blueprint {
  return {
    name,
    flow: [],
    metadata: {
      version: 1,
      scenario: {
        roundtrips: 1,
        maxErrors: 3,
        autoCommit: true,
        autoCommitTriggerLast: true,
        sequential: false,
        confidential: false,
        dataloss: false,
        dlq: false,
      },
      designer: { orphans: [] },
    },
  };
}

/** Makes a module that is not in the blueprint yet, with a number of its own. */
export function freshNode(b: Blueprint, { module, version }: Pick<Kind, 'module' | 'version'>): Node {
  const node: Node = { id: nextID(b), module, version, parameters: {}, mapper: {} };
  if (module === router) return { id: node.id, module, version, mapper: undefined, routes: [] };
  if (module === 'builtin:Break') return { ...node, mapper: { retry: true, count: '3', interval: '15' } };
  return node;
}

/** Makes the module that ends an error handler. */
export function directiveNode(b: Blueprint, directive: Directive): Node {
  return freshNode(b, { module: `builtin:${directive}`, version: 1 });
}

export function directiveOf(node: Node): Directive | undefined {
  return directives.find((d) => node.module === `builtin:${d}`);
}

const triggers = ['trigger', 'instant trigger'];
const never = ['router', 'if-else', 'merge', 'aggregator', 'directive', 'responder'];

export function isTrigger(kind: string): boolean {
  return triggers.includes(kind);
}

/** Reports whether a scenario may start with a module of a kind: also with actions and searches, which then run on a schedule. */
export function mayStart(kind: string): boolean {
  return !never.includes(kind);
}

/** Reports whether a module of a kind may be put behind another. */
export function mayFollow(kind: string, inErrorHandler: boolean): boolean {
  if (isTrigger(kind)) return false;
  return kind !== 'directive' || inErrorHandler;
}
