import { CircleAlert, CircleCheck, TriangleAlert } from 'lucide-react';
import { findPath } from '../blueprint/tree';
import { withoutModule } from '../form/formContext';
import { useText } from '../text/text';
import { useBuilder } from './builder';
import { Panel } from './Panel';
import { useGoTo } from './useGoTo';
import type { Finding, Problems } from './useProblems';

/** What the server finds wrong, each with the way to where it is mended. */
export function ProblemsPanel({ problems, onClose }: { problems: Problems; onClose: () => void }) {
  const { t } = useText();
  return (
    <Panel title={t('builder.problems.title')} onClose={onClose}>
      {problems.list.length === 0 ? (
        <p className="row">
          <CircleCheck aria-hidden className="good" /> {t('builder.problems.none')}
        </p>
      ) : (
        <ul className="problem-rows">
          {problems.list.map((p, i) => (
            <Row key={i} finding={p} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Row({ finding }: { finding: Finding }) {
  const { blueprint, labels } = useBuilder();
  const { t } = useText();
  const goTo = useGoTo();
  const found = findPath(blueprint, finding.path);
  const Icon = finding.warning ? TriangleAlert : CircleAlert;
  return (
    <li>
      <button
        type="button"
        className={`problem-row ${finding.warning ? 'warn' : 'bad'}`}
        disabled={!found}
        onClick={() => goTo(finding.path)}
      >
        <Icon aria-hidden />
        <span>
          <span className="label">{found ? labels.full(found.spot.node) : t('builder.problems.scenario')}</span>
          <span className="problem-text">{found ? withoutModule(finding.problem) : finding.problem}</span>
          {finding.hint && <span className="hint">{finding.hint}</span>}
        </span>
      </button>
    </li>
  );
}
