import { useVirtualizer } from '@tanstack/react-virtual';
import type { RefObject } from 'react';

interface Rows {
  count: number;
  box: RefObject<HTMLDivElement | null>;
  height: number;
  /** More than what is in sight, so that fast scrolling finds them there. */
  overscan?: number;
  keyOf?: (index: number) => string | number;
}

/** Tells which rows of a long list are in sight. */
export function useRows({ count, box, height, overscan = 5, keyOf }: Rows) {
  // Its methods change what they return without changing themselves; nothing here passes them on to what is memoized.
  // eslint-disable-next-line react-hooks/incompatible-library
  return useVirtualizer({
    count,
    getScrollElement: () => box.current,
    estimateSize: () => height,
    overscan,
    ...(keyOf && { getItemKey: keyOf }),
  });
}
