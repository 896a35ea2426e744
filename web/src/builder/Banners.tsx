import type { Scenario } from '../api/types';
import { Button } from '../parts/basics';
import { useText } from '../text/text';
import type { Edited } from './useEdited';
import type { Saving } from './useSaving';

interface BannersProps {
  edited: Edited;
  scenario: Scenario | undefined;
  saving: Saving;
}

/** What somebody should know before going on: a draft that was not saved, a newer version, why the scenario cannot run. */
export function Banners({ edited, scenario, saving }: BannersProps) {
  const { t, moment } = useText();
  const { kept } = edited;
  const newer = scenario !== undefined && scenario.version > edited.base.version && !kept;
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
      {newer && (
        <div className="note warn row spread">
          <span>{t('builder.newer', { n: String(scenario.version) })}</span>
          <Button onClick={() => void saving.compare()}>{t('builder.newer.look')}</Button>
        </div>
      )}
      {scenario?.invalid && !edited.dirty && (
        <div className="problem">
          <span>{t('builder.invalid', { why: scenario.invalid })}</span>
        </div>
      )}
    </div>
  );
}
