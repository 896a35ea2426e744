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
export function useReadable(box: RefObject<HTMLDivElement | null>) {
  const store = useStoreApi();
  useEffect(() => {
    let last = 0;
    const tell = (zoom: number) => {
      const next = counterScale(zoom);
      if (next !== last) box.current?.style.setProperty('--counter', String(next));
      last = next;
      box.current?.classList.toggle('far', zoom < farZoom);
    };
    tell(store.getState().transform[2]);
    return store.subscribe((s) => tell(s.transform[2]));
  }, [box, store]);
}
