/** What was edited, with the way back and the way forth again. */
export interface History<T> {
  past: T[];
  now: T;
  future: T[];
  /** What the last step changed: steps of typing with the same mark become one. */
  mark?: string;
  /** When that was, in milliseconds. */
  at: number;
}

const steps = 200;
const togetherMS = 1500;

export function begin<T>(now: T): History<T> {
  return { past: [], now, future: [], at: 0 };
}

/** Notes a step. Steps with the same mark that follow one another closely are undone together. */
export function step<T>(h: History<T>, next: T, at: number, mark?: string): History<T> {
  if (next === h.now) return h;
  const together = mark !== undefined && mark === h.mark && at - h.at < togetherMS && h.past.length > 0;
  const past = together ? h.past : [...h.past.slice(-(steps - 1)), h.now];
  return { past, now: next, future: [], mark, at };
}

export function undo<T>(h: History<T>): History<T> {
  const last = h.past.at(-1);
  if (last === undefined) return h;
  return { past: h.past.slice(0, -1), now: last, future: [h.now, ...h.future], at: 0 };
}

export function redo<T>(h: History<T>): History<T> {
  const [next, ...future] = h.future;
  if (next === undefined) return h;
  return { past: [...h.past, h.now], now: next, future, at: 0 };
}
