import { useCallback, useState } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { api, CallError } from '../api/client';
import type { Scenario, Version } from '../api/types';
import type { Blueprint } from '../blueprint/types';
import type { Edited } from './useEdited';

/** What somebody else has saved in between. */
export interface Conflict {
  scenario: Scenario;
  version: Version;
  theirs: Blueprint;
}

export interface Saving {
  busy: boolean;
  error: unknown;
  conflict: Conflict | undefined;
  /** Saves what is edited; tells whether it is saved. */
  save: () => Promise<boolean>;
  /** Switches the scenario off and saves: one that runs cannot be left unfinished. */
  saveOff: () => Promise<boolean>;
  keepMine: () => Promise<boolean>;
  takeTheirs: () => void;
  closeConflict: () => void;
  /** Looks whether somebody else has saved, and shows it. */
  compare: () => Promise<void>;
}

function isConflict(error: unknown): boolean {
  return error instanceof CallError && error.status === 412;
}

async function read(id: number): Promise<Conflict> {
  const scenario = await api.get<Scenario>(`/scenarios/${id}`);
  const version = await api.get<Version>(`/scenarios/${id}/versions/${scenario.version}`);
  return { scenario, version, theirs: version.blueprint as Blueprint };
}

/** Saves new versions of a scenario that exists, never over what somebody else has saved unseen. */
export function useSaving(id: number, edited: Edited): Saving {
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const [conflict, setConflict] = useState<Conflict>();
  const { blueprint, base, rebase } = edited;

  const post = useCallback(
    async (revision: number) => {
      const saved = await api.post<Scenario>(`/scenarios/${id}/versions`, { blueprint, unfinished: true }, revision);
      client.setQueryData(['scenario', id], saved);
      client.setQueryData(['blueprint', id, saved.version], { blueprint });
      rebase({ blueprint, version: saved.version, revision: saved.revision });
      for (const key of ['scenarios', 'versions']) void client.invalidateQueries({ queryKey: [key] });
    },
    [id, blueprint, client, rebase],
  );
  /** A revision also counts what is no version: an activation, a schedule. Then the same is sent once more. */
  const postOver = useCallback(async () => {
    try {
      const known = client.getQueryData<Scenario>(['scenario', id]);
      await post(known?.version === base.version ? known.revision : base.revision);
      return true;
    } catch (e) {
      if (!isConflict(e)) throw e;
      const found = await read(id);
      if (found.scenario.version === base.version) {
        await post(found.scenario.revision);
        return true;
      }
      setConflict(found);
      return false;
    }
  }, [id, base, client, post]);
  const doing = useCallback(async (what: () => Promise<boolean>) => {
    setBusy(true);
    setError(undefined);
    try {
      return await what();
    } catch (e) {
      setError(e);
      return false;
    } finally {
      setBusy(false);
    }
  }, []);
  return {
    busy,
    error,
    conflict,
    save: useCallback(() => doing(postOver), [doing, postOver]),
    saveOff: () =>
      doing(async () => {
        client.setQueryData(['scenario', id], await api.post<Scenario>(`/scenarios/${id}/stop`));
        return postOver();
      }),
    keepMine: () =>
      doing(async () => {
        if (conflict) await post(conflict.scenario.revision);
        setConflict(undefined);
        return true;
      }),
    takeTheirs: () => {
      if (!conflict) return;
      const { scenario, theirs } = conflict;
      client.setQueryData(['scenario', id], scenario);
      rebase({ blueprint: theirs, version: scenario.version, revision: scenario.revision }, theirs);
      setConflict(undefined);
    },
    closeConflict: () => setConflict(undefined),
    compare: async () => setConflict(await read(id)),
  };
}
