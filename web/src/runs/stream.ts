import { useCallback, useEffect, useSyncExternalStore } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { address, api, CallError } from '../api/client';
import { isOver } from '../api/follow';
import type { Execution, Operation, Progress } from '../api/types';

/** What is known of an execution while it runs. */
export interface Live {
  progress?: Progress;
  execution?: Execution;
  /** Sequence of the newest operation in the journal, 0 before the first. */
  sequence: number;
  /** The server is not reached at the moment; what is shown may be old. */
  lost: boolean;
}

const nothing: Live = { sequence: 0, lost: false };
const firstWaitMS = 500;
const longestWaitMS = 8000;

const streams = new Map<number, Stream>();

/** The stream of one execution, which all that follow it share: browsers keep few connections to a server. */
class Stream {
  live = nothing;
  private readonly listeners = new Set<() => void>();
  private source: EventSource | undefined;
  private timer: number | undefined;
  private wait = firstWaitMS;

  constructor(private readonly id: number) {}

  join(listener: () => void): () => void {
    this.listeners.add(listener);
    if (this.listeners.size === 1) this.open();
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size > 0) return;
      this.close();
      streams.delete(this.id);
    };
  }

  private set(change: Partial<Live>) {
    this.live = { ...this.live, ...change };
    for (const listener of this.listeners) listener();
  }

  private open() {
    const source = new EventSource(
      address(`/executions/${this.id}/events`, { after: this.live.sequence || undefined }),
    );
    this.source = source;
    source.addEventListener('open', () => {
      this.wait = firstWaitMS;
      if (this.live.lost) this.set({ lost: false });
    });
    source.addEventListener('progress', (e: MessageEvent<string>) =>
      this.set({ progress: JSON.parse(e.data) as Progress }),
    );
    source.addEventListener('operation', (e: MessageEvent<string>) =>
      this.set({ sequence: Number(e.lastEventId) || (JSON.parse(e.data) as Operation).sequence }),
    );
    source.addEventListener('execution', (e: MessageEvent<string>) => this.tell(JSON.parse(e.data) as Execution));
    source.addEventListener('error', () => void this.lose());
  }

  private tell(execution: Execution) {
    if (isOver(execution.status)) this.close(); // else the browser would ask again
    this.set({ execution, lost: false });
  }

  private close() {
    window.clearTimeout(this.timer);
    this.source?.close();
    this.source = undefined;
  }

  /** Goes on where the stream broke off, later each time. What the server refuses is not asked for again. */
  private async lose() {
    this.close();
    this.set({ lost: true });
    try {
      this.tell(await api.get<Execution>(`/executions/${this.id}`));
      if (this.live.execution && isOver(this.live.execution.status)) return;
    } catch (error) {
      if (error instanceof CallError && error.status >= 400 && error.status < 500) return;
    }
    if (this.listeners.size === 0) return;
    this.timer = window.setTimeout(() => this.open(), this.wait);
    this.wait = Math.min(this.wait * 2, longestWaitMS);
  }
}

function streamOf(id: number): Stream {
  const known = streams.get(id);
  if (known) return known;
  const made = new Stream(id);
  streams.set(id, made);
  return made;
}

/** Follows an execution until it is over, also over an interrupted connection; 0 follows nothing. */
export function useLive(id: number): Live {
  const client = useQueryClient();
  const subscribe = useCallback(
    (listener: () => void) => {
      if (id === 0) return () => undefined;
      return streamOf(id).join(listener);
    },
    [id],
  );
  const live = useSyncExternalStore(subscribe, () => (id === 0 ? nothing : (streams.get(id)?.live ?? nothing)));
  const over = live.execution !== undefined && isOver(live.execution.status);
  useEffect(() => {
    if (!over) return;
    for (const key of ['executions', 'execution', 'operations', 'scenario', 'scenarios', 'incompletes'])
      void client.invalidateQueries({ queryKey: [key] });
  }, [over, client]);
  return live;
}
