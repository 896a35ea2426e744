import { CircleAlert, CircleCheck, TriangleAlert } from 'lucide-react';
import type { FaultProblem } from '../api/types';
import { inWords } from '../parts/finding';
import { useText } from '../text/text';

const shown = 8;

function Finding({ problem: p }: { problem: FaultProblem }) {
  return (
    <li className={p.warning ? 'check-finding warn' : 'check-finding bad'}>
      {p.warning ? <TriangleAlert aria-hidden /> : <CircleAlert aria-hidden />}
      <div>
        <p>
          {p.problem} <code className="soft">{p.path}</code>
        </p>
        {p.hint && <p className="hint">{p.hint}</p>}
      </div>
    </li>
  );
}

/** Says what a check has found: what is wrong first, then what is worth a look. */
export function Findings({ problems }: { problems: FaultProblem[] }) {
  const speaker = useText();
  const { t } = speaker;
  const wrong = problems.filter((p) => !p.warning);
  const sorted = [...wrong, ...problems.filter((p) => p.warning)].map((p) =>
    inWords(p, speaker, (module) => t('scenarios.check.module', { id: String(module) })),
  );
  if (sorted.length === 0)
    return (
      <p className="check-finding good" role="status">
        <CircleCheck aria-hidden /> {t('scenarios.check.none')}
      </p>
    );
  return (
    <section className="stack close-stack" aria-label={t('scenarios.check.title')}>
      <p role="status">
        {wrong.length > 0
          ? t('scenarios.check.wrong', { n: wrong.length })
          : t('scenarios.check.warnings', { n: sorted.length })}
      </p>
      <ul className="bare">
        {sorted.slice(0, shown).map((p, i) => (
          <Finding key={i} problem={p} />
        ))}
      </ul>
      {sorted.length > shown && (
        <details>
          <summary>{t('scenarios.check.more', { n: sorted.length - shown })}</summary>
          <ul className="bare unfolded">
            {sorted.slice(shown).map((p, i) => (
              <Finding key={i} problem={p} />
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}
