import { useCallback, useEffect, type RefObject } from 'react';
import { useStoreApi } from '@xyflow/react';

/** Small signs grow against the zoom no further than this. */
const most = 5;

/** Below this zoom names would be four pixels high. */
const farZoom = 0.3;

/** How much larger signs are drawn so that they can be read at a zoom. */
export function counterScale(zoom: number): number {
  return Math.round(Math.min(Math.max(1 / zoom, 1), most) * 100) / 100;
}

/**
 * Tells the styles how much larger bubbles and marks are to be drawn, and when names are too small to be read; React is not asked for it. What it
 * returns does so: each time it may change the look of every tile, which is too dear for each frame of a movement.
 */
export function useReadable(box: RefObject<HTMLDivElement | null>): () => void {
  const store = useStoreApi();
  const tell = useCallback(() => {
    const zoom = store.getState().transform[2];
    box.current?.style.setProperty('--counter', String(counterScale(zoom)));
    box.current?.classList.toggle('far', zoom < farZoom);
  }, [box, store]);
  useEffect(() => {
    tell();
    return store.subscribe(() => {
      if (!box.current?.classList.contains('moving')) tell();
    });
  }, [box, store, tell]);
  return tell;
}
