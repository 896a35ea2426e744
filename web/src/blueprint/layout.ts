import { column, move, row, type Point } from './place';
import { branchesOf, handlerOf, orphansOf, positionOf, routesOf, spots } from './tree';
import type { Blueprint, Node } from './types';

/** A drawing with its outline: the first and the last row that it takes in each column. */
interface Block {
  cells: { id: number; col: number; row: number }[];
  top: Map<number, number>;
  bottom: Map<number, number>;
}

function empty(): Block {
  return { cells: [], top: new Map(), bottom: new Map() };
}

function put(block: Block, id: number, col: number, at: number) {
  block.cells.push({ id, col, row: at });
  block.top.set(col, Math.min(block.top.get(col) ?? at, at));
  block.bottom.set(col, Math.max(block.bottom.get(col) ?? at, at));
}

/** Adds a drawing to another, moved down by some rows. */
function join(into: Block, part: Block, down: number) {
  for (const c of part.cells) put(into, c.id, c.col, c.row + down);
}

/** How far a drawing must go down so that it covers nothing of another, links included. */
function below(upper: Block, lower: Block): number {
  let down = 0;
  for (const [col, first] of lower.top) {
    const last = upper.bottom.get(col);
    if (last !== undefined) down = Math.max(down, last + 1 - first);
  }
  return down;
}

/** Draws the ways out of a router one below the other, and tells the row in their middle. */
function fan(flows: Node[][], col: number): { block: Block; middle: number } {
  const block = empty();
  const heads: number[] = [];
  for (const flow of flows) {
    const part = draw(flow, col);
    const down = heads.length === 0 ? 0 : Math.max(below(block, part), (heads.at(-1) ?? 0) + 1);
    join(block, part, down);
    heads.push(down);
  }
  const first = heads[0] ?? 0;
  return { block, middle: Math.floor((first + (heads.at(-1) ?? first)) / 2) };
}

/** Draws a row of modules from a column on, its own line at row 0. */
function draw(flow: Node[], from: number): Block {
  const line = empty();
  const hanging: Block[] = [];
  let col = from;
  for (const node of flow) {
    put(line, node.id, col, 0);
    const handler = handlerOf(node);
    if (handler.length > 0) hanging.push(draw(handler, col + 1));
    const ways = [...routesOf(node), ...branchesOf(node)].map((r) => r.flow).filter((f) => f.length > 0);
    if (ways.length > 0) {
      const { block, middle } = fan(ways, col + 1);
      join(line, block, -middle);
      col = Math.max(col, ...block.bottom.keys());
    }
    col++;
  }
  for (const part of hanging.reverse()) {
    const down = Math.max(below(line, part), 1);
    join(line, part, down);
  }
  return line;
}

/** Draws the whole scenario anew, from left to right, so that nothing covers anything. */
export function align(b: Blueprint): Blueprint {
  const whole = draw(b.flow, 0);
  for (const flow of orphansOf(b)) {
    const part = draw(flow, 0);
    const lowest = Math.max(-1, ...whole.bottom.values());
    const highest = Math.min(0, ...part.top.values());
    join(whole, part, lowest + 1 - highest);
  }
  const head = b.flow[0];
  const origin: Point = head ? positionOf(head) : { x: 0, y: 0 };
  return move(b, new Map(whole.cells.map((c) => [c.id, { x: origin.x + c.col * column, y: origin.y + c.row * row }])));
}

/** Reports whether somebody has drawn the scenario: programs that write blueprints often do not say where modules stand. */
export function isDrawn(b: Blueprint): boolean {
  const all = spots(b);
  const places = new Set(all.map((s) => `${positionOf(s.node).x} ${positionOf(s.node).y}`));
  return all.length < 2 || (places.size > 1 && all.every((s) => s.node.metadata?.designer !== undefined));
}

/** The scenario with a place for each module. */
export function drawn(b: Blueprint): Blueprint {
  return isDrawn(b) ? b : align(b);
}
