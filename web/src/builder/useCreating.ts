import { useCallback, useRef, useState } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { api } from '../api/client';
import { navigate } from '../app/router';
import type { NewAddress, Scenario } from '../api/types';
import { keepAddress } from '../parts/address';
import { handOver, type Handover } from './handover';
import type { Schedule } from './schedule';
import { keepScenario, versionQuery } from './stored';
import type { Edited } from './useEdited';

interface Created {
  scenario: Scenario;
  /** The webhook that was made for it, with its address. */
  webhook?: NewAddress;
}

export interface Creating {
  busy: boolean;
  error: unknown;
  create: (run: boolean) => Promise<boolean>;
  /** The webhook of a scenario that was made, whose address is to be shown before going on. */
  made: NewAddress | undefined;
  goOn: () => void;
}

/** Saves a scenario for the first time, and goes on at its own address. */
export function useCreating(
  team: number,
  edited: Edited,
  schedule: Schedule | undefined,
  at: Pick<Handover, 'selection' | 'tried'>,
): Creating {
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const [shown, setShown] = useState<{ id: number; made: NewAddress }>();
  const { selection, tried } = at;
  const isMade = useRef(false);
  const { blueprint, history, handOn } = edited;
  const create = useCallback(
    async (run: boolean) => {
      if (isMade.current) return false; // pressed twice, it is made once
      isMade.current = true;
      setBusy(true);
      setError(undefined);
      try {
        const { scenario, webhook } = await api.post<Created>('/scenarios', {
          team,
          blueprint,
          schedule,
          unfinished: true,
        });
        handOn();
        await keepScenario(client, scenario);
        client.setQueryData(versionQuery(scenario.id, scenario.version).queryKey, { blueprint });
        void client.invalidateQueries({ queryKey: ['scenarios'] });
        const base = { blueprint, version: scenario.version, revision: scenario.revision };
        handOver({ id: scenario.id, base, history, selection, tried, run });
        if (webhook) {
          keepAddress(client, webhook);
          void client.invalidateQueries({ queryKey: ['webhooks'] });
          setShown({ id: scenario.id, made: webhook });
        } else navigate(`/scenarios/${scenario.id}`, { replace: true });
        return true;
      } catch (e) {
        isMade.current = false;
        setError(e);
        return false;
      } finally {
        setBusy(false);
      }
    },
    [team, blueprint, history, handOn, schedule, selection, tried, client],
  );
  return {
    busy,
    error,
    create,
    made: shown?.made,
    goOn: () => shown && navigate(`/scenarios/${shown.id}`, { replace: true }),
  };
}
