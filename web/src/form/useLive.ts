import { useEffect, useState } from 'react';

type Loaded = typeof import('./editor');

let loading: Promise<Loaded> | undefined;

/** Loads the editor, once for the page. */
export function loadEditor(): Promise<Loaded> {
  return (loading ??= import('./editor'));
}

const soonMS = 400;

/** When the browser has nothing to do, or a little later where it does not say when that is. */
function whenIdle(run: () => void): () => void {
  if (!('requestIdleCallback' in window)) {
    const waiting = globalThis.setTimeout(run, soonMS);
    return () => globalThis.clearTimeout(waiting);
  }
  const waiting = window.requestIdleCallback(run, { timeout: 4 * soonMS });
  return () => window.cancelIdleCallback(waiting);
}

/**
 * The editor for a field: undefined until it is loaded and the browser had time for it, or until somebody wants to write in the field.
 * So a form with many fields is there at once, and none of them waits when it is needed.
 */
export function useLive(enabled: boolean): { make: Loaded['makeEditor'] | undefined; wake: () => void } {
  const [loaded, setLoaded] = useState<Loaded>();
  const [isWoken, setWoken] = useState(false);
  useEffect(() => {
    if (!enabled) return;
    let isGone = false;
    const take = () =>
      void loadEditor().then((m) => {
        if (!isGone) setLoaded(m);
      });
    void loadEditor();
    const cancel = isWoken ? take() : whenIdle(take);
    return () => {
      isGone = true;
      cancel?.();
    };
  }, [enabled, isWoken]);
  // Not within the press of a mouse or what comes with it: the browser would find the place of it gone, and take the focus away.
  const wake = () => void window.setTimeout(() => setWoken(true));
  return { make: enabled ? loaded?.makeEditor : undefined, wake };
}
