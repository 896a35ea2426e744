import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../api/client';
import { isOver, useFollowed } from '../api/follow';
import type { Execution, Started } from '../api/types';
import type { Bubble } from '../canvas/FlowCanvas';

export interface Run {
  /** Number of the execution that was started last, 0 for none. */
  execution: number;
  /** Its state; undefined before anything is known. */
  state?: Execution;
  running: boolean;
  bubbles: Record<number, Bubble>;
  error: unknown;
  start: (options?: Record<string, unknown>) => void;
  stop: () => void;
  /** Forgets the execution, so that its bubbles go. */
  clear: () => void;
}

/** Runs a scenario once and follows what it does. */
export function useRun(scenario: number): Run {
  const client = useQueryClient();
  const [execution, setExecution] = useState(0);
  const followed = useFollowed(execution);
  const start = useMutation({
    mutationFn: (options: Record<string, unknown>) => api.post<Started>(`/scenarios/${scenario}/run`, options),
    onSuccess: (started) => {
      setExecution(started.execution);
      void client.invalidateQueries({ queryKey: ['executions'] });
    },
  });
  const stop = useMutation({ mutationFn: () => api.post(`/executions/${execution}/cancel`) });
  const bubbles: Record<number, Bubble> = {};
  for (const m of followed.progress?.modules ?? []) bubbles[m.module] = { operations: m.operations, errors: m.errors };
  return {
    execution,
    state: followed.execution,
    running: execution !== 0 && !(followed.execution && isOver(followed.execution.status)),
    bubbles,
    error: start.error ?? stop.error,
    start: (options = {}) => start.mutate(options),
    stop: () => stop.mutate(),
    clear: () => setExecution(0),
  };
}
