import { CircleAlert } from 'lucide-react';
import { CallError } from '../api/client';
import { Button } from '../parts/basics';
import { ProblemBox } from '../parts/problem';
import { useText } from '../text/text';
import type { Tool } from './builder';

/** Tells why saving did not work, and where to go on. */
export function Unsaved({ error, onProblems }: { error: unknown; onProblems: (tool: Tool) => void }) {
  const { t } = useText();
  const problems = error instanceof CallError ? error.problem?.problems : undefined;
  const wrong = problems?.filter((p) => !p.warning).length ?? 0;
  if (wrong === 0) return <ProblemBox error={error} />;
  return (
    <div className="problem" role="alert">
      <CircleAlert aria-hidden />
      <div>
        <p>{t('builder.not-saved', { n: wrong })}</p>
        <p className="hint">{t('builder.not-saved.hint')}</p>
      </div>
      <Button onClick={() => onProblems('problems')}>{t('builder.not-saved.show')}</Button>
    </div>
  );
}
