import { useCallback, useState } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { api } from '../api/client';
import { navigate } from '../app/router';
import type { Scenario } from '../api/types';
import { dropDraft } from './draft';
import { handOver } from './handover';
import type { Schedule } from './schedule';
import type { Edited } from './useEdited';

interface Created {
  scenario: Scenario;
  /** The webhook that was made for it. Its address is told this once. */
  webhook?: { path: string };
}

export interface Creating {
  busy: boolean;
  error: unknown;
  create: (run: boolean) => Promise<boolean>;
  /** The address of the webhook of a scenario that was made, which is to be shown before going on. */
  address: string | undefined;
  goOn: () => void;
}

/** Saves a scenario for the first time, and goes on at its own address. */
export function useCreating(
  user: number,
  team: number,
  edited: Edited,
  schedule: Schedule | undefined,
  selection: number[],
): Creating {
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const [shown, setShown] = useState<{ id: number; address: string }>();
  const { blueprint, history } = edited;
  const create = useCallback(
    async (run: boolean) => {
      setBusy(true);
      setError(undefined);
      try {
        const { scenario, webhook } = await api.post<Created>('/scenarios', {
          team,
          blueprint,
          schedule,
          unfinished: true,
        });
        dropDraft(user, 0);
        client.setQueryData(['scenario', scenario.id], scenario);
        client.setQueryData(['blueprint', scenario.id, scenario.version], { blueprint });
        void client.invalidateQueries({ queryKey: ['scenarios'] });
        const base = { blueprint, version: scenario.version, revision: scenario.revision };
        handOver({ id: scenario.id, base, history, selection, run });
        if (webhook) setShown({ id: scenario.id, address: location.origin + webhook.path });
        else navigate(`/scenarios/${scenario.id}`, { replace: true });
        return true;
      } catch (e) {
        setError(e);
        return false;
      } finally {
        setBusy(false);
      }
    },
    [user, team, blueprint, history, schedule, selection, client],
  );
  return {
    busy,
    error,
    create,
    address: shown?.address,
    goOn: () => shown && navigate(`/scenarios/${shown.id}`, { replace: true }),
  };
}
