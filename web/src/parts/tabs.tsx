import { useId, useRef, type KeyboardEvent, type ReactNode } from 'react';
import './tabs.css';

interface Tab<N extends string> {
  name: N;
  text: ReactNode;
}

interface TabsProps<N extends string> {
  label: string;
  tabs: Tab<N>[];
  current: N;
  onChange: (name: N) => void;
  children: ReactNode;
}

/** Parts of a page of which one is shown. Arrows go from tab to tab, as everywhere. */
export function Tabs<N extends string>({ label, tabs, current, onChange, children }: TabsProps<N>) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const onKey = (e: KeyboardEvent) => {
    const now = tabs.findIndex((x) => x.name === current);
    const to = { ArrowRight: now + 1, ArrowLeft: now - 1, Home: 0, End: tabs.length - 1 }[e.key];
    const next = to === undefined ? undefined : tabs.at(to % tabs.length);
    if (!next) return;
    e.preventDefault();
    onChange(next.name);
    list.current?.querySelectorAll<HTMLElement>('[role=tab]')[tabs.indexOf(next)]?.focus();
  };
  return (
    <>
      <div ref={list} className="part-tabs" role="tablist" aria-label={label} onKeyDown={onKey}>
        {tabs.map(({ name, text }) => (
          <button
            key={name}
            id={`${id}-${name}`}
            type="button"
            role="tab"
            className="part-tab"
            aria-selected={name === current}
            aria-controls={`${id}-body`}
            tabIndex={name === current ? 0 : -1}
            onClick={() => onChange(name)}
          >
            {text}
          </button>
        ))}
      </div>
      <div id={`${id}-body`} role="tabpanel" aria-labelledby={`${id}-${current}`}>
        {children}
      </div>
    </>
  );
}
