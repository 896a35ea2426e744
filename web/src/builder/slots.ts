import { addFirst, addFollower, addHandler, addLoose, addRoute, insertAfter, replace } from '../blueprint/edits';
import { freshNode, isTrigger, mayFollow, mayStart, type Kind } from '../blueprint/make';
import { at } from '../blueprint/place';
import { feederOf, visibleAt } from '../blueprint/sources';
import { editNode, find, inHandler, isFirst, isRouter } from '../blueprint/tree';
import type { Blueprint, Node } from '../blueprint/types';
import type { Slot } from './builder';

/** Reports whether a module may be put somewhere. */
export function fits(b: Blueprint, slot: Slot, kind: string): boolean {
  switch (slot.at) {
    case 'first':
      return b.flow.length > 0 ? isTrigger(kind) : mayStart(kind);
    case 'replace': {
      const spot = find(b, slot.module);
      return spot && isFirst(spot) ? mayStart(kind) : mayFollow(kind, false);
    }
    case 'error':
      return mayFollow(kind, true);
    case 'loose':
      return mayFollow(kind, false);
    default: {
      const spot = find(b, slot.module);
      const last = slot.at === 'behind' && spot?.flow[spot.index + 1] === undefined;
      return mayFollow(kind, last && spot !== undefined && inHandler(spot.lane, spot.parent));
    }
  }
}

/** The choices that a new module begins with: an aggregator collects the nearest module that can give several bundles. */
function begun(b: Blueprint, id: number, kind: string, kindOf: (module: string) => string): Blueprint {
  if (kind !== 'aggregator') return b;
  const many = ['search', 'iterator', 'trigger', 'instant trigger'];
  const sources = visibleAt(b, id).filter((v) => !v.failed);
  const source = sources.findLast((v) => many.includes(kindOf(v.node.module))) ?? sources.at(-1);
  const node = find(b, id)?.node;
  if (!source || !node || feederOf(node) !== undefined) return b;
  return editNode(b, id, (n) => ({ ...n, parameters: { ...n.parameters, feeder: source.node.id } }));
}

function placed(b: Blueprint, slot: Slot, node: Node): Blueprint {
  switch (slot.at) {
    case 'first':
      return addFirst(b, node);
    case 'behind': {
      const there = slot.point ? at(node, slot.point) : node;
      const spot = find(b, slot.module);
      return spot && isRouter(spot.node) ? addRoute(b, slot.module, [there]) : addFollower(b, slot.module, [there]);
    }
    case 'between':
      return insertAfter(b, slot.module, node);
    case 'route':
      return addRoute(b, slot.module, [node]);
    case 'error':
      return addHandler(b, slot.module, node);
    case 'loose':
      return addLoose(b, [node], slot.point);
    case 'replace':
      return b;
  }
}

/** Adds a module, and tells its number. */
export function addModule(b: Blueprint, slot: Slot, kind: Kind, kindOf: (module: string) => string) {
  if (slot.at === 'replace') return { blueprint: replace(b, slot.module, kind), id: slot.module };
  const node = freshNode(b, kind);
  return { blueprint: begun(placed(b, slot, node), node.id, kind.kind, kindOf), id: node.id };
}
