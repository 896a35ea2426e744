import { useEffect, useLayoutEffect, useRef, type KeyboardEvent } from 'react';
import type { Point } from '../blueprint/place';
import { useText } from '../text/text';
import type { Action } from './actions';

interface MenuProps {
  label: string;
  at: Point;
  actions: Action[];
  onClose: () => void;
}

/** What can be done with what was pointed at. It closes when the pointer or the focus goes elsewhere. */
export function Menu({ label, at, actions, onClose }: MenuProps) {
  const { t } = useText();
  const menu = useRef<HTMLDivElement>(null);
  const before = useRef(document.activeElement);
  useLayoutEffect(() => {
    const element = menu.current;
    if (!element) return;
    element.showPopover();
    const { width, height } = element.getBoundingClientRect();
    element.style.left = `${Math.max(8, Math.min(at.x, window.innerWidth - width - 8))}px`;
    element.style.top = `${Math.max(8, Math.min(at.y, window.innerHeight - height - 8))}px`;
    element.querySelector<HTMLElement>('[role=menuitem]')?.focus();
  }, [at]);
  // The browser's own way to close it would do so as soon as the right button is let go.
  useEffect(() => {
    const elsewhere = (e: PointerEvent) => !menu.current?.contains(e.target as globalThis.Node) && onClose();
    document.addEventListener('pointerdown', elsewhere, true);
    return () => document.removeEventListener('pointerdown', elsewhere, true);
  }, [onClose]);
  const keys = (e: KeyboardEvent) => {
    const items = [...(menu.current?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])];
    const now = items.findIndex((x) => x === document.activeElement);
    const to = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: -1 }[e.key];
    e.stopPropagation();
    if (e.key === 'Escape' || e.key === 'Tab') {
      onClose();
      (before.current as HTMLElement | null)?.focus();
    }
    if (to === undefined) return;
    e.preventDefault();
    items.at(to % items.length)?.focus();
  };
  return (
    <div ref={menu} popover="manual" role="menu" className="builder-menu" aria-label={label} onKeyDown={keys}>
      {actions.map((a) => (
        <button
          key={a.text}
          type="button"
          role="menuitem"
          className={a.danger ? 'danger' : ''}
          onClick={() => {
            onClose();
            (before.current as HTMLElement | null)?.focus();
            a.do();
          }}
        >
          <span>{t(a.text)}</span>
          {a.keys && <kbd>{a.keys}</kbd>}
        </button>
      ))}
    </div>
  );
}
