import { useMemo, type RefObject } from 'react';

/** Whoever turns a wheel goes on before this, mostly; what is drawn for the moment between two turns would hold up the second. */
const restMS = 200;

/**
 * Tells the styles while somebody zooms or moves the canvas. As long as it is, the browser moves the drawing that it has; drawn anew, and sharp,
 * it is when it stands still. Nothing of it goes through React, which would compare all tiles. What depends on the zoom is told by atRest then,
 * and at once where the canvas moved by itself.
 */
export function useMotion(box: RefObject<HTMLDivElement | null>, atRest: () => void) {
  return useMemo(() => {
    let resting: number | undefined;
    const rest = () => {
      box.current?.classList.remove('moving');
      atRest();
    };
    return {
      begin: (event: unknown) => {
        window.clearTimeout(resting);
        if (event) box.current?.classList.add('moving');
      },
      end: (event: unknown) => {
        window.clearTimeout(resting);
        if (event) resting = window.setTimeout(rest, restMS);
        else rest();
      },
    };
  }, [box, atRest]);
}
