import { CircleAlert, LoaderCircle } from 'lucide-react';
import type { Bubble } from '../canvas/FlowCanvas';
import { AppIcon } from '../parts/apps';
import { appOf, type Step } from '../parts/flow';
import { useText } from '../text/text';

interface StepListProps {
  steps: Step[];
  name: (module: number) => string;
  bubbles: Record<number, Bubble>;
  selected: number | undefined;
  choose: (module: number) => void;
}

/** The modules of an execution below one another, where there is no room for a canvas: what ran leads to what it did. */
export function StepList({ steps, name, bubbles, selected, choose }: StepListProps) {
  return (
    <ul className="step-list">
      {steps.map((s) => (
        <li key={s.id} style={{ marginInlineStart: `${s.depth}rem` }}>
          <button type="button" aria-pressed={s.id === selected} onClick={() => choose(s.id)}>
            <AppIcon app={appOf(s.module)} small />
            <span className="step-name">{name(s.id)}</span>
            <Count bubble={bubbles[s.id]} />
          </button>
        </li>
      ))}
    </ul>
  );
}

function Count({ bubble }: { bubble: Bubble | undefined }) {
  const { t } = useText();
  if (!bubble) return <span className="soft">–</span>;
  const words = bubble.errors > 0 && bubble.operations === 0 ? [] : [t('canvas.operations', { n: bubble.operations })];
  if (bubble.errors > 0) words.push(t('canvas.errors', { n: bubble.errors }));
  return (
    <span className={bubble.errors > 0 ? 'step-count bad' : 'step-count'}>
      {bubble.running && <LoaderCircle className="spin" aria-hidden />}
      {bubble.errors > 0 && <CircleAlert aria-hidden />}
      {words.join(', ')}
    </span>
  );
}
