import { useQuery } from '@tanstack/react-query';
import { api } from '../api/client';
import type { Page, Webhook } from '../api/types';
import { useMay } from '../app/session';

const most = 200;

/** The webhooks that start a scenario; they do so whatever its blueprint names. Number 0 is a scenario that is not saved yet. */
export function useWebhooksOf(team: number, scenario: number, enabled = true) {
  const may = useMay();
  const list = useQuery({
    queryKey: ['webhooks', 'form', team],
    queryFn: () => api.get<Page<Webhook>>('/webhooks', { team, limit: most }),
    enabled: enabled && scenario !== 0 && may('webhook.view'),
  });
  const items = (list.data?.items ?? []).filter((w) => w.scenario === scenario && scenario !== 0);
  return { list, items };
}
