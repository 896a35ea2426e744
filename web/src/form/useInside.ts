import { useEffect, useState, type RefObject } from 'react';

/** Reports whether the focus is in a part of the page, or in the panel from which things are put in there. */
export function useInside(part: RefObject<HTMLElement | null>): boolean {
  const [isInside, setInside] = useState(false);
  useEffect(() => {
    const isNear = (to: EventTarget | null) =>
      to instanceof Element && (part.current?.contains(to) === true || to.closest('[data-panel]') !== null);
    const into = (e: FocusEvent) => {
      const isHere = e.target instanceof Element && part.current?.contains(e.target) === true;
      setInside((was) => isHere || (was && isNear(e.target)));
    };
    const out = (e: FocusEvent) => {
      // The window that loses the focus as a whole gives it back to the same place.
      if (e.relatedTarget === null && document.hasFocus()) setInside(false);
    };
    document.addEventListener('focusin', into);
    document.addEventListener('focusout', out);
    return () => {
      document.removeEventListener('focusin', into);
      document.removeEventListener('focusout', out);
    };
  }, [part]);
  return isInside;
}
