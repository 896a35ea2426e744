import { useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../api/client';
import type { Page, Webhook } from '../api/types';
import { Confirm } from '../parts/confirm';
import { useText } from '../text/text';
import type { Listed } from './shelf';

/** Asks before a scenario is deleted, and says what goes with it. */
export function DeleteScenario({ scenario: s, onClose }: { scenario: Listed; onClose: () => void }) {
  const { t } = useText();
  const client = useQueryClient();
  const webhooks = useQuery({
    queryKey: ['webhooks', 'all', s.team],
    queryFn: () => api.get<Page<Webhook>>('/webhooks', { team: s.team, limit: 500 }),
  });
  const mine = webhooks.data?.items.filter((w) => w.scenario === s.id && !w.gone) ?? [];
  const remove = async () => {
    if (s.active) await api.post(`/scenarios/${s.id}/stop`);
    await api.delete(`/scenarios/${s.id}`);
    await client.invalidateQueries({ queryKey: ['scenarios'] });
  };
  return (
    <Confirm
      title={t('scenarios.delete', { name: s.name })}
      act={remove}
      confirm={t('scenarios.delete.do')}
      onClose={onClose}
    >
      <p>{t('scenarios.delete.lead')}</p>
      <ul>
        <li>{t('scenarios.delete.versions', { n: s.version })}</li>
        {mine.map((w) => (
          <li key={w.id}>
            {t('scenarios.delete.webhook', { name: w.name })}
            {w.queued > 0 && ` ${t('scenarios.delete.queued', { n: w.queued })}`}
          </li>
        ))}
        {s.incomplete > 0 && <li>{t('scenarios.delete.incomplete', { n: s.incomplete })}</li>}
      </ul>
      {s.active && <p className="note warn">{t('scenarios.delete.active')}</p>}
      <p className="soft">{t('scenarios.delete.export')}</p>
    </Confirm>
  );
}
