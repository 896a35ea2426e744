import { useCallback, useEffect, useRef, type RefObject } from 'react';
import { useReactFlow } from '@xyflow/react';
import { find, positionOf } from '../blueprint/tree';
import type { Blueprint } from '../blueprint/types';
import { tile } from './graph';

const margin = 24;
/** A scenario is not made smaller than this to be seen as a whole beside a panel. */
const legible = 0.55;
const fitting = { padding: 0.15, maxZoom: 1 };

interface Size {
  width: number;
  height: number;
}

interface Rect extends Size {
  x: number;
  y: number;
}

/** How far a part from..to of an axis has to move so that it lies within low..high; nothing where it does, to its beginning where it cannot. */
export function shift(from: number, to: number, low: number, high: number): number {
  if (to - from > high - low) return low - from;
  return from < low ? low - from : Math.min(0, high - to);
}

function shiftOf(r: Rect, { width, height }: Size) {
  return {
    dx: shift(r.x, r.x + r.width, margin, width - margin),
    dy: shift(r.y, r.y + r.height, margin, height - margin),
  };
}

/** What is to be done with what is drawn at r when the canvas changes its size: nothing, unless all of it could be seen before. */
export function afterResize(r: Rect, before: Size, after: Size): { dx: number; dy: number } | 'fit' | undefined {
  const seen = r.x >= 0 && r.y >= 0 && r.x + r.width <= before.width && r.y + r.height <= before.height;
  if (!seen || r.width === 0) return undefined;
  if (r.width > after.width - 2 * margin || r.height > after.height - 2 * margin) return 'fit';
  const by = shiftOf(r, after);
  return by.dx === 0 && by.dy === 0 ? undefined : by;
}

/** How much of the canvas can be seen. */
function seenOf(element: HTMLElement, coveredFrom = Infinity): Size {
  const { left, width, height } = element.getBoundingClientRect();
  return { width: Math.min(width, coveredFrom - left), height };
}

/** How far from the right edge what is fitted ends: beside what lies over the canvas. */
function paddingRight(element: HTMLElement, seen: Size): `${number}px` {
  return `${element.clientWidth - seen.width + margin}px`;
}

/**
 * Brings a module into view when it is selected elsewhere. When the canvas becomes smaller, as when a panel opens beside or over it, what could
 * be seen as a whole stays so while it can be read; else the module that is selected stays in sight. Nothing moves further than needed, and
 * nothing moves back when the canvas becomes larger: somebody may be about to click on it.
 */
export function useInView(
  box: RefObject<HTMLDivElement | null>,
  selected: number | undefined,
  blueprint: Blueprint,
  fit: number | undefined,
  coveredFrom: number | undefined,
) {
  const flow = useReactFlow();
  const latest = useRef({ blueprint, selected, coveredFrom });
  useEffect(() => {
    latest.current = { blueprint, selected, coveredFrom };
  }, [blueprint, selected, coveredFrom]);

  const drawnAt = useCallback(
    (r: Rect): Rect => {
      const { x, y, zoom } = flow.getViewport();
      return { x: r.x * zoom + x, y: r.y * zoom + y, width: r.width * zoom, height: r.height * zoom };
    },
    [flow],
  );
  const pan = useCallback(
    ({ dx, dy }: { dx: number; dy: number }) => {
      const { x, y, zoom } = flow.getViewport();
      if (dx !== 0 || dy !== 0) void flow.setViewport({ x: x + dx, y: y + dy, zoom });
    },
    [flow],
  );
  const bring = useCallback(
    (size: Size) => {
      const spot = find(latest.current.blueprint, latest.current.selected);
      if (!spot || size.width === 0) return;
      pan(shiftOf(drawnAt({ ...positionOf(spot.node), width: tile.width, height: tile.height }), size));
    },
    [drawnAt, pan],
  );

  const known = useRef<Size>(undefined);
  useEffect(() => {
    const now = box.current && seenOf(box.current, latest.current.coveredFrom);
    // A panel that opens with the choice has changed the size already: that is told below.
    if (now && selected !== undefined && now.width === known.current?.width) bring(now);
  }, [box, bring, selected]);

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const keep = (was: Size, after: Size) => {
      const bounds = flow.getNodesBounds(flow.getNodes());
      const { zoom } = flow.getViewport();
      const next = afterResize(drawnAt(bounds), was, after);
      const fitted = { maxZoom: zoom, padding: { x: '5%', y: '5%', right: paddingRight(element, after) } } as const;
      if (next === 'fit' && after.width / bounds.width >= legible)
        window.requestAnimationFrame(() => void flow.fitView(fitted));
      else if (next && next !== 'fit') pan(next);
      else bring(after);
    };
    const resized = () => {
      const after = seenOf(element, coveredFrom);
      const was = known.current ?? after;
      known.current = after;
      if (after.width <= 0 || (after.width === was.width && after.height === was.height)) return;
      // The drawing learns its size in the same moment, perhaps after this.
      if (was.width === 0) window.requestAnimationFrame(() => void flow.fitView(fitting));
      else keep(was, after);
    };
    resized();
    const size = new ResizeObserver(resized);
    size.observe(element);
    return () => size.disconnect();
  }, [box, flow, coveredFrom, bring, drawnAt, pan]);

  const first = useRef(fit);
  useEffect(() => {
    if (first.current === fit) return;
    first.current = fit;
    // The tiles take their new places first.
    const frame = window.requestAnimationFrame(() => void flow.fitView(fitting));
    return () => window.cancelAnimationFrame(frame);
  }, [flow, fit]);
}
