import { test, expect, type Page } from '../tests/support/test';
import { frames, tell, times, typed } from './trace';

test.setTimeout(600_000);

type Call = <T>(method: string, path: string, body?: unknown) => Promise<T>;

const lead = {
  id: 1,
  module: 'customerly:listLeads',
  version: 1,
  parameters: {},
  mapper: { limit: 5 },
  metadata: { designer: { x: 0, y: 0 } },
};

/** A scenario with n modules in rows of twenty-five, the second of which has something to type into. */
async function scenario(call: Call, n: number): Promise<number> {
  const flow = Array.from({ length: n - 1 }, (_, i) => ({
    id: i + 2,
    module: 'util:ComposeTransformer',
    version: 1,
    parameters: {},
    mapper: { value: `{{1.email}} and {{${i === 0 ? '1.name' : `${i + 1}.value`}}}` },
    metadata: { designer: { x: ((i + 1) % 25) * 240, y: Math.floor((i + 1) / 25) * 200 } },
  }));
  const made = await call<{ scenario: { id: number } }>('POST', '/scenarios', {
    blueprint: { name: `${n} modules`, flow: [lead, ...flow], metadata: {} },
  });
  return made.scenario.id;
}

/** Waits in the page until something has been painted, and returns how long after the navigation began that was, in milliseconds. */
const painted = (selector: string) =>
  new Promise<number>((resolve) => {
    const look = () => {
      if (document.querySelector(selector)) requestAnimationFrame(() => setTimeout(() => resolve(performance.now())));
      else requestAnimationFrame(look);
    };
    look();
  });

async function open(page: Page, id: number) {
  await page.goto(`/scenarios/${id}`);
  await expect(page.locator('[data-module="2"]')).toBeVisible();
}

test('from a click to something to see', async ({ signedIn: page, call }) => {
  const id = await scenario(call, 10);
  for (const [what, path, seen] of [
    ['scenarios', '/scenarios', 'a.thing-name'],
    ['the builder', `/scenarios/${id}`, '[data-module="2"]'],
    ['the history', '/history', 'h1'],
  ] as const) {
    const found: number[] = [];
    for (let i = 0; i < 9; i++) {
      await page.goto('about:blank');
      await page.goto(path, { waitUntil: 'commit' });
      found.push(await page.evaluate(painted, seen));
    }
    tell(`${what}, from the navigation to the content on the screen`, times(found));
  }
});

test('typing in a mapping field', async ({ signedIn: page, call, browser }) => {
  const write = async () => {
    await page.keyboard.type('Hello. '); // what is compiled once is compiled
    return typed(browser, page, 'Dear friend, you have been with us since the beginning of it', 120, 1500);
  };
  const measured = async (n: number) => {
    await open(page, await scenario(call, n));
    await page.locator('[data-module="2"]').click();
    await page.getByRole('textbox', { name: 'Text', exact: true }).click();
    return write();
  };
  const plain = async () => {
    await page.goto('about:blank');
    await page.setContent('<textarea></textarea>');
    await page.locator('textarea').click();
    return write();
  };
  const small = await measured(3);
  const large = await measured(200);
  const floor = await plain();
  tell('a key with 200 modules on the canvas', times(large.keys), times(small.keys));
  tell('a key in a text field with nothing else on its page', times(floor.keys));
  console.log(
    `the longest task when the typing rests: ${large.restMS.toFixed(1)} ms, with 3 modules ${small.restMS.toFixed(1)} ms`,
  );
});

test('a canvas of 300 modules', async ({ signedIn: page, call }) => {
  const moved = async (n: number) => {
    await open(page, await scenario(call, n));
    await page.mouse.move(700, 450);
    return times(
      await frames(page, async () => {
        for (let i = 0; i < 40; i++) await page.mouse.wheel(0, i % 20 < 10 ? -60 : 60); // nearer and away
        await page.mouse.move(700, 700);
        await page.mouse.down();
        for (let i = 0; i < 60; i++) await page.mouse.move(700 - (i % 30) * 12, 700 - (i % 30) * 5);
        await page.mouse.up();
      }),
    );
  };
  const small = await moved(10);
  tell('a frame while 300 modules are zoomed and moved', await moved(300), small);
});

test('a history of 100,000', async ({ signedIn: page, call, server }) => {
  const flow = [
    { id: 1, module: 'gateway:CustomWebHook', version: 1, parameters: {}, mapper: {} },
    { id: 2, module: 'util:ComposeTransformer', version: 1, parameters: {}, mapper: { value: '{{1.n}}' } },
  ];
  const made = await call<{ scenario: { id: number }; webhook: { path: string; webhook: { id: number } } }>(
    'POST',
    '/scenarios',
    {
      blueprint: { name: 'Many', flow, metadata: {} },
      start: true,
    },
  );
  await call('PATCH', `/webhooks/${made.webhook.webhook.id}`, { settings: { rate: { limit: 1_000_000, seconds: 1 } } });
  const rows = Number(process.env.ROWS ?? 100_000);
  let sent = 0;
  const send = async () => {
    while (sent < rows) {
      const n = ++sent;
      const answer = await fetch(server.url + made.webhook.path, { method: 'POST', body: JSON.stringify({ n }) });
      if (!answer.ok) await answer.text().then((text) => Promise.reject(new Error(text)));
    }
  };
  await Promise.all(Array.from({ length: 32 }, send));
  await page.goto(`/history?scenario=${made.scenario.id}`);
  await expect(page.getByRole('row').nth(5)).toBeVisible();
  await page.mouse.move(700, 600);
  const slow = await frames(page, async () => {
    for (let i = 0; i < 100; i++) await page.mouse.wheel(0, 120);
  });
  const flings = await frames(page, async () => {
    for (let i = 0; i < 150; i++) await page.mouse.wheel(0, 3000);
  });
  tell(`a frame while flinging through ${rows} rows`, times(flings), times(slow));
});
