import { useMemo, type RefObject } from 'react';

/**
 * Tells the styles while the canvas is zoomed or moved. As long as it is, the browser moves the drawing that it has; drawn anew, and sharp, it
 * is when it stands still. Nothing of it goes through React, which would compare all tiles.
 */
export function useMotion(box: RefObject<HTMLDivElement | null>) {
  return useMemo(
    () => ({
      begin: () => box.current?.classList.add('moving'),
      end: () => box.current?.classList.remove('moving'),
    }),
    [box],
  );
}
