import type { Edge, Node as FlowNode } from '@xyflow/react';
import { fallbackOf } from '../blueprint/edits';
import { noteOf } from '../blueprint/notes';
import type { Point } from '../blueprint/place';
import { branchesOf, endsLane, isFirst, positionOf, routesOf, spots, type Spot } from '../blueprint/tree';
import type { Blueprint, Filter, Node } from '../blueprint/types';

/** What an execution did at a module. */
export interface Bubble {
  operations: number;
  errors: number;
  running?: boolean;
}

/** What a filter did in an execution: bundles that it let through, and those that it held back. */
export interface Passed {
  passed: number;
  filtered: number;
}

/** What is wrong with a module. */
export interface Mark {
  bad: boolean;
  text: string;
}

/** What a module, or a link by the module that it leads to, is pointed at with. */
export type Target = { module: number } | { link: number } | { ground: Point };

export interface Editing {
  onMove: (points: Map<number, Point>) => void;
  /** Asks for a module behind another, without a number for the first one. */
  onAdd: (after: number | undefined, at?: Point) => void;
  canConnect: (from: number, to: number) => boolean;
  onConnect: (from: number, to: number) => void;
  /** Asks for the menu, with where on the screen. */
  onMenu: (target: Target, at: Point) => void;
}

export interface TileData extends Record<string, unknown> {
  node: Node;
  first: boolean;
  /** Nothing follows, so that the plus is shown all the time. */
  open: boolean;
  editable: boolean;
  note: string;
  bubble?: Bubble;
  mark?: Mark;
}

export type LinkKind = 'next' | 'route' | 'branch' | 'error';

export interface LinkData extends Record<string, unknown> {
  /** The module that it leads to, which has the filter. */
  to: number;
  kind: LinkKind;
  filter?: Filter;
  fallback: boolean;
  off: boolean;
  label: string;
  chosen: boolean;
  editable: boolean;
  /** Undefined without an execution, and where nothing came to the filter. */
  passed?: Passed;
}

export type Tile = FlowNode<TileData, 'module'>;
export type LinkEdge = Edge<LinkData, 'link'>;

/** Measures of a tile: the whole with its name, and the round part in it. */
export const tile = { width: 168, height: 132, radius: 38, centre: 84 };

function linkOf(
  spot: Spot,
  chosen: number | undefined,
  editable: boolean,
  passed: Passed | undefined,
): LinkEdge | undefined {
  const { node, lane, flow, index, parent } = spot;
  const from = flow[index - 1] ?? parent?.node;
  if (!from) return undefined;
  const head = index === 0 && lane.of !== 'main' && lane.of !== 'orphan';
  const kind: LinkKind = head ? lane.of : 'next';
  const ways = parent && (lane.of === 'route' ? routesOf(parent.node) : branchesOf(parent.node));
  const way = head && (lane.of === 'route' || lane.of === 'branch') ? ways?.[lane.index] : undefined;
  const fallback = head && lane.of === 'route' && parent !== undefined && fallbackOf(parent.node) === lane.index;
  return {
    id: `link-${node.id}`,
    source: String(from.id),
    target: String(node.id),
    type: 'link',
    focusable: false,
    data: {
      to: node.id,
      kind,
      filter: node.filter ?? undefined,
      fallback,
      off: way?.disabled === true,
      label: typeof way?.label === 'string' ? way.label : '',
      chosen: chosen === node.id,
      editable,
      passed: node.filter && passed && passed.passed + passed.filtered > 0 ? passed : undefined,
    },
  };
}

interface Shown {
  selection: number[];
  link: number | undefined;
  bubbles: Record<number, Bubble>;
  marks: Record<number, Mark>;
  editable: boolean;
}

function sameData(a: TileData, b: TileData): boolean {
  return (
    a.node === b.node &&
    a.first === b.first &&
    a.open === b.open &&
    a.editable === b.editable &&
    a.note === b.note &&
    a.mark?.text === b.mark?.text &&
    a.mark?.bad === b.mark?.bad &&
    a.bubble?.operations === b.bubble?.operations &&
    a.bubble?.errors === b.bubble?.errors &&
    a.bubble?.running === b.bubble?.running
  );
}

/** Makes the tiles of a blueprint. Those that look as before stay the same objects, so that they are not drawn again. */
export function tilesOf(b: Blueprint, shown: Shown, before: Tile[]): Tile[] {
  const old = new Map(before.map((t) => [t.id, t]));
  return spots(b).map((spot) => {
    const { node, flow, index } = spot;
    const id = String(node.id);
    const data: TileData = {
      node,
      first: isFirst(spot),
      open: !flow[index + 1] && !endsLane(node) && branchesOf(node).length === 0,
      editable: shown.editable,
      note: noteOf(b, node.id),
      bubble: shown.bubbles[node.id],
      mark: shown.marks[node.id],
    };
    const was = old.get(id);
    const position = was?.dragging ? was.position : positionOf(node);
    const selected = shown.selection.includes(node.id);
    if (!was) return placed({ id, type: 'module', position, selected, data, width: tile.width, height: tile.height });
    const kept = sameData(was.data, data);
    const still = was.position.x === position.x && was.position.y === position.y;
    if (kept && still && was.selected === selected) return was;
    return placed({ ...was, position, selected, data: kept ? was.data : data });
  });
}

/**
 * Puts a tile where it stands by plain measures. A transform, which is what tiles have otherwise, makes each of them a drawing of its own that
 * the browser weighs anew whenever anything on the page changes. One that is dragged has it: so it moves without a layout.
 */
export function placed(t: Tile): Tile {
  const { x, y } = t.position;
  if (t.dragging) return t.style ? { ...t, style: undefined } : t;
  if (t.style?.left === x && t.style.top === y) return t;
  return { ...t, style: { transform: 'none', left: x, top: y } };
}

export function linksOf(
  b: Blueprint,
  link: number | undefined,
  editable: boolean,
  passed: Record<number, Passed>,
): LinkEdge[] {
  return spots(b).flatMap((spot) => linkOf(spot, link, editable, passed[spot.node.id]) ?? []);
}
