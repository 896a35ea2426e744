import type { Blueprint } from '../blueprint/types';
import { steps } from '../parts/flow';

/** What an execution did at a module. */
export interface Bubble {
  operations: number;
  errors: number;
  running?: boolean;
}

export interface FlowCanvasProps {
  blueprint: Blueprint;
  /** Module that is selected. */
  selected?: number;
  onSelect?: (module: number | undefined) => void;
  /** By module number. */
  bubbles?: Record<number, Bubble>;
  /** Called when the bubble of a module is clicked. */
  onBubble?: (module: number) => void;
}

/** A scenario that is only looked at. */
export function FlowCanvas({ blueprint, onSelect }: FlowCanvasProps) {
  return (
    <ol>
      {steps(blueprint).map((s) => (
        <li key={s.id}>
          <button type="button" onClick={() => onSelect?.(s.id)}>
            {s.name ?? s.module}
          </button>
        </li>
      ))}
    </ol>
  );
}
