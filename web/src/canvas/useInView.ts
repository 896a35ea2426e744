import { useEffect, useRef, type RefObject } from 'react';
import { useReactFlow } from '@xyflow/react';
import { find, positionOf } from '../blueprint/tree';
import type { Blueprint } from '../blueprint/types';
import { tile } from './graph';

const margin = 24;

/** How far a part from..to of an axis has to move so that it lies within low..high; nothing where it does, or cannot. */
export function shift(from: number, to: number, low: number, high: number): number {
  if (to - from > high - low) return low - from;
  return from < low ? low - from : Math.min(0, high - to);
}

/**
 * Brings a module into view when it is selected elsewhere, and back into it when the canvas becomes smaller, as when a panel opens beside
 * it. Where it can be seen nothing moves, else no further than needed.
 */
export function useInView(
  box: RefObject<HTMLDivElement | null>,
  selected: number | undefined,
  blueprint: Blueprint,
  fit: number | undefined,
) {
  const flow = useReactFlow();
  const latest = useRef(blueprint);
  useEffect(() => {
    latest.current = blueprint;
  }, [blueprint]);
  useEffect(() => {
    const element = box.current;
    if (!element || selected === undefined) return;
    const show = () => {
      const spot = find(latest.current, selected);
      if (!spot) return;
      const rect = element.getBoundingClientRect();
      const { x, y, zoom } = flow.getViewport();
      const p = positionOf(spot.node);
      const left = p.x * zoom + x;
      const top = p.y * zoom + y;
      const dx = shift(left, left + tile.width * zoom, margin, rect.width - margin);
      const dy = shift(top, top + tile.height * zoom, margin, rect.height - margin);
      if (dx !== 0 || dy !== 0) void flow.setViewport({ x: x + dx, y: y + dy, zoom });
    };
    // It tells the first size, too, when the panel beside the canvas has its place.
    const size = new ResizeObserver(show);
    size.observe(element);
    return () => size.disconnect();
  }, [box, flow, selected]);
  const first = useRef(fit);
  useEffect(() => {
    if (first.current === fit) return;
    first.current = fit;
    // The tiles take their new places first.
    const frame = window.requestAnimationFrame(() => void flow.fitView({ padding: 0.15, maxZoom: 1 }));
    return () => window.cancelAnimationFrame(frame);
  }, [flow, fit]);
}
