import type { Execution } from '../api/types';
import { isOver } from '../api/follow';
import { useText } from '../text/text';
import { countsOf } from './bubbles';
import { useStarts } from './StartFrom';

interface NothingNewProps {
  scenario: number;
  execution: Execution | undefined;
  /** Somebody wants to choose where the trigger starts. */
  onAsk: () => void;
}

/** Whether the first module of an execution that went well ran and gave nothing. */
export function isEmpty(execution: Execution | undefined): boolean {
  if (!execution || !isOver(execution.status) || execution.status !== 'success') return false;
  const counts = countsOf(execution);
  return counts.length > 0 && counts.every((m) => m.out === 0) && counts.some((m) => m.operations > 0);
}

/**
 * Says why nothing went through a scenario whose trigger looks for what is new, and leads to where it starts: who runs a new scenario once
 * wants to see it work, with the records that there are.
 */
export function NothingNew({ scenario, execution, onAsk }: NothingNewProps) {
  const { t } = useText();
  const empty = isEmpty(execution);
  const starts = useStarts(scenario, empty);
  if (!empty || !starts.data || starts.data.starts.length === 0) return null;
  return (
    <span className="nothing-new" role="status">
      {t('runs.nothing-new')}{' '}
      <button type="button" className="link" onClick={onAsk}>
        {t('runs.nothing-new.ask')}
      </button>
    </span>
  );
}
