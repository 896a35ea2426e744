import { useCallback, useEffect, useRef, useState } from 'react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, CallError } from '../api/client';
import type { Scenario, Version } from '../api/types';
import { same } from '../blueprint/compare';
import type { Blueprint } from '../blueprint/types';
import { keepScenario, losesNothing, revisionOf, savingKey, versionQuery } from './stored';
import type { Base, Edited } from './useEdited';

/** What was saved in between, by somebody else or elsewhere. */
export interface Conflict {
  scenario: Scenario;
  version: Version;
  theirs: Blueprint;
  /** The version on which both began. */
  begun: Blueprint;
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
  /** Looks at what was saved in between, and shows it. */
  compare: () => Promise<void>;
}

/** What is done when saving: over a newer version only when somebody has seen it. */
type How = { over?: Conflict; off?: boolean };

function isConflict(error: unknown): boolean {
  return error instanceof CallError && error.status === 412;
}

function baseOf({ scenario, theirs }: Conflict): Base {
  return { blueprint: theirs, version: scenario.version, revision: scenario.revision };
}

/** Saves new versions of a scenario that exists, never over what somebody else has saved unseen. */
export function useSaving(id: number, edited: Edited): Saving {
  const client = useQueryClient();
  const [conflict, setConflict] = useState<Conflict>();
  const latest = useRef(edited);
  // What was saved and is not yet the base of what is edited, as that changes only when the page is drawn.
  const saved = useRef<Base>(undefined);
  useEffect(() => {
    latest.current = edited;
    if (saved.current && edited.base.version >= saved.current.version) saved.current = undefined;
  }, [edited]);

  const read = async (begun: Base): Promise<Conflict> => {
    const scenario = await api.get<Scenario>(`/scenarios/${id}`);
    const version = await api.get<Version>(`/scenarios/${id}/versions/${scenario.version}`);
    const before = await client.query(versionQuery(id, begun.version));
    return { scenario, version, theirs: version.blueprint as Blueprint, begun: before.blueprint as Blueprint };
  };
  const post = async (blueprint: Blueprint, revision: number) => {
    const made = await api.post<Scenario>(`/scenarios/${id}/versions`, { blueprint, unfinished: true }, revision);
    client.setQueryData(versionQuery(id, made.version).queryKey, { blueprint });
    saved.current = { blueprint, version: made.version, revision: made.revision };
    latest.current.rebase(saved.current);
    await keepScenario(client, made);
    for (const key of ['scenarios', 'versions']) void client.invalidateQueries({ queryKey: [key] });
  };
  const take = async (found: Conflict) => {
    latest.current.rebase(baseOf(found), found.theirs);
    await keepScenario(client, found.scenario);
  };
  /** A revision also counts what is no version: an activation, a schedule. Then the same is sent once more. */
  const saveOver = async ({ over, off }: How): Promise<boolean> => {
    if (off) await keepScenario(client, await api.post<Scenario>(`/scenarios/${id}/stop`));
    const { blueprint } = latest.current;
    const base = saved.current ?? latest.current.base;
    if (over) {
      await post(blueprint, over.scenario.revision);
      return true;
    }
    if (same(blueprint, base.blueprint)) return true; // saved a moment ago
    try {
      await post(blueprint, revisionOf(client, id, base));
      return true;
    } catch (e) {
      if (!isConflict(e)) throw e;
    }
    const found = await read(base);
    if (found.scenario.version === base.version) await post(blueprint, found.scenario.revision);
    else if (losesNothing(found.begun, blueprint, found.theirs)) await take(found);
    else {
      setConflict(found);
      return false;
    }
    return true;
  };
  const { mutateAsync, isPending, error } = useMutation({
    mutationKey: savingKey(id),
    mutationFn: saveOver,
    scope: { id: savingKey(id).join(' ') }, // one after the other: each begins from what the one before has saved
    networkMode: 'always',
  });
  const save = useCallback((how: How) => mutateAsync(how).catch(() => false), [mutateAsync]);
  return {
    busy: isPending,
    error,
    conflict,
    save: useCallback(() => save({}), [save]),
    saveOff: () => save({ off: true }),
    keepMine: async () => {
      if (!conflict || !(await save({ over: conflict }))) return false;
      setConflict(undefined);
      return true;
    },
    takeTheirs: () => {
      if (!conflict) return;
      void take(conflict);
      setConflict(undefined);
    },
    closeConflict: () => setConflict(undefined),
    compare: async () => setConflict(await read(edited.base)),
  };
}
