import { expect, lookAt, test, type Page } from './support/test';
import { connection, make, run, send, step } from './support/scenario';

const start = step(1, 'util:BasicTrigger', {
  parameters: { values: [1, 2, 3].map((n) => ({ spec: [{ name: 'email', value: `${n}@example.com` }] })) },
});
const parse = step(1, 'json:ParseJSON', { mapper: { json: '{}' } });
const compose = step(2, 'util:ComposeTransformer', { mapper: { value: '{{1.email}}' } });
const none = { name: 'Nobody', conditions: [[{ a: '{{1.email}}', o: 'text:equal', b: 'nobody@example.com' }]] };

function module(page: Page, id: number) {
  return page.locator(`[data-module="${id}"]`);
}

function side(page: Page) {
  return page.locator('.builder-panel');
}

async function runOnce(page: Page) {
  await page.getByRole('button', { name: 'Run once', exact: true }).click();
  await expect(page.locator('.dock').getByText('Success')).toBeVisible({ timeout: 60_000 });
}

test('a link says what its filter let through, on the canvas and in the outline', async ({ signedIn: page, call }) => {
  const id = await make(call, 'Filtered', [start, { ...compose, filter: none }]);
  await page.goto(`/scenarios/${id}`);
  await runOnce(page);
  await expect(page.locator('.canvas').getByText('0 passed, 3 filtered out')).toBeVisible();
  await expect(page.getByRole('button', { name: /^Link to module 2: Nobody · 0 passed/ })).toBeVisible();
  await lookAt(page, 'builder-filtered');
  await page.getByRole('button', { name: 'Outline' }).click();
  await expect(page.locator('.outline').getByText('0 passed, 3 filtered out')).toBeVisible();
  await page.getByRole('button', { name: 'Canvas' }).click();
  await page.locator('.run-state').click();
  await page.getByRole('button', { name: 'History', exact: true }).click();
  await page.getByRole('table', { name: 'History' }).getByRole('link').click();
  await expect(page.locator('.canvas').getByText('0 passed, 3 filtered out')).toBeVisible();
});

test('a link shows that a filter can stand at it, by mouse and by keyboard', async ({ signedIn: page, call }) => {
  const id = await make(call, 'Unfiltered', [start, compose]);
  await page.goto(`/scenarios/${id}`);
  const mark = page.getByRole('button', { name: 'Link to module 2: set a filter' });
  await expect(mark.locator('svg')).toBeHidden();
  // On the line, beside the mark; the drawing may still be finding its place.
  await expect(async () => {
    const from = await module(page, 1).boundingBox();
    const to = await module(page, 2).boundingBox();
    if (!from || !to) throw new Error('they are not drawn');
    const gap = to.x - from.x - from.width;
    await page.mouse.move(to.x - gap * 0.36, to.y + to.height / 2 + 2);
    await expect(mark.locator('svg')).toBeVisible({ timeout: 1000 });
  }).toPass();
  await page.mouse.move(5, 5);
  await expect(mark.locator('svg')).toBeHidden();
  await module(page, 2).click();
  await page.getByRole('button', { name: 'Close the panel' }).click();
  await module(page, 2).focus();
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowRight');
  await expect(module(page, 2)).toBeFocused();
  await expect(mark).toHaveAttribute('tabindex', '0');
  await mark.focus();
  await expect(mark.locator('svg')).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(side(page).getByRole('textbox', { name: 'Label' })).toBeVisible();
});

