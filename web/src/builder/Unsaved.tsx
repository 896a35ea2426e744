import { CircleAlert } from 'lucide-react';
import { CallError } from '../api/client';
import { Button } from '../parts/basics';
import { ProblemBox } from '../parts/problem';
import { useText } from '../text/text';
import type { Tool } from './builder';

/** How many things the server found wrong with a blueprint that it refused. */
export function wrongIn(error: unknown): number {
  const problems = error instanceof CallError ? error.problem?.problems : undefined;
  return problems?.filter((p) => !p.warning).length ?? 0;
}

interface UnsavedProps {
  error: unknown;
  onProblems: (tool: Tool) => void;
  /** Switches the scenario off and saves; what is unfinished can only be saved then. */
  onOff: () => void;
}

/** Tells why saving did not work, and where to go on. */
export function Unsaved({ error, onProblems, onOff }: UnsavedProps) {
  const { t } = useText();
  const wrong = wrongIn(error);
  if (wrong === 0) return <ProblemBox error={error} />;
  return (
    <div className="problem" role="alert">
      <CircleAlert aria-hidden />
      <div>
        <p>{t('builder.not-saved', { n: wrong })}</p>
        <p className="hint">{t('builder.not-saved.hint')}</p>
      </div>
      <div className="row">
        <Button onClick={() => onProblems('problems')}>{t('builder.not-saved.show')}</Button>
        <Button onClick={onOff}>{t('builder.not-saved.off')}</Button>
      </div>
    </div>
  );
}
