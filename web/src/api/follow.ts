import { useEffect, useState } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { address } from './client';
import type { Execution, Operation, Progress } from './types';

const live = ['queued', 'running'];

/** Reports whether an execution is over. */
export function isOver(status: string): boolean {
  return !live.includes(status);
}

export interface Followed {
  progress?: Progress;
  execution?: Execution;
  /** Operations that have ended, by module number. */
  counts: Record<number, number>;
}

function read<T>(e: MessageEvent): T {
  return JSON.parse(e.data as string) as T;
}

/** Follows an execution while it runs; 0 follows nothing. */
export function useFollowed(id: number): Followed {
  const [state, setState] = useState<Followed & { id: number }>({ id, counts: {} });
  const client = useQueryClient();
  useEffect(() => {
    if (id === 0) return;
    setState({ id, counts: {} });
    const source = new EventSource(address(`/executions/${id}/events`));
    source.addEventListener('progress', (e) => setState((s) => ({ ...s, progress: read<Progress>(e) })));
    source.addEventListener('operation', (e) => {
      const { module } = read<Operation>(e);
      setState((s) => ({ ...s, counts: { ...s.counts, [module]: (s.counts[module] ?? 0) + 1 } }));
    });
    source.addEventListener('execution', (e) => {
      const execution = read<Execution>(e);
      setState((s) => ({ ...s, execution }));
      if (!isOver(execution.status)) return;
      source.close(); // else the browser would ask again
      void client.invalidateQueries();
    });
    return () => source.close();
  }, [id, client]);
  return state.id === id ? state : { counts: {} };
}

const calmMS = 1000;

/** Has lists read anew when an execution of a team begins or ends, once a second at most. */
export function useTeamFeed(team: number) {
  const client = useQueryClient();
  useEffect(() => {
    if (team === 0) return;
    let waiting: number | undefined;
    const source = new EventSource(address('/events', { team }));
    source.addEventListener('execution', () => {
      waiting ??= window.setTimeout(() => {
        waiting = undefined;
        for (const key of ['scenarios', 'executions', 'execution', 'incompletes'])
          void client.invalidateQueries({ queryKey: [key] });
      }, calmMS);
    });
    return () => {
      source.close();
      window.clearTimeout(waiting);
    };
  }, [team, client]);
}
