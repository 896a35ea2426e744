import { useCallback, useSyncExternalStore } from 'react';

/** Tells whether a media query holds, and keeps telling. */
export function useMedia(query: string): boolean {
  const subscribe = useCallback(
    (listener: () => void) => {
      const media = matchMedia(query);
      media.addEventListener('change', listener);
      return () => media.removeEventListener('change', listener);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => matchMedia(query).matches);
}

/** The width below which the frame is that of a phone; frame.css has the same. */
export const phone = '(max-width: 48rem)';