test('what a module did can be read below the canvas: high enough, resizable, with one place that scrolls', async ({
  signedIn: page,
  call,
}) => {
  const leads = step(1, 'customerly:listLeads', { parameters: connection, mapper: { limit: 5 } });
  const id = await make(call, 'Read', [leads, { ...compose, filter: { ...none, name: 'Other' } }]);
  await page.goto(`/scenarios/${id}`);
  await page.getByRole('button', { name: /^Link to module 2/ }).click();
  await expect(side(page)).toBeVisible();
  await runOnce(page);
  await page.getByRole('button', { name: /^Module 1:/ }).click();
  await expect(side(page), 'the panel of the filter has nothing to do with it').toHaveCount(0);
  const dock = page.getByRole('region', { name: 'What the modules did' });
  await expect(dock.getByRole('treeitem').first()).toBeVisible();
  const stage = await page.locator('.builder-stage').boundingBox();
  const height = async () => (await dock.boundingBox())?.height ?? 0;
  expect(await height()).toBeGreaterThan((stage?.height ?? 0) * 0.38);
  const scrolls = () =>
    dock.evaluate((d) =>
      [...d.querySelectorAll('*')]
        .filter((e) => e.scrollHeight > e.clientHeight + 1 && /auto|scroll/.test(getComputedStyle(e).overflowY))
        .map((e) => e.className),
    );
  await dock.getByRole('treeitem').first().click();
  await page.keyboard.press('*');
  await expect.poll(async () => (await scrolls()).length).toBeLessThan(2);
  const lines = await dock.locator('.value-lines').boundingBox();
  expect(lines?.height ?? 0, 'data can be read').toBeGreaterThan(110);
  await lookAt(page, 'builder-inspected');
  // The buttons of the canvas do not lie over a module.
  const controls = await page.locator('.canvas-controls').boundingBox();
  const tile = await page.locator('.tile').first().boundingBox();
  if (!controls || !tile) throw new Error('they are not drawn');
  const isOver =
    tile.x < controls.x + controls.width &&
    controls.x < tile.x + tile.width &&
    tile.y < controls.y + controls.height &&
    controls.y < tile.y + tile.height;
  expect(isOver).toBe(false);

  const edge = dock.getByRole('separator', { name: 'Height of what the modules did' });
  await edge.focus();
  const before = await height();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  await expect.poll(height).toBeGreaterThan(before + 20);
  const raised = await height();
  const at = await edge.boundingBox();
  await page.mouse.move(600, (at?.y ?? 0) + 5);
  await page.mouse.down();
  await page.mouse.move(600, (at?.y ?? 0) + 60, { steps: 4 });
  await page.mouse.up();
  await expect.poll(height).toBeLessThan(raised - 40);
  const dragged = await height();
  await page.reload();
  await runOnce(page);
  await page.getByRole('button', { name: /^Module 1:/ }).click();
  await expect.poll(async () => Math.abs((await height()) - dragged)).toBeLessThan(8);
});

test('a dry run says that nothing was written', async ({ signedIn: page, call, server }) => {
  const id = await make(call, 'Dry', [start, send(2, server.sandbox, '200', '{}')]);
  await page.goto(`/scenarios/${id}`);
  await page.getByRole('button', { name: 'Ways to run' }).click();
  await page.getByRole('checkbox', { name: /^Dry run/ }).check();
  await page.getByRole('dialog', { name: 'Ways to run' }).getByRole('button', { name: /dry/i }).last().click();
  await expect(page.locator('.dock').getByText('Dry run: nothing was written')).toBeVisible();
});

test('a failure that is told at the edge leads to its execution, and goes with the page', async ({
  signedIn: page,
  call,
  server,
}) => {
  const id = await make(call, 'Fails', [parse, send(2, server.sandbox, '400', '{}')], { dlq: false });
  const first = await run(call, id);
  await page.goto(`/scenarios/${id}`);
  await expect(module(page, 1)).toBeVisible();
  const told = page.getByRole('region', { name: 'Messages' }).getByText(/^Execution \d+ failed/);
  const again = await call<{ execution: number }>('POST', `/executions/${first}/replay`, { from: 0 });
  await expect(told).toBeVisible();
  await page.getByRole('link', { name: 'Scenarios', exact: true }).click();
  await expect(told).toHaveCount(0);
  await page.goBack();
  await expect(told).toHaveCount(0, { timeout: 20_000 });
  const third = await call<{ execution: number }>('POST', `/executions/${again.execution}/replay`, { from: 0 });
  await page.getByRole('link', { name: `Show execution ${third.execution}` }).click();
  await expect(page).toHaveURL(`/history/${third.execution}`);
  await expect(told).toHaveCount(0);
});

