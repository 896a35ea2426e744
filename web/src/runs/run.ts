import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { api } from '../api/client';
import { isOver } from '../api/follow';
import type { Execution, Started } from '../api/types';
import type { Bubble, Passed } from '../canvas/FlowCanvas';
import { bubblesOf, passedOf } from './bubbles';
import { useLive } from './stream';

export interface Run {
  /** Number of the execution that was started last, 0 for none. */
  execution: number;
  /** Its state; undefined before anything is known. */
  state?: Execution;
  running: boolean;
  bubbles: Record<number, Bubble>;
  passed: Record<number, Passed>;
  error: unknown;
  start: (options?: Record<string, unknown>) => void;
  stop: () => void;
  /** Forgets the execution, so that its bubbles go. */
  clear: () => void;
  /** Shows an execution that was started elsewhere. */
  follow: (execution: number) => void;
  /** It was asked to stop, and has not yet. */
  stopping: boolean;
  /** The server is not reached at the moment. */
  lost: boolean;
}

/** Runs a scenario once and follows what it does. */
export function useRun(scenario: number): Run {
  const client = useQueryClient();
  const [execution, setExecution] = useState(0);
  const live = useLive(execution);
  const start = useMutation({
    mutationFn: (options: Record<string, unknown>) => api.post<Started>(`/scenarios/${scenario}/run`, options),
    onMutate: () => stop.reset(),
    onSuccess: (started) => {
      setExecution(started.execution);
      void client.invalidateQueries({ queryKey: ['executions'] });
    },
  });
  const stop = useMutation({ mutationFn: () => api.post(`/executions/${execution}/cancel`) });
  // The same while nothing happens: with it every link is drawn anew.
  const passed = useMemo(() => passedOf(live.execution, live.progress), [live.execution, live.progress]);
  const running = start.isPending || (execution !== 0 && !(live.execution && isOver(live.execution.status)));
  return {
    execution,
    state: live.execution,
    running,
    bubbles: execution === 0 ? {} : bubblesOf(live.execution, live.progress),
    passed,
    error: start.error ?? stop.error,
    start: (options = {}) => start.mutate(options),
    stop: () => stop.mutate(),
    clear: () => {
      setExecution(0);
      start.reset();
      stop.reset();
    },
    follow: setExecution,
    stopping: running && (stop.isPending || stop.isSuccess),
    lost: live.lost,
  };
}
