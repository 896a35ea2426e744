import { useLayoutEffect, useRef, type ReactNode } from 'react';
import { X } from 'lucide-react';
import { aroundDiffers, differences } from '../blueprint/compare';
import type { Blueprint } from '../blueprint/types';
import { FlowCanvas } from '../canvas/FlowCanvas';
import { useLabels } from '../canvas/labels';
import { Loading } from '../parts/basics';
import { useText } from '../text/text';

interface CompareProps {
  title: string;
  /** What is looked at; undefined while it is fetched. */
  blueprint: Blueprint | undefined;
  /** What it is compared with. */
  against: Blueprint;
  children: ReactNode;
  onClose: () => void;
}

/** Shows another state of a scenario with what differs, as a drawing and in words. */
export function CompareDialog({ title, blueprint, against, children, onClose }: CompareProps) {
  const { t } = useText();
  const dialog = useRef<HTMLDialogElement>(null);
  // Before the drawing measures itself: what is not shown has no size.
  useLayoutEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} className="big compare-dialog" aria-label={title} onClose={onClose}>
      <header>
        <h2>{title}</h2>
        <button type="button" className="icon-button" aria-label={t('common.close')} onClick={onClose}>
          <X aria-hidden />
        </button>
      </header>
      {blueprint ? (
        <>
          <div className="compare-canvas">
            <FlowCanvas blueprint={blueprint} />
          </div>
          <Differences from={against} to={blueprint} />
        </>
      ) : (
        <Loading />
      )}
      <footer>{children}</footer>
    </dialog>
  );
}

/** What is different in one state from another, module by module. */
export function Differences({ from, to }: { from: Blueprint; to: Blueprint }) {
  const { t } = useText();
  const labels = useLabels();
  const list = differences(from, to);
  const around = aroundDiffers(from, to);
  if (list.length === 0 && !around) return <p className="soft differences">{t('builder.compare.same')}</p>;
  return (
    <ul className="differences">
      {list.map((d) => (
        <li key={`${d.what} ${d.id}`}>
          <span className={`builder-chip ${d.what === 'filter' ? 'changed' : d.what}`}>
            {t(d.what === 'filter' ? 'builder.compare.changed' : `builder.compare.${d.what}`)}
          </span>
          {t(d.what === 'filter' ? 'builder.compare.filter' : 'canvas.module', {
            name: d.name || labels.module(d.module),
            id: String(d.id),
          })}
        </li>
      ))}
      {around && (
        <li>
          <span className="builder-chip changed">{t('builder.compare.changed')}</span>
          {t('builder.compare.around')}
        </li>
      )}
    </ul>
  );
}
