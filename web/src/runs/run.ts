import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { api, CallError } from '../api/client';
import { isOver } from '../api/follow';
import type { Execution, Started } from '../api/types';
import type { Bubble, Passed } from '../canvas/FlowCanvas';
import { bubblesOf, passedOf } from './bubbles';
import { useLive } from './stream';
import { useAwaited } from './waiting';

export interface Run {
  /** Number of the execution that was started last, 0 for none. */
  execution: number;
  /** Its state; undefined before anything is known. */
  state?: Execution;
  running: boolean;
  bubbles: Record<number, Bubble>;
  passed: Record<number, Passed>;
  error: unknown;
  start: (options?: Options) => void;
  stop: () => void;
  /** Forgets the execution, so that its bubbles go. */
  clear: () => void;
  /** Shows an execution that was started elsewhere. */
  follow: (execution: number) => void;
  /** It was asked to stop, and has not yet. */
  stopping: boolean;
  /** The server is not reached at the moment. */
  lost: boolean;
  /** It starts with what a webhook is sent, and nothing has come yet. */
  waiting: boolean;
}

type Options = Record<string, unknown>;

/** Whether a run was refused since nothing waits in the queue of the webhook that starts the scenario. */
function lacksPayload(error: unknown): boolean {
  return error instanceof CallError && error.problem?.words?.code === 'starts-webhook';
}

/** Runs a scenario once and follows what it does. */
export function useRun(scenario: number): Run {
  const client = useQueryClient();
  const [execution, setExecution] = useState(0);
  const live = useLive(execution);
  const [awaits, setAwaits] = useState<Options>();
  const start = useMutation({
    mutationFn: (options: Options) => api.post<Started>(`/scenarios/${scenario}/run`, options),
    onMutate: () => stop.reset(),
    onSuccess: (started) => {
      setAwaits(undefined);
      setExecution(started.execution);
      void client.invalidateQueries({ queryKey: ['executions'] });
    },
  });
  // What fails here is not told any more once something else has begun, as where an active scenario was faster.
  const begin = (options: Options) =>
    start.mutate(options, {
      onError: (error) => {
        const waits = lacksPayload(error);
        if (waits) setExecution(0);
        setAwaits(waits ? options : undefined);
      },
    });
  useAwaited(scenario, awaits !== undefined, {
    onPayload: () => {
      if (awaits && !start.isPending) begin(awaits);
    },
    onBegun: (begun) => {
      setAwaits(undefined);
      start.reset();
      setExecution(begun);
    },
  });
  const stop = useMutation({ mutationFn: () => api.post(`/executions/${execution}/cancel`) });
  // The same while nothing happens: with it every link is drawn anew.
  const passed = useMemo(() => passedOf(live.execution, live.progress), [live.execution, live.progress]);
  const waiting = awaits !== undefined;
  const running = start.isPending || waiting || (execution !== 0 && !(live.execution && isOver(live.execution.status)));
  return {
    execution,
    state: live.execution,
    running,
    bubbles: execution === 0 ? {} : bubblesOf(live.execution, live.progress),
    passed,
    error: waiting ? stop.error : (start.error ?? stop.error),
    start: (options = {}) => begin(options),
    stop: () => {
      if (!waiting) return stop.mutate();
      setAwaits(undefined);
      start.reset();
    },
    clear: () => {
      setExecution(0);
      setAwaits(undefined);
      start.reset();
      stop.reset();
    },
    follow: setExecution,
    stopping: running && (stop.isPending || stop.isSuccess),
    lost: live.lost,
    waiting,
  };
}
