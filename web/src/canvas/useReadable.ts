import { useEffect, type RefObject } from 'react';
import { useStoreApi } from '@xyflow/react';

/** Small signs grow against the zoom no further than this. */
const most = 5;

/** Below this zoom names would be four pixels high. */
const farZoom = 0.3;

/** How much larger signs are drawn so that they can be read at a zoom. */
export function counterScale(zoom: number): number {
  return Math.round(Math.min(Math.max(1 / zoom, 1), most) * 100) / 100;
}

/** Tells the styles how much larger bubbles and marks are to be drawn, and when names are too small to be read; React is not asked for it. */
export function makeReadable(canvas: HTMLElement | null, zoom: number) {
  canvas?.style.setProperty('--counter', String(counterScale(zoom)));
  canvas?.classList.toggle('far', zoom < farZoom);
}

/** Keeps signs and names readable. What moves is told when it rests: each time the look of every tile may change, too dear for each frame. */
export function useReadable(box: RefObject<HTMLDivElement | null>) {
  const store = useStoreApi();
  useEffect(() => {
    makeReadable(box.current, store.getState().transform[2]);
    return store.subscribe((s) => {
      if (!box.current?.classList.contains('moving')) makeReadable(box.current, s.transform[2]);
    });
  }, [box, store]);
}
