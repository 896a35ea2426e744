import { isOver } from '../api/follow';
import type { Execution, ModuleProgress, Progress } from '../api/types';
import type { Bubble, Passed } from '../canvas/FlowCanvas';

/** The counts by module of an execution that is over. */
export function countsOf(execution: Execution | undefined): ModuleProgress[] {
  return execution?.modules ?? [];
}

/** What stands at each module: its counts, and whether it is at work. */
export function bubblesOf(execution: Execution | undefined, progress: Progress | undefined): Record<number, Bubble> {
  const over = execution !== undefined && isOver(execution.status);
  const counts = over ? countsOf(execution) : (progress?.modules ?? []);
  const bubbles: Record<number, Bubble> = {};
  for (const { module, operations, errors, ...m } of counts) {
    const running = !over && m.in > operations; // a bundle is in it, or an aggregator collects
    if (operations > 0 || errors > 0 || running) bubbles[module] = { operations, errors, running };
  }
  return bubbles;
}

/** What the filters before modules did, by module: how much they let through, and what they held back. */
export function passedOf(execution: Execution | undefined, progress: Progress | undefined): Record<number, Passed> {
  const over = execution !== undefined && isOver(execution.status);
  const counts = over ? countsOf(execution) : (progress?.modules ?? []);
  return Object.fromEntries(counts.map(({ module, in: passed, filtered }) => [module, { passed, filtered }]));
}
