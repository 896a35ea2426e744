import { useEffect, useRef, useState } from 'react';

/** Does something as soon as no button of the mouse is held, after the click that comes of it: at once where none is. */
export function useReleased(): (then: () => void) => void {
  const waiting = useRef<() => void>(undefined);
  const held = useRef(false);
  useEffect(() => {
    let frame = 0;
    const down = () => {
      held.current = true;
    };
    const up = () => {
      held.current = false;
      frame = window.requestAnimationFrame(() => {
        waiting.current?.();
        waiting.current = undefined;
      });
    };
    window.addEventListener('pointerdown', down, true);
    window.addEventListener('pointerup', up, true);
    window.addEventListener('pointercancel', up, true);
    return () => {
      window.cancelAnimationFrame(frame);
      window.removeEventListener('pointerdown', down, true);
      window.removeEventListener('pointerup', up, true);
      window.removeEventListener('pointercancel', up, true);
    };
  }, []);
  const [released] = useState(() => (then: () => void) => {
    if (held.current) waiting.current = then;
    else then();
  });
  return released;
}
