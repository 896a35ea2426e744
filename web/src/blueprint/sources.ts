import { find, handlerOf, ifElse, isDirective, isRouter, type Spot } from './tree';
import type { Blueprint, Node } from './types';

/** A module whose output can be mapped at a place. */
export interface Visible {
  node: Node;
  /** It has failed: there is its error, and no output. */
  failed: boolean;
}

const silent = [ifElse, 'gateway:WebhookRespond', 'scenario-service:ReturnData'];

function givesData(node: Node): boolean {
  return !isRouter(node) && !isDirective(node) && !silent.includes(node.module) && node.disabled !== true;
}

/** The number of the module whose bundles an aggregator collects. */
export function feederOf(node: Node): number | undefined {
  const feeder = Number(node.parameters?.feeder);
  return Number.isSafeInteger(feeder) && feeder > 0 ? feeder : undefined;
}

/** Adds the modules of a row up to a place; an aggregator hides its source and what lies between. */
function along(flow: Node[], end: number, into: Visible[]) {
  for (const node of flow.slice(0, end)) {
    const feeder = feederOf(node);
    const from = feeder === undefined ? -1 : into.findIndex((v) => v.node.id === feeder);
    if (from >= 0) into.length = from;
    if (givesData(node)) into.push({ node, failed: false });
  }
}

function before(spot: Spot, into: Visible[]) {
  if (spot.parent) {
    before(spot.parent, into);
    const { node } = spot.parent;
    if (spot.lane.of === 'error' && handlerOf(node).length > 0) into.push({ node, failed: true });
  }
  along(spot.flow, spot.index, into);
}

/** Lists the modules that have run when a module runs, the nearest last. */
export function visibleAt(b: Blueprint, id: number): Visible[] {
  const spot = find(b, id);
  const list: Visible[] = [];
  if (spot) before(spot, list);
  return list;
}
