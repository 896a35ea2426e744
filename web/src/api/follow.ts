import { useEffect } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { address } from './client';
import type { Execution } from './types';

const live = ['queued', 'running'];

/** Reports whether an execution is over. */
export function isOver(status: string): boolean {
  return !live.includes(status);
}

const calmMS = 1000;

/** The event of the window that tells of an execution of the team that began or ended; its detail is the Execution. */
export const executionEvent = 'ropeway:execution';

/** Has lists read anew when an execution of a team begins or ends, once a second at most. */
export function useTeamFeed(team: number) {
  const client = useQueryClient();
  useEffect(() => {
    if (team === 0) return;
    let waiting: number | undefined;
    const source = new EventSource(address('/events', { team }));
    source.addEventListener('execution', (e: MessageEvent<string>) => {
      window.dispatchEvent(new CustomEvent(executionEvent, { detail: JSON.parse(e.data) as Execution }));
      waiting ??= window.setTimeout(() => {
        waiting = undefined;
        for (const key of ['scenarios', 'executions', 'execution', 'incompletes', 'notices'])
          void client.invalidateQueries({ queryKey: [key] });
      }, calmMS);
    });
    return () => {
      source.close();
      window.clearTimeout(waiting);
    };
  }, [team, client]);
}