test('what failed is run again by the version that was mended since', async ({ signedIn: page, call, server }) => {
  const id = await make(call, 'Mended', [parse, send(2, server.sandbox, '400', '{}')], { dlq: false });
  const failed = await run(call, id);
  const blueprint = {
    name: 'Mended',
    flow: [parse, step(2, 'util:ComposeTransformer', { mapper: { value: 'text' } })],
    metadata: { version: 1, scenario: { dlq: false } },
  };
  await call('POST', `/scenarios/${id}/versions`, { blueprint });
  await page.goto(`/history/${failed}`);
  await page.getByRole('button', { name: 'Run again' }).click();
  const dialog = page.getByRole('dialog', { name: 'Run again' });
  await expect(dialog.getByRole('radio', { name: 'The newest version (2)' })).toBeChecked();
  await dialog.getByRole('button', { name: 'Run again' }).click();
  await expect(page).not.toHaveURL(`/history/${failed}`);
  await expect(page.locator('.run-page').getByText('Success').first()).toBeVisible();
});

test('Escape closes what lies on top first, and a click chooses one of several modules', async ({
  signedIn: page,
  call,
}) => {
  const id = await make(call, 'Topmost', [start, compose]);
  await page.goto(`/scenarios/${id}`);
  await module(page, 2).click();
  await expect(side(page)).toBeVisible();
  await page.getByRole('button', { name: /^Notices/ }).click();
  const notices = page.getByRole('dialog', { name: 'Notices' });
  await expect(notices).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(notices).toBeHidden();
  await expect(side(page)).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(side(page)).toHaveCount(0);

  await module(page, 1).focus();
  await page.keyboard.press('Control+a');
  await expect(page.getByRole('complementary', { name: /2 modules/ })).toBeVisible();
  await module(page, 2).click();
  await expect(page.getByRole('complementary', { name: /^Compose/ })).toBeVisible();
  await module(page, 1).click({ modifiers: ['ControlOrMeta'] });
  await expect(page.getByRole('complementary', { name: /2 modules/ })).toBeVisible();
});

test('running one module stays open when the scenario was saved for it, and shows what came of it', async ({
  signedIn: page,
}) => {
  await page.goto('/scenarios/new?module=json:ParseJSON');
  const panel = side(page);
  await panel.getByRole('textbox', { name: /JSON string/ }).click();
  await page.keyboard.type('[1, 2]');
  const fold = panel.getByText('Run this module only');
  await fold.click();
  await expect(panel.getByText('Save the scenario first', { exact: false })).toBeVisible();
  await page.keyboard.press('Control+s');
  await expect(page).toHaveURL(/\/scenarios\/\d+$/);
  const go = panel.locator('.run-module').getByRole('button').last();
  await expect(go).toBeVisible();
  await go.click();
  await expect(panel.locator('.run-result')).toBeInViewport({ ratio: 0.2 });
});

test('the history shows minutes of other days, and the execution explains what is not listed', async ({
  signedIn: page,
  call,
}) => {
  const id = await make(call, 'Counts', [
    start,
    step(2, 'customerly:listLeads', { parameters: connection, mapper: { limit: 1 } }),
    step(3, 'util:ComposeTransformer', { mapper: { value: '{{2.email}}' } }),
  ]);
  const execution = await run(call, id);
  await page.clock.setFixedTime(Date.now() + 26 * 60 * 60 * 1000);
  await page.goto('/history');
  const time = page.getByRole('table', { name: 'History' }).locator('time').first();
  await expect(time).toContainText(/\d:\d\d/);
  const cell = time.locator('xpath=..');
  expect(await cell.evaluate((e) => e.scrollWidth <= e.clientWidth)).toBe(true);
  await page.goto(`/history/${execution}`);
  await expect(page.getByText(/4 operations · 3 more count but are not listed/)).toBeVisible();
});

