import type { Browser, Page } from '@playwright/test';

interface Entry {
  name: string;
  ph: string;
  ts: number;
  dur?: number;
  tid: number;
  args?: { data?: { type?: string } };
}

/** Types a text, and returns for each key how long the page's thread was busy until the next one, in milliseconds. */
export async function busyPerKey(browser: Browser, page: Page, text: string, pauseMS: number): Promise<number[]> {
  await browser.startTracing(page, {
    categories: ['toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline'],
  });
  await page.keyboard.type(text, { delay: pauseMS });
  await page.waitForTimeout(pauseMS);
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: Entry[] };
  const keys = traceEvents.filter((e) => e.name === 'EventDispatch' && e.args?.data?.type === 'keydown');
  const thread = keys[0]?.tid;
  const tasks = traceEvents.filter((e) => e.tid === thread && e.ph === 'X' && e.name.endsWith('RunTask'));
  return keys.map((key, i) => {
    const end = keys[i + 1]?.ts ?? Infinity;
    const own = tasks.filter((t) => t.ts + (t.dur ?? 0) > key.ts && t.ts < end);
    return own.reduce((sum, t) => sum + (t.dur ?? 0), 0) / 1000;
  });
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
