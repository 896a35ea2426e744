import type { Browser, Page } from '@playwright/test';

interface Entry {
  name: string;
  ph: string;
  ts: number;
  dur?: number;
  /** What of the duration the thread was given a processor for: what others do on the machine does not count. */
  tdur?: number;
  pid: number;
  tid: number;
  args?: { data?: { type?: string } };
}

/** What shows that the page's thread has drawn a frame. */
const drawing = new Set(['Commit', 'Layerize', 'Paint']);

interface Span {
  from: number;
  to: number;
}

function spanOf(e: Entry): Span {
  return { from: e.ts, to: e.ts + (e.dur ?? 0) };
}

/** The tasks of a thread, each once: the trace has one more than once, from each layer that ran it, one within the other. */
function outermost(tasks: Entry[]): Entry[] {
  let end = -Infinity;
  return [...tasks]
    .sort((a, b) => a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0))
    .filter((task) => {
      if (task.ts < end) return false;
      end = spanOf(task).to;
      return true;
    });
}

/** How long a task was on a processor within a time, in microseconds. */
function busyWithin(task: Entry, { from, to }: Span): number {
  const span = spanOf(task);
  const within = Math.max(0, Math.min(span.to, to) - Math.max(span.from, from));
  const whole = span.to - span.from;
  return whole === 0 ? 0 : (within / whole) * (task.tdur ?? whole);
}

export interface Typed {
  /** For each key, how long the page's thread was on a processor until the frame was drawn that shows it, in milliseconds. */
  keys: number[];
  /** The longest task after the last key, when what was typed reaches the scenario, in milliseconds. */
  restMS: number;
}

/** Types a text with a pause between the keys that is too short for the field to take it for a rest, and then rests. */
export async function typed(
  browser: Browser,
  page: Page,
  text: string,
  pauseMS: number,
  restMS: number,
): Promise<Typed> {
  await browser.startTracing(page, {
    categories: ['toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline'],
  });
  await page.keyboard.type(text, { delay: pauseMS });
  await page.waitForTimeout(restMS);
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: Entry[] };
  const keys = traceEvents.filter((e) => e.name === 'EventDispatch' && e.args?.data?.type === 'keydown');
  const [first] = keys;
  if (!first) throw new Error('no key came to the page');
  const own = traceEvents.filter((e) => e.tid === first.tid && e.pid === first.pid && e.ph === 'X');
  const running = outermost(own.filter((e) => e.name.endsWith('RunTask')));
  const tasks = running.map(spanOf);
  const frames = own.filter((e) => drawing.has(e.name)).map(spanOf);
  const shown = (key: Entry, next: number): number => {
    const frame = frames.find((f) => f.from > key.ts);
    const task = frame && tasks.find((t) => t.from <= frame.from && t.to >= frame.to);
    return Math.min(task?.to ?? Infinity, next);
  };
  const busy = keys.map((key, i) => {
    const wait = { from: key.ts, to: shown(key, keys[i + 1]?.ts ?? Infinity) };
    return running.reduce((sum, t) => sum + busyWithin(t, wait), 0) / 1000;
  });
  const last = keys.at(-1)?.ts ?? 0;
  const after = running.filter((t) => t.ts > last).map((t) => t.tdur ?? t.dur ?? 0);
  return { keys: busy, restMS: Math.max(0, ...after) / 1000 };
}

/** Lets something move in the page and returns how long each frame took meanwhile, in milliseconds. */
export async function frames(page: Page, move: () => Promise<void>): Promise<number[]> {
  await page.evaluate(() => {
    const seen: number[] = [];
    Object.assign(window, { seen });
    let before = performance.now();
    const next = (now: number) => {
      seen.push(now - before);
      before = now;
      if ('seen' in window) requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  });
  await move();
  return page.evaluate(() => {
    const { seen } = window as unknown as { seen: number[] };
    Reflect.deleteProperty(window, 'seen');
    return seen.slice(1);
  });
}

function at(sorted: number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

export interface Times {
  middle: number;
  p95: number;
  most: number;
}

export function times(all: number[]): Times {
  const sorted = [...all].sort((a, b) => a - b);
  return { middle: at(sorted, 0.5), p95: at(sorted, 0.95), most: at(sorted, 1) };
}

/** Prints a measurement, beside that of a small case in the same run where there is one. */
export function tell(what: string, large: Times, small?: Times) {
  const words = (t: Times) =>
    `${t.middle.toFixed(1)} ms in the middle, p95 ${t.p95.toFixed(1)}, at most ${t.most.toFixed(1)}`;
  const ratio = small ? `; ${(large.middle / small.middle).toFixed(2)} of the small case (${words(small)})` : '';
  console.log(`${what}: ${words(large)}${ratio}`);
}