test('a run waits for what the webhook of an inactive scenario is sent, and takes what waits already', async ({
  signedIn: page,
  call,
}) => {
  const flow = [
    { id: 1, module: 'gateway:CustomWebHook', version: 1, parameters: { maxResults: 1 }, mapper: {} },
    { id: 2, module: 'util:SetVariables', version: 1, parameters: {}, mapper: {} },
  ];
  const blueprint = { name: 'Web form', flow, metadata: {} };
  const made = await call<{ scenario: { id: number }; webhook: { path: string } }>('POST', '/scenarios', {
    blueprint,
    unfinished: true,
  });
  const send = async (name: string) => {
    const answer = await page.request.post(made.webhook.path, { data: { name } });
    expect(answer.ok()).toBe(true);
  };
  await page.goto(`/scenarios/${made.scenario.id}`);
  const run = page.getByRole('button', { name: 'Run once' });
  await run.click();
  await expect(page.getByText(/Waiting for data at the webhook/)).toBeVisible();
  await lookAt(page, 'builder-waiting');
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await expect(page.getByText(/Waiting for data/)).toHaveCount(0);

  await run.click();
  await expect(page.getByText(/Waiting for data/)).toBeVisible();
  await send('Ada');
  await expect(page.locator('.run-state')).toContainText('Success');
  await page.getByRole('button', { name: /^Module 1: 1 operation/ }).click();
  await expect(page.getByText('Ada').first()).toBeVisible();

  await send('Bob');
  await run.click();
  await expect(page.getByText('Bob').first()).toBeVisible();

  // Of an active scenario it shows the run that begins by itself; and who comes later sees how the last one went.
  await page.getByRole('switch').first().click();
  await expect(page.getByText('The scenario is active.')).toBeVisible();
  await run.click();
  await expect(page.getByText(/Waiting for data/)).toBeVisible();
  await send('Eve');
  await expect(page.getByText('Eve').first()).toBeVisible();
  await page.reload();
  await page.getByRole('button', { name: /^Last run/ }).click();
  await expect(page.locator('.tile-bubble').first()).toBeVisible();
});

test('the data below and the settings beside it are of the same module', async ({ signedIn: page, call }) => {
  const id = await make(call, 'Together', [start, compose]);
  await page.goto(`/scenarios/${id}`);
  await runOnce(page);
  const below = page.getByRole('region', { name: 'What the modules did' });
  await page.getByRole('button', { name: /^Module 1:/ }).click();
  await expect(below.getByRole('heading', { name: 'Basic trigger' })).toBeVisible();
  await expect(side(page)).toHaveCount(0); // a click on a bubble is none on its module
  await module(page, 2).click();
  await expect(page.getByRole('complementary', { name: /^Compose/ })).toBeVisible();
  await expect(below.getByRole('heading', { name: /^Compose/ })).toBeVisible();
});

test('an error of a run has a line of its own, and goes when it is closed or something changes', async ({
  signedIn: page,
  call,
}) => {
  // It wants an input, which the button alone does not give.
  const blueprint = {
    name: 'Refused',
    interface: { input: [{ name: 'who', type: 'text', required: true }], output: [] },
    flow: [step(1, 'scenario-service:StartSubscenario', { version: 2 }), compose],
    metadata: { version: 1 },
  };
  const { scenario } = await call<{ scenario: { id: number } }>('POST', '/scenarios', { blueprint });
  await page.goto(`/scenarios/${scenario.id}`);
  const once = page.getByRole('button', { name: 'Run once', exact: true });
  const words = page.getByRole('button', { name: 'Settings', exact: true });
  const before = [await once.boundingBox(), await words.boundingBox()];
  await once.click();
  const told = page.locator('.dock').getByRole('alert');
  await expect(told).toBeVisible();
  expect([await once.boundingBox(), await words.boundingBox()]).toEqual(before);
  await lookAt(page, 'builder-run-refused');
  await page.locator('.dock-line').getByRole('button', { name: 'Close' }).click();
  await expect(told).toHaveCount(0);
  await once.click();
  await expect(told).toBeVisible();
  await page.getByRole('textbox', { name: 'Name of the scenario' }).fill('Refused again');
  await expect(told).toHaveCount(0);
  await once.click(); // it is saved first
  await expect(told).toBeVisible();
  await page.getByRole('switch').click();
  await expect(told).toHaveCount(0);
  // What is told at the edge stands above the tool bar.
  const toast = await page.locator('.toast').last().boundingBox();
  const bar = await page.locator('.dock').boundingBox();
  expect((toast?.y ?? 0) + (toast?.height ?? 0)).toBeLessThan(bar?.y ?? 0);
});
