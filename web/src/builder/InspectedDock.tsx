import { useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';
import { Inspector } from '../runs/Inspector';
import { useText } from '../text/text';

const place = 'ropeway.inspected';
const lowest = 25;
const highest = 75;
const usual = 45;
const stepPercent = 5;

function fitting(percent: number): number {
  return Math.round(Math.min(Math.max(percent, lowest), highest));
}

function stored(): number {
  return fitting(Number(localStorage.getItem(place)) || usual);
}

interface InspectedDockProps {
  execution: number;
  /** Shows what one module did; without it what all did. */
  module: number | undefined;
  onClose: () => void;
}

/** What the modules did, below the canvas. Its upper edge can be moved, by mouse and by arrow keys; how high it is is remembered. */
export function InspectedDock({ execution, module, onClose }: InspectedDockProps) {
  const { t } = useText();
  const box = useRef<HTMLElement>(null);
  const [percent, setPercent] = useState(stored);
  const take = (next: number) => {
    setPercent(fitting(next));
    localStorage.setItem(place, String(fitting(next)));
  };
  const drag = (e: PointerEvent<HTMLDivElement>) => {
    const stage = box.current?.parentElement?.getBoundingClientRect();
    if (stage && e.currentTarget.hasPointerCapture(e.pointerId))
      take(((stage.bottom - e.clientY) / stage.height) * 100);
  };
  const keys = (e: KeyboardEvent) => {
    if (e.key === 'ArrowUp') take(percent + stepPercent);
    else if (e.key === 'ArrowDown') take(percent - stepPercent);
    else return;
    e.preventDefault();
    e.stopPropagation();
  };
  return (
    <section ref={box} className="inspected" aria-label={t('builder.inspected')} style={{ height: `${percent}%` }}>
      <div
        className="inspected-edge"
        role="separator"
        aria-orientation="horizontal"
        aria-label={t('builder.inspected-height')}
        aria-valuenow={percent}
        aria-valuemin={lowest}
        aria-valuemax={highest}
        tabIndex={0}
        onPointerDown={(e) => e.currentTarget.setPointerCapture(e.pointerId)}
        onPointerMove={drag}
        onKeyDown={keys}
      />
      <Inspector key={String(module)} execution={execution} module={module} onClose={onClose} />
    </section>
  );
}
