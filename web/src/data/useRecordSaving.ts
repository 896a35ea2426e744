import { useState } from 'react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, CallError } from '../api/client';
import type { StoreRecord } from '../api/types';

type Data = Record<string, unknown>;

/** A change that met one of somebody else. */
export interface Conflict {
  mine: Data;
  /** What is stored now; undefined where it was deleted. */
  theirs: StoreRecord | undefined;
}

const statusOf = (error: unknown) => (error instanceof CallError ? error.status : undefined);

/**
 * Saves a record, and never over what somebody else has saved unseen: a change names the revision that was opened, and a new record refuses
 * a key that there is.
 */
export function useRecordSaving(store: number, opened: StoreRecord | undefined, onSaved: (r: StoreRecord) => void) {
  const client = useQueryClient();
  const path = `/datastores/${store}/record`;
  const [base, setBase] = useState(opened);
  const [conflict, setConflict] = useState<Conflict>();
  const again = () => client.invalidateQueries({ queryKey: ['datastores'] });

  /** Reads what is there now. */
  const look = async (key: string): Promise<StoreRecord | undefined> => {
    try {
      return await api.get<StoreRecord>(path, { key });
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  };
  const put = async (key: string, data: Data, over: StoreRecord | undefined) => {
    const body = { key, data };
    if (!over) return api.post<StoreRecord>(path, body);
    try {
      return await api.put<StoreRecord>(path, body, over.revision);
    } catch (error) {
      if (statusOf(error) !== 412) throw error;
      setConflict({ mine: data, theirs: await look(key) });
      return undefined;
    }
  };
  const save = useMutation({
    mutationFn: ({ key, data, over }: { key: string; data: Data; over: StoreRecord | undefined }) =>
      put(key, data, over),
    onSuccess: async (saved) => {
      if (!saved) return;
      setConflict(undefined);
      setBase(saved);
      client.setQueryData(['datastores', store, 'record', saved.key], saved);
      await again();
      onSaved(saved);
    },
  });
  const remove = async () => {
    if (!base) return;
    await api.delete(path, { key: base.key }, base.revision);
    client.removeQueries({ queryKey: ['datastores', store, 'record', base.key] });
    await again();
  };
  /** Goes on with what somebody else has saved. */
  const takeTheirs = () => {
    if (conflict?.theirs) setBase(conflict.theirs);
    setConflict(undefined);
    save.reset();
    void again();
    return conflict?.theirs;
  };
  return {
    base,
    conflict,
    busy: save.isPending,
    error: save.error,
    /** The key of a new record is taken. */
    taken: !base && statusOf(save.error) === 409,
    save: (key: string, data: Data) => save.mutate({ key, data, over: base }),
    keepMine: () => conflict && base && save.mutate({ key: base.key, data: conflict.mine, over: conflict.theirs }),
    saveBoth: (data: Data) => base && save.mutate({ key: base.key, data, over: conflict?.theirs }),
    takeTheirs,
    remove,
  };
}
