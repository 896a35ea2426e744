import { editNode, find, mapNodes, positionOf, spots, type Lane, type Spot } from './tree';
import type { Blueprint, Node } from './types';

/** How far modules stand apart that are placed by themselves. */
export const column = 260;
export const row = 190;
const near = 130;

export interface Point {
  x: number;
  y: number;
}

export function at(node: Node, point: Point): Node {
  const x = Math.round(point.x);
  const y = Math.round(point.y);
  return { ...node, metadata: { ...node.metadata, designer: { ...node.metadata?.designer, x, y } } };
}

/** Draws modules elsewhere. */
export function move(b: Blueprint, points: Map<number, Point>): Blueprint {
  return mapNodes(b, (node) => {
    const to = points.get(node.id);
    if (!to) return node;
    const from = positionOf(node);
    const stays = node.metadata?.designer !== undefined;
    return stays && from.x === Math.round(to.x) && from.y === Math.round(to.y) ? node : at(node, to);
  });
}

/** Finds a place that no module covers: there, or below. */
export function freePoint(b: Blueprint, wanted: Point): Point {
  const taken = spots(b).map((s) => positionOf(s.node));
  let { y } = wanted;
  while (taken.some((p) => Math.abs(p.x - wanted.x) < near && Math.abs(p.y - y) < near)) y += row;
  return { x: wanted.x, y };
}

/** The modules of a row from a place on, with all that hangs on them. */
function behind(b: Blueprint, { flow, index }: { flow: Node[]; index: number }): Set<number> {
  const moved = new Set(flow.slice(index).map((n) => n.id));
  return new Set(
    spots(b)
      .filter((s) => {
        for (let spot: Spot | undefined = s; spot; spot = spot.parent) if (moved.has(spot.node.id)) return true;
        return false;
      })
      .map((s) => s.node.id),
  );
}

/** Moves what stands from a place of a row on to the right, so that one more module fits in front of it. */
export function makeRoom(b: Blueprint, flow: Node[], index: number, from: Point): Blueprint {
  const next = flow[index];
  if (!next) return b;
  const gap = positionOf(next).x - from.x;
  if (gap >= 2 * column * 0.9 || gap < 0) return b;
  const moved = behind(b, { flow, index });
  const points = new Map(
    spots(b)
      .filter((s) => moved.has(s.node.id))
      .map((s) => {
        const p = positionOf(s.node);
        return [s.node.id, { x: p.x + 2 * column - gap, y: p.y }];
      }),
  );
  return move(b, points);
}

/** The place for the head of a new row that hangs on a module. */
export function laneStart(b: Blueprint, lane: Lane): Point {
  if (lane.of === 'main' || lane.of === 'orphan') return freePoint(b, { x: 0, y: 0 });
  const parent = find(b, lane.node);
  if (!parent) return { x: 0, y: 0 };
  const p = positionOf(parent.node);
  if (lane.of === 'error') return freePoint(b, { x: p.x + column, y: p.y + row });
  const inside = spots(b).filter((s) => s.parent?.node.id === lane.node && s.lane.of !== 'error');
  if (inside.length === 0) return freePoint(b, { x: p.x + column, y: p.y });
  const lowest = Math.max(...inside.map((s) => positionOf(s.node).y));
  return freePoint(b, { x: p.x + column, y: lowest + row });
}

export function placed(b: Blueprint, id: number, point: Point): Blueprint {
  return editNode(b, id, (node) => at(node, point));
}
