import { useCallback, useEffect, useRef, type RefObject } from 'react';
import { getViewportForBounds, useReactFlow, type Viewport } from '@xyflow/react';
import { find, positionOf } from '../blueprint/tree';
import type { Blueprint } from '../blueprint/types';
import { tile } from './graph';
import { useReleased } from '../parts/held';
import { Stands, type Size } from './stands';

const margin = 24;
/** Below, the buttons of the canvas stand. */
const below = 64;
/** A scenario is not made smaller than this to be seen as a whole beside a panel. */
const legible = 0.55;
/** How much of the right of the canvas the list of fields may lie over, with the buttons at a module before it. */
const besideForm = 440;
const fitting = { padding: 0.15, maxZoom: 1 };

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
    dy: shift(r.y, r.y + r.height, margin, height - below),
  };
}

/** What is to be done with what is drawn at r when the canvas changes its size: nothing, unless all of it could be seen before. */
export function afterResize(r: Rect, before: Size, after: Size): { dx: number; dy: number } | 'fit' | undefined {
  const seen = r.x >= 0 && r.y >= 0 && r.x + r.width <= before.width && r.y + r.height <= before.height;
  if (!seen || r.width === 0) return undefined;
  if (r.width > after.width - 2 * margin || r.height > after.height - margin - below) return 'fit';
  const by = shiftOf(r, after);
  return by.dx === 0 && by.dy === 0 ? undefined : by;
}

/** How much of the canvas can be seen. */
function seenOf(element: HTMLElement): Size {
  const { width, height } = element.getBoundingClientRect();
  return { width, height };
}

/** How what is drawn at bounds is shown as a whole in the part of the canvas that can be seen, not larger than it is. */
function fittedIn(bounds: Rect, { width, height }: Size, zoom: number): Viewport {
  return getViewportForBounds(bounds, width, height, 0, zoom, {
    x: '5%',
    y: '5%',
    right: `${margin}px`,
    bottom: `${below}px`,
  });
}

/**
 * Brings a module into view when it is selected elsewhere. When the canvas becomes smaller, as when a panel opens beside it, what could
 * be seen as a whole stays so while it can be read; else the module that is selected stays in sight. Nothing moves further than needed. When
 * there is room again the canvas goes back to where it was, unless somebody has moved it meanwhile; but nothing moves while a button of
 * the mouse is held, else what was pressed would not be what is clicked.
 */
export function useInView(
  box: RefObject<HTMLDivElement | null>,
  selected: number | undefined,
  blueprint: Blueprint,
  fit: number | undefined,
) {
  const flow = useReactFlow();
  const released = useReleased();
  const stands = useRef(new Stands());
  const latest = useRef({ blueprint, selected });
  useEffect(() => {
    latest.current = { blueprint, selected };
  }, [blueprint, selected]);

  const drawnAt = useCallback(
    (r: Rect): Rect => {
      const { x, y, zoom } = flow.getViewport();
      return { x: r.x * zoom + x, y: r.y * zoom + y, width: r.width * zoom, height: r.height * zoom };
    },
    [flow],
  );
  const move = useCallback(
    (to: Viewport) => {
      stands.current.moved(flow.getViewport(), to);
      void flow.setViewport(to);
    },
    [flow],
  );
  const pan = useCallback(
    ({ dx, dy }: { dx: number; dy: number }) => {
      const { x, y, zoom } = flow.getViewport();
      if (dx !== 0 || dy !== 0) move({ x: x + dx, y: y + dy, zoom });
    },
    [flow, move],
  );
  const bring = useCallback(
    (size: Size) => {
      const spot = find(latest.current.blueprint, latest.current.selected);
      if (!spot || size.width === 0) return;
      const at = drawnAt({ ...positionOf(spot.node), width: tile.width, height: tile.height });
      const by = shiftOf(at, size);
      // The list of fields comes and goes: room for it is made once, when the form opens, as far as nothing leaves the canvas for it.
      const beside = shiftOf(at, { ...size, width: size.width - besideForm }).dx;
      const free = Math.min(0, margin - drawnAt(flow.getNodesBounds(flow.getNodes())).x);
      pan({ ...by, dx: Math.min(by.dx, Math.max(beside, free)) });
    },
    [flow, drawnAt, pan],
  );

  const known = useRef<Size>(undefined);
  useEffect(() => {
    const now = box.current && seenOf(box.current);
    // A panel that opens with the choice has changed the size already: that is told below.
    if (now && selected !== undefined && now.width === known.current?.width) bring(now);
  }, [box, bring, selected]);

  const keep = useCallback(
    (was: Size, after: Size) => {
      stands.current.leave(was, flow.getViewport());
      const bounds = flow.getNodesBounds(flow.getNodes());
      const next = afterResize(drawnAt(bounds), was, after);
      if (next === 'fit' && after.width / bounds.width >= legible)
        move(fittedIn(bounds, after, flow.getViewport().zoom));
      else if (next && next !== 'fit') pan(next);
      bring(after);
    },
    [flow, drawnAt, move, pan, bring],
  );
  const goBack = useCallback(() => {
    const now = known.current;
    if (!now) return;
    const to = stands.current.back(now, flow.getViewport());
    if (to) void flow.setViewport(to);
    bring(now);
  }, [flow, bring]);

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const resized = () => {
      const after = seenOf(element);
      const was = known.current ?? after;
      known.current = after;
      if (after.width <= 0 || (after.width === was.width && after.height === was.height)) return;
      // The drawing learns its size in the same moment, perhaps after this.
      if (was.width === 0) window.requestAnimationFrame(() => void flow.fitView(fitting));
      else if (after.width < was.width || after.height < was.height) keep(was, after);
      else released(goBack);
    };
    resized();
    const size = new ResizeObserver(resized);
    size.observe(element);
    return () => size.disconnect();
  }, [box, flow, keep, goBack, released]);

  const first = useRef(fit);
  useEffect(() => {
    if (first.current === fit) return;
    first.current = fit;
    // The tiles take their new places first.
    const frame = window.requestAnimationFrame(() => void flow.fitView(fitting));
    return () => window.cancelAnimationFrame(frame);
  }, [flow, fit]);
}
