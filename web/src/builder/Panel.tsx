import { useState, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react';
import { X } from 'lucide-react';
import { useText } from '../text/text';

const place = 'ropeway.panel';
const narrowest = 300;
const widest = 900;
const usual = 420;
const stepWidth = 40;

function stored(): number {
  return Number(localStorage.getItem(place)) || usual;
}

function fitting(width: number): number {
  return Math.round(Math.min(Math.max(width, narrowest), Math.min(widest, window.innerWidth - 320)));
}

/** The panel at the right: it leaves the canvas usable, and its edge can be moved. */
export function Panel({
  title,
  head,
  children,
  onClose,
}: {
  title: string;
  /** Stands in the place of the title. */
  head?: ReactNode;
  children: ReactNode;
  onClose: () => void;
}) {
  const { t } = useText();
  const [width, setWidth] = useState(stored);
  const take = (next: number) => {
    setWidth(fitting(next));
    localStorage.setItem(place, String(fitting(next)));
  };
  const drag = (e: PointerEvent<HTMLDivElement>) => {
    if (e.currentTarget.hasPointerCapture(e.pointerId)) take(window.innerWidth - e.clientX);
  };
  const keys = (e: KeyboardEvent) => {
    if (e.key === 'ArrowLeft') take(width + stepWidth);
    else if (e.key === 'ArrowRight') take(width - stepWidth);
    else return;
    e.preventDefault();
  };
  return (
    <aside className="builder-panel" aria-label={title} style={{ width }}>
      <div
        className="panel-edge"
        role="separator"
        aria-orientation="vertical"
        aria-label={t('builder.panel-width')}
        aria-valuenow={width}
        aria-valuemin={narrowest}
        aria-valuemax={widest}
        tabIndex={0}
        onPointerDown={(e) => e.currentTarget.setPointerCapture(e.pointerId)}
        onPointerMove={drag}
        onKeyDown={keys}
      />
      <header className="builder-panel-head">
        {head ?? <h2>{title}</h2>}
        <button type="button" className="icon-button" aria-label={t('builder.close-panel')} onClick={onClose}>
          <X aria-hidden />
        </button>
      </header>
      <div className="builder-panel-rest">
        <div className="builder-panel-body">{children}</div>
      </div>
    </aside>
  );
}
