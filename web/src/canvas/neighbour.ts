import { find, lanesOf, type Spot } from '../blueprint/tree';
import type { Blueprint } from '../blueprint/types';

/** The first modules of the rows that hang on the same module. */
function siblings(spot: Spot): number[] {
  if (!spot.parent) return [];
  return lanesOf(spot.parent.node).flatMap((l) => l.flow[0]?.id ?? []);
}

/** The module to which an arrow key leads from another. */
export function neighbour(b: Blueprint, id: number, key: string): number | undefined {
  const spot = find(b, id);
  if (!spot) return undefined;
  const { node, flow, index, parent } = spot;
  const inner = lanesOf(node).flatMap((l) => l.flow[0]?.id ?? []);
  switch (key) {
    case 'ArrowRight':
      return flow[index + 1]?.id ?? inner.find((n) => n !== node.onerror?.[0]?.id);
    case 'ArrowLeft':
      return flow[index - 1]?.id ?? parent?.node.id;
    case 'ArrowDown':
    case 'ArrowUp': {
      const heads = siblings(spot);
      const head = flow[0]?.id ?? 0;
      const next = heads[heads.indexOf(head) + (key === 'ArrowDown' ? 1 : -1)];
      return next ?? (key === 'ArrowDown' ? node.onerror?.[0]?.id : undefined);
    }
    default:
      return undefined;
  }
}
