import { useEffect, useEffectEvent } from 'react';
import { useQuery } from '@tanstack/react-query';
import { api } from '../api/client';
import { executionEvent } from '../api/follow';
import { useSession } from '../app/session';
import type { Execution, Webhook } from '../api/types';
import { useWebhooksOf } from '../parts/webhooks';

const lookMS = 1000;

interface Heard {
  /** Something waits in the queue of a webhook of the scenario. */
  onPayload: () => void;
  /** The scenario is active, and what its webhook was sent has begun by itself. */
  onBegun: (execution: number) => void;
}

/** Waits for what the webhooks of a scenario are sent. */
export function useAwaited(scenario: number, isOn: boolean, { onPayload, onBegun }: Heard) {
  const { team } = useSession();
  const { items } = useWebhooksOf(team, scenario, isOn);
  const ids = items.map((w) => w.id);
  const { data } = useQuery({
    queryKey: ['awaited', scenario, ids],
    queryFn: async () => {
      const hooks = await Promise.all(ids.map((id) => api.get<Webhook>(`/webhooks/${id}`)));
      return { waits: hooks.some((w) => !w.paused && w.queued > 0), at: Date.now() };
    },
    enabled: isOn && ids.length > 0,
    refetchInterval: lookMS,
    gcTime: 0,
  });
  const payload = useEffectEvent(onPayload);
  const begun = useEffectEvent(onBegun);
  useEffect(() => {
    if (isOn && data?.waits) payload();
  }, [isOn, data]);
  useEffect(() => {
    if (!isOn) return;
    const hear = (e: Event) => {
      const { detail } = e as CustomEvent<Execution>;
      if (detail.scenario === scenario) begun(detail.id);
    };
    window.addEventListener(executionEvent, hear);
    return () => window.removeEventListener(executionEvent, hear);
  }, [isOn, scenario]);
}
