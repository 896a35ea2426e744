import type { Scenario } from '../api/types';
import { findPath } from '../blueprint/tree';
import { withoutModule } from '../form/formContext';
import { Button } from '../parts/basics';
import { useText } from '../text/text';
import { useBuilder, type Tool } from './builder';
import type { Edited } from './useEdited';
import { useGoTo } from './useGoTo';
import type { Problems } from './useProblems';
import type { Saving } from './useSaving';

interface BannersProps {
  edited: Edited;
  scenario: Scenario | undefined;
  saving: Saving;
  /** A newer version has to be looked at. */
  newer: boolean;
  problems: Problems;
  onProblems: (tool: Tool) => void;
}

/** Why the scenario cannot run: the first reason with the way to where it is mended, and the way to the others. */
function Invalid({ problems, onProblems }: Pick<BannersProps, 'problems' | 'onProblems'>) {
  const { blueprint, labels } = useBuilder();
  const { t } = useText();
  const goTo = useGoTo();
  const [first, ...others] = problems.list.filter((p) => !p.warning);
  const found = first && findPath(blueprint, first.path);
  return (
    <div className="problem">
      <p>
        {t('builder.invalid')}{' '}
        {found && (
          <>
            <button type="button" className="link" onClick={() => goTo(first.path)}>
              {labels.full(found.spot.node)}
            </button>
            {': '}
          </>
        )}
        {first && withoutModule(first.problem)}{' '}
        {others.length > 0 && (
          <button type="button" className="link" onClick={() => onProblems('problems')}>
            {t('builder.invalid.more', { n: others.length })}
          </button>
        )}
      </p>
    </div>
  );
}

/** What somebody should know before going on: a draft that was not saved, a newer version, why the scenario cannot run. */
export function Banners({ edited, scenario, saving, newer, problems, onProblems }: BannersProps) {
  const { t, moment } = useText();
  const { kept } = edited;
  return (
    <div className="banners" role="status">
      {kept && (
        <div className="note warn row spread">
          <span>{t('builder.draft', { at: moment(kept.at) })}</span>
          <span className="row">
            <Button look="primary" onClick={edited.takeKept}>
              {t('builder.draft.take')}
            </Button>
            <Button onClick={edited.dropKept}>{t('builder.draft.drop')}</Button>
          </span>
        </div>
      )}
      {newer && scenario && (
        <div className="note warn row spread">
          <span>{t('builder.newer', { n: String(scenario.version) })}</span>
          <Button onClick={() => void saving.compare()}>{t('builder.newer.look')}</Button>
        </div>
      )}
      {scenario?.invalid && !edited.dirty && <Invalid problems={problems} onProblems={onProblems} />}
    </div>
  );
}
