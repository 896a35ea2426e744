import { useEffect, useRef, type RefObject } from 'react';
import { useReactFlow } from '@xyflow/react';
import { find, positionOf } from '../blueprint/tree';
import type { Blueprint } from '../blueprint/types';
import { tile } from './graph';

const margin = 40;

/** Brings a module into view when it is selected elsewhere; where it can be seen already nothing moves. */
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
    const rect = box.current?.getBoundingClientRect();
    const spot = find(latest.current, selected);
    if (!rect || !spot) return;
    const { zoom } = flow.getViewport();
    const p = positionOf(spot.node);
    const from = flow.flowToScreenPosition(p);
    const to = { x: from.x + tile.width * zoom, y: from.y + tile.height * zoom };
    const seen =
      from.x > rect.left + margin &&
      from.y > rect.top + margin &&
      to.x < rect.right - margin &&
      to.y < rect.bottom - margin;
    if (!seen) void flow.setCenter(p.x + tile.width / 2, p.y + tile.height / 2, { zoom: Math.max(zoom, 0.6) });
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
