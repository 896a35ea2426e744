import axe from 'axe-core';
import { test as base, expect, type APIResponse, type Page } from '@playwright/test';
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { Server } from './server';

export { expect };
export type { Page };

export const owner = { name: 'Olga Owner', email: 'olga@example.com', password: 'a long enough password' };

/** Pictures go beside the results, and into the documents where that is asked for: they differ a little each time. */
const wantsPictures = !process.env.CI || Boolean(process.env.IMAGES); // nobody looks at those of a server
const images = resolve(import.meta.dirname, process.env.IMAGES ? '../../../docs/images' : '../../test-pictures');

interface Fixtures {
  /** A server that nobody has used yet. */
  server: Server;
  /** Calls the API as the user who is signed in at the page. */
  call: <T>(method: string, path: string, body?: unknown) => Promise<T>;
  /** A page at which the first user is signed in. */
  signedIn: Page;
}

async function read<T>(answer: APIResponse): Promise<T> {
  const text = await answer.text();
  if (!answer.ok()) throw new Error(`${answer.url()}: ${answer.status()} ${text}`);
  return (text ? JSON.parse(text) : undefined) as T;
}

/** Tests with a server of their own, that fail when a page breaks the content security policy or throws. */
export const test = base.extend<Fixtures>({
  server: async ({}, use, info) => {
    const server = await Server.start();
    await use(server);
    if (info.status !== info.expectedStatus) await info.attach('server', { body: server.log() });
    await server.close();
  },
  baseURL: async ({ server }, use) => use(server.url),
  page: async ({ page }, use) => {
    const wrong: string[] = [];
    page.on('pageerror', (error) => wrong.push(`thrown: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error' && /content security policy/i.test(message.text())) wrong.push(message.text());
    });
    await use(page);
    expect(wrong, 'the page threw or broke its content security policy').toEqual([]);
  },
  call: async ({ page }, use) => {
    await use(async <T>(method: string, path: string, body?: unknown) =>
      read<T>(await page.request.fetch(`/api/v1${path}`, { method, data: body })),
    );
  },
  signedIn: async ({ page, server, call }, use) => {
    await call('POST', '/setup', { secret: server.secret, ...owner, language: 'en', zone: 'UTC' });
    await page.goto('/scenarios');
    await use(page);
  },
});

const axeMS = 120_000;
const levels = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** Runs axe in the page itself: there is only the one document, and it is read into it once. */
async function seriousFindings(page: Page): Promise<string[]> {
  expect(page.frames(), 'axe looks into the one document').toHaveLength(1);
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
  const violations = await page.evaluate(async (runOnly) => {
    const found = await (window as unknown as { axe: typeof axe }).axe.run(document, {
      runOnly,
      resultTypes: ['violations'], // the others are not described node by node
    });
    return found.violations;
  }, levels);
  return violations
    .filter((v) => v.impact === 'serious' || v.impact === 'critical')
    .map((v) => `${v.id}: ${v.nodes.map((n) => `${n.html} ${n.failureSummary ?? ''}`).join(' ')}`);
}

/** Fails where axe finds something serious that stays, in the light and in the dark theme, and keeps pictures of the page where somebody can see them. */
export async function lookAt(page: Page, name: string) {
  mkdirSync(images, { recursive: true });
  for (const scheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    await expect
      .poll(() => seriousFindings(page), {
        message: `axe on ${name}, ${scheme}`,
        timeout: axeMS,
        intervals: [500],
      })
      .toEqual([]);
    if (wantsPictures) await page.screenshot({ path: `${images}/${name}-${scheme}.png` });
  }
}
