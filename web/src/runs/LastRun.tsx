import { useQuery } from '@tanstack/react-query';
import { api } from '../api/client';
import type { Execution, Page } from '../api/types';
import { Moment } from '../parts/basics';
import { Status } from '../parts/status';
import { useText } from '../text/text';

/** The newest execution of a scenario, also one that began by itself; a click shows it on the canvas. */
export function LastRun({ scenario, onShow }: { scenario: number; onShow: (execution: number) => void }) {
  const { t } = useText();
  const { data } = useQuery({
    queryKey: ['executions', 'newest', scenario],
    queryFn: () => api.get<Page<Execution>>('/executions', { scenario, limit: 1 }),
    enabled: scenario !== 0,
  });
  const newest = data?.items[0];
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
