import { useEffect, useId, useRef, type ReactNode } from 'react';
import { X } from 'lucide-react';
import { useText } from '../text/text';
import './panel.css';

interface PanelProps {
  title: ReactNode;
  /** Below the title. */
  lead?: ReactNode;
  onClose: () => void;
  children: ReactNode;
  /** Buttons that stay in sight below what scrolls. */
  foot?: ReactNode;
  wide?: boolean;
}

/**
 * A panel beside the page, which stays usable. It takes the focus when it opens, closes with Escape and gives the focus back. One that is to
 * show another thing gets another key.
 */
export function Panel({ title, lead, onClose, children, foot, wide }: PanelProps) {
  const { t } = useText();
  const element = useRef<HTMLElement>(null);
  const heading = useId();
  useEffect(() => {
    const before = document.activeElement instanceof HTMLElement ? document.activeElement : undefined;
    const panel = element.current;
    const first = panel?.querySelector<HTMLElement>('[data-focus] input, [data-focus] textarea, input[data-focus]');
    (first ?? panel)?.focus({ preventScroll: true });
    return () => {
      if (
        !document.activeElement ||
        document.activeElement === document.body ||
        panel?.contains(document.activeElement)
      )
        before?.focus({ preventScroll: true });
    };
  }, []);
  return (
    <aside
      ref={element}
      className={wide ? 'side-panel wide' : 'side-panel'}
      aria-labelledby={heading}
      tabIndex={-1}
      onKeyDown={(e) => {
        if (e.key !== 'Escape' || e.defaultPrevented || document.querySelector('[popover=auto]:popover-open')) return;
        e.stopPropagation();
        onClose();
      }}
    >
      <header>
        <div>
          <h2 id={heading}>{title}</h2>
          {lead && <div className="lead">{lead}</div>}
        </div>
        <button type="button" className="icon-button" aria-label={t('common.close')} onClick={onClose}>
          <X aria-hidden />
        </button>
      </header>
      <div className="side-panel-body">{children}</div>
      {foot && <footer>{foot}</footer>}
    </aside>
  );
}
