import { useEffect, useRef } from 'react';

export type Shortcuts = Record<string, (() => void) | undefined>;

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.closest('input, textarea, select, dialog, [role=textbox]') !== null;
}

/** Writes a key as shortcuts are named: "Ctrl+Shift+z". */
function nameOf(e: KeyboardEvent): string {
  const ctrl = e.ctrlKey || e.metaKey ? 'Ctrl+' : '';
  const key = e.key.length === 1 ? e.key.toLowerCase() : e.key;
  return `${ctrl}${e.shiftKey && ctrl ? 'Shift+' : ''}${e.altKey ? 'Alt+' : ''}${key}`;
}

const everywhere = ['Ctrl+s', 'Ctrl+Enter'];

/** Letters mean what is selected only where the canvas or the outline has the focus, not a panel beside it. */
function isBeside(target: EventTarget | null, name: string): boolean {
  const panel = target instanceof Element && target.closest('.builder-panel') !== null;
  return panel && !name.startsWith('Ctrl+') && name !== 'Escape';
}

/** Listens to keys on the whole page; where somebody types only to those that mean the page. */
export function useKeys(shortcuts: Shortcuts) {
  const latest = useRef(shortcuts);
  useEffect(() => {
    latest.current = shortcuts;
  });
  useEffect(() => {
    const pressed = (e: KeyboardEvent) => {
      const name = nameOf(e);
      if (e.defaultPrevented || (isTyping(e.target) && !everywhere.includes(name))) return;
      if (isBeside(e.target, name)) return;
      if (
        document.querySelector('dialog[open], [popover=auto]:popover-open') ||
        (e.target as Element | null)?.closest('[role=menu]')
      )
        return;
      const act = latest.current[name];
      if (!act) return;
      e.preventDefault();
      act();
    };
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  }, []);
}
