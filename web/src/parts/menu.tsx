import { useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { EllipsisVertical } from 'lucide-react';
import './menu.css';

export interface Choice {
  text: string;
  icon?: ReactNode;
  danger?: boolean;
  /** A line above it. */
  apart?: boolean;
  act: () => void;
}

const gap = 4;
const edge = 8;

/** Puts a menu below its button, above it where there is more room, and inside the window. */
function place(menu: HTMLElement, button: HTMLElement) {
  const at = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = at.bottom + gap + height <= window.innerHeight - edge || at.top < height;
  menu.style.top = `${Math.max(edge, below ? at.bottom + gap : at.top - gap - height)}px`;
  menu.style.left = `${Math.max(edge, Math.min(at.right - width, window.innerWidth - edge - width))}px`;
}

function moveFocus(menu: HTMLElement, key: string): boolean {
  const items = [...menu.querySelectorAll<HTMLElement>('[role=menuitem]')];
  const now = items.findIndex((x) => x === document.activeElement);
  const to = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: items.length - 1 }[key];
  if (to === undefined) return false;
  items.at(to % items.length)?.focus();
  return true;
}

/**
 * A button with what else can be done. It is a popover of the browser: in the top layer, closed by Escape or a click elsewhere.
 */
export function Menu({ label, choices, icon }: { label: string; choices: Choice[]; icon?: ReactNode }) {
  const button = useRef<HTMLButtonElement>(null);
  const menu = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  const id = useId();
  const onToggle = (isOpen: boolean) => {
    setOpen(isOpen);
    if (!isOpen || !menu.current || !button.current) return;
    place(menu.current, button.current);
    menu.current.querySelector<HTMLElement>('[role=menuitem]')?.focus();
  };
  const onKey = (e: KeyboardEvent<HTMLDivElement>) => {
    if (moveFocus(e.currentTarget, e.key)) e.preventDefault();
    if (e.key === 'Tab') e.currentTarget.hidePopover();
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        className="icon-button"
        aria-label={label}
        title={label}
        aria-haspopup="menu"
        aria-expanded={open}
        popoverTarget={id}
      >
        {icon ?? <EllipsisVertical aria-hidden />}
      </button>
      <div
        ref={menu}
        id={id}
        role="menu"
        aria-label={label}
        popover="auto"
        className="choice-menu"
        onToggle={(e) => onToggle(e.newState === 'open')}
        onKeyDown={onKey}
      >
        {choices.map(({ text, icon: mark, danger, apart, act }) => (
          <button
            key={text}
            type="button"
            role="menuitem"
            tabIndex={-1}
            className={`choice-item${danger ? ' danger' : ''}${apart ? ' apart' : ''}`}
            onClick={() => {
              menu.current?.hidePopover();
              button.current?.focus();
              act();
            }}
          >
            {mark}
            {text}
          </button>
        ))}
      </div>
    </>
  );
}
