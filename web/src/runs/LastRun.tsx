import { Moment } from '../parts/basics';
import { Status } from '../parts/status';
import { useText } from '../text/text';
import { useNewest } from './waiting';

/** The newest execution of a scenario, also one that began by itself; a click shows it on the canvas. */
export function LastRun({ scenario, onShow }: { scenario: number; onShow: (execution: number) => void }) {
  const { t } = useText();
  const newest = useNewest(scenario, true);
  if (!newest) return null;
  return (
    <button type="button" className="run-state" title={t('runs.last.show')} onClick={() => onShow(newest.id)}>
      <span className="soft">
        {t('runs.last')} <Moment at={newest.started ?? newest.accepted} />
      </span>
      <Status status={newest.status} />
    </button>
  );
}
