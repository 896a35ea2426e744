import { useEffect, useId, useRef } from 'react';
import { ChevronDown } from 'lucide-react';
import { useText } from '../text/text';
import { RunOptions, type RunOptionsProps } from './RunOptions';

const gap = 8;

interface RunMenuProps extends RunOptionsProps {
  disabled?: boolean;
  /** What it opens has closed. */
  onClosed?: () => void;
}

/**
 * The button beside "Run once" with the other ways to run. What it opens closes with Escape, with a click elsewhere, and when it starts; it
 * opens by itself where somebody asks for where the trigger starts.
 */
export function RunMenu({ disabled = false, onStart, onClosed, ...options }: RunMenuProps) {
  const { t } = useText();
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const panel = useRef<HTMLDivElement>(null);
  const asked = options.asked === true;
  useEffect(() => {
    if (asked) panel.current?.showPopover();
  }, [asked]);
  const place = (isOpen: boolean) => {
    if (!isOpen || !button.current || !panel.current) return;
    const at = button.current.getBoundingClientRect();
    const isLow = at.top > window.innerHeight / 2;
    panel.current.style.left = `${Math.max(gap, Math.min(at.left, window.innerWidth - panel.current.offsetWidth - gap))}px`;
    panel.current.style.top = isLow ? 'auto' : `${at.bottom + gap}px`;
    panel.current.style.bottom = isLow ? `${window.innerHeight - at.top + gap}px` : 'auto';
    const form = panel.current;
    (form.querySelector<HTMLElement>('details[open] select') ?? form.querySelector<HTMLElement>('select'))?.focus();
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        className="button primary run-more"
        aria-label={t('runs.options')}
        title={t('runs.options')}
        aria-haspopup="dialog"
        popoverTarget={id}
        disabled={disabled}
      >
        <ChevronDown aria-hidden />
      </button>
      <div
        ref={panel}
        id={id}
        role="dialog"
        aria-label={t('runs.options')}
        popover="auto"
        className="run-popover"
        aria-live="off"
        onToggle={(e) => {
          place(e.newState === 'open');
          if (e.newState === 'closed') onClosed?.();
        }}
      >
        <RunOptions
          {...options}
          onStart={(chosen) => {
            panel.current?.hidePopover();
            onStart(chosen);
          }}
        />
      </div>
    </>
  );
}
