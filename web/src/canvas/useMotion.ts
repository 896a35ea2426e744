import { useMemo, useRef, type RefObject } from 'react';
import { useStoreApi } from '@xyflow/react';
import { makeReadable } from './useReadable';

/** Whoever turns a wheel goes on before this, mostly; what is drawn for the moment between two turns would hold up the second. */
const restMS = 200;

/**
 * Tells the styles while somebody zooms or moves the canvas. As long as it is, the browser moves the drawing that it has; drawn anew, and sharp,
 * it is when it stands still. Nothing of it goes through React, which would compare all tiles. Where the canvas moves by itself, it is so at once.
 */
export function useMotion(box: RefObject<HTMLDivElement | null>) {
  const store = useStoreApi();
  const resting = useRef<number>(undefined);
  return useMemo(() => {
    const rest = () => {
      box.current?.classList.remove('moving');
      makeReadable(box.current, store.getState().transform[2]);
    };
    return {
      begin: (event: unknown) => {
        window.clearTimeout(resting.current);
        if (event) box.current?.classList.add('moving');
      },
      end: (event: unknown) => {
        window.clearTimeout(resting.current);
        if (event) resting.current = window.setTimeout(rest, restMS);
        else rest();
      },
    };
  }, [box, store]);
}
