import { expect, lookAt, test, type Page } from './support/test';

test.describe.configure({ timeout: 300_000 }); // pictures take their time where the machine is busy

type Call = <T>(method: string, path: string, body?: unknown) => Promise<T>;

const evil = '<img src=x onerror="document.title=\'broken\'"><script>throw 1</script>';

/** Runs a scenario and waits until the execution is over. */
async function run(call: Call, scenario: number, options = {}): Promise<number> {
  const { execution } = await call<{ execution: number }>('POST', `/scenarios/${scenario}/run`, options);
  await expect
    .poll(async () => (await call<{ status: string }>('GET', `/executions/${execution}`)).status)
    .not.toMatch(/queued|running/);
  return execution;
}

const mapped = (id: number, module: string, mapper: object) => ({
  id,
  module,
  version: module.startsWith('http') ? 3 : 1,
  parameters: module.startsWith('http') ? { handleErrors: true } : {},
  mapper,
});

/** A scenario whose request is held by the sandbox for as long as it is told to. */
async function make(call: Call, name: string, sandbox: string, fault: string, handed: object): Promise<number> {
  const blueprint = {
    name,
    flow: [
      mapped(1, 'json:ParseJSON', { json: JSON.stringify(handed) }),
      mapped(2, 'http:ActionSendData', {
        url: `${sandbox}/users`,
        method: 'post',
        headers: [{ name: 'X-Sandbox-Fault', value: fault }],
        bodyType: 'raw',
        contentType: 'application/json',
        data: '{{1.name}}',
        parseResponse: true,
      }),
      mapped(3, 'util:ComposeTransformer', { value: '{{1.name}}: {{2.data}}' }),
    ],
    metadata: { version: 1, scenario: { dlq: true } },
  };
  const { scenario } = await call<{ scenario: { id: number } }>('POST', '/scenarios', { blueprint });
  return scenario.id;
}

const row = (page: Page, name: RegExp | string) => page.getByRole('row').filter({ hasText: name });

test('an execution is in the history, with every bundle, and runs again', async ({ signedIn: page, call }) => {
  const execution = await run(call, 1);
  await page.goto('/history');
  await expect(row(page, 'Newsletter leads').getByText('Success')).toBeVisible();
  await page.getByText('Charts').click();
  await expect(page.locator('.plot canvas').first()).toBeVisible();
  await lookAt(page, 'history');
  await page.getByRole('link', { name: /Newsletter leads/ }).click();
  await expect(page).toHaveURL(new RegExp(`/history/${execution}$`));
  await expect(page.getByRole('heading', { name: /Newsletter leads/ })).toBeVisible();
  await page.getByRole('button', { name: /^Module 2:/ }).click();
  await expect(page).toHaveURL(/module=2$/);
  await expect(page.getByRole('option', { name: /Operation 1/ }).first()).toBeVisible({ timeout: 60_000 });
  await page.getByRole('tab', { name: 'Input' }).click();
  await expect(page.getByRole('treeitem').filter({ hasText: 'email' })).toBeVisible();
  await lookAt(page, 'execution');
  await page.getByRole('tab', { name: /Request/ }).click();
  await page
    .getByText(/\d+ headers/)
    .first()
    .click();
  await expect(page.getByText('***')).toBeVisible(); // the token
  await page.getByRole('button', { name: 'Run again' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Run again' }).click();
  await expect(page).toHaveURL(new RegExp(`/history/${execution + 1}$`));
  await expect(page.getByRole('main').getByText('Success')).toBeVisible();
  await expect(page.getByRole('link', { name: `Execution ${execution}` })).toBeVisible();
});

test('filters stand in the address, and new executions wait to be shown', async ({ signedIn: page, call }) => {
  await run(call, 1);
  await page.goto('/history?status=error');
  await expect(page.getByText('No execution matches')).toBeVisible();
  await page.getByRole('button', { name: 'Success' }).click();
  await expect(page).toHaveURL(/status=error%2Csuccess/);
  await expect(row(page, 'Newsletter leads')).toHaveCount(1);
  await page.getByLabel('Error or name').fill('nothing of the kind');
  await expect(page).toHaveURL(/text=nothing/);
  await expect(page.getByText('No execution matches')).toBeVisible();
  await page.getByRole('button', { name: 'Clear filters' }).first().click();
  await expect(page).toHaveURL(/\/history$/);
  await expect(row(page, 'Newsletter leads')).toHaveCount(1);
  await run(call, 1); // told by the feed
  await expect(row(page, 'Newsletter leads')).toHaveCount(2);
});

test('an execution is found by what went through it', async ({ signedIn: page, call, server }) => {
  const scenario = await make(call, 'Whose was it', server.sandbox, '401', { name: 'ada' });
  for (const name of ['ada', 'Grace Hopper', 'linus']) await run(call, scenario, { input: [{ name, number: 4711 }] });
  await page.goto('/history');
  await expect(row(page, 'Whose was it')).toHaveCount(3);
  await page.getByLabel('Error or name').fill('grace hop');
  await expect(page.getByText('No execution matches')).toBeVisible();
  await page.getByRole('button', { name: 'Look for “grace hop” in all data' }).click();
  await expect(page).toHaveURL(/\?data=grace\+hop$/);
  await expect(row(page, 'Whose was it')).toHaveCount(1);
  await lookAt(page, 'history-search');
  await page.getByLabel('Email, name, number').fill('4711');
  await expect(row(page, 'Whose was it')).toHaveCount(3);
  await page.getByLabel('Email, name, number').fill('hopper@');
  await expect(page.getByText('No execution matches')).toBeVisible();
  await page.getByLabel('Search in').selectOption('Errors and names');
  await expect(page).toHaveURL(/\?text=hopper/);
});

test('two executions are compared', async ({ signedIn: page, call, server }) => {
  const scenario = await make(call, 'Two ways', server.sandbox, '401', { name: 'ada' });
  const a = await run(call, scenario);
  const b = await run(call, scenario, { input: [{ name: 'grace' }] });
  await page.goto('/history');
  await page.getByLabel(`Select execution ${a}`).check();
  await page.getByLabel(`Select execution ${b}`).check();
  await page.getByRole('button', { name: 'Compare' }).click();
  await expect(page).toHaveURL(new RegExp(`compare\\?a=${a}&b=${b}`));
  await page.getByRole('row').filter({ hasText: 'Parse JSON' }).getByRole('button', { name: 'Compare' }).click();
  await expect(page.getByRole('region', { name: 'Output' })).toContainText('grace');
  await lookAt(page, 'compare');
});

test('text of others stays text', async ({ signedIn: page, call, server }) => {
  const scenario = await make(call, `Scenario ${evil}`, server.sandbox, '401', { name: evil, [evil]: evil });
  const execution = await run(call, scenario);
  await page.goto('/history');
  await expect(row(page, evil)).toHaveCount(1);
  await page.goto(`/history/${execution}?module=1`);
  await expect(page.getByRole('treeitem').filter({ hasText: evil })).not.toHaveCount(0);
  await page.getByRole('button', { name: 'Table' }).click();
  await expect(page.getByRole('cell', { name: evil }).first()).toBeVisible();
  await expect(page).not.toHaveTitle('broken');
  expect(await page.locator('main img:not(.app-icon > img)').count()).toBe(0);
});

test('a person decides about a call of which nobody knows whether it arrived', async ({
  signedIn: page,
  call,
  server,
}) => {
  const scenario = await make(call, 'Unsure', server.sandbox, 'latency=60s', { name: 'ada' });
  const { execution } = await call<{ execution: number }>('POST', `/scenarios/${scenario}/run`, {});
  await page.goto(`/history/${execution}`);
  await expect(page.getByRole('main').getByText('Running').first()).toBeVisible();
  await expect
    .poll(async () =>
      (await call<{ items: { announced?: boolean }[] }>('GET', `/executions/${execution}/operations`)).items.some(
        (o) => o.announced,
      ),
    )
    .toBe(true);
  await server.kill();
  await expect(page.getByText(/not reached/)).toBeVisible();
  await server.run();
  await expect(page.getByRole('main').getByText('Running')).toHaveCount(0);
  await page.goto('/incomplete');
  await expect(row(page, 'Unsure')).toContainText('Nobody knows whether it happened');
  await lookAt(page, 'incompletes');
  await page.getByRole('link', { name: /Nobody knows/ }).click();
  await expect(page.getByText('What was about to be sent')).toBeVisible();
  await expect(page.getByText(/127\.0\.0\.1:\d+\/v1\/users/).first()).toBeVisible();
  await page.getByRole('radio', { name: /^It happened/ }).check();
  await lookAt(page, 'incomplete');
  await page.getByLabel('What the module put out').fill('{"data": "created by hand"}');
  await page.getByRole('button', { name: 'It happened: go on' }).click();
  await expect(page.getByText(/waits until the scenario is switched on/)).toBeVisible();
  await call('POST', `/scenarios/${scenario}/start`);
  await expect(page.getByText('Resolved', { exact: true })).toBeVisible();
  const after = await call<{ continuations: number[] }>('GET', `/executions/${execution}`);
  await page.goto(`/history/${after.continuations[0] ?? 0}?module=3`);
  await expect(page.getByRole('treeitem').filter({ hasText: 'created by hand' })).toBeVisible();
});

test('a run lists what its webhook was sent, and leads to the data store', async ({ signedIn: page, call }) => {
  const store = await call<{ id: number }>('POST', '/datastores', { name: 'Leads' });
  const blueprint = {
    name: 'Web form',
    flow: [
      { id: 1, module: 'gateway:CustomWebHook', version: 1, parameters: {}, mapper: {} },
      {
        id: 2,
        module: 'datastore:AddRecord',
        version: 1,
        parameters: { datastore: store.id },
        mapper: { key: '{{1.email}}', data: { name: '{{1.name}}' } },
      },
    ],
  };
  const { scenario } = await call<{ scenario: { id: number } }>('POST', '/scenarios', { blueprint });
  const execution = await run(call, scenario.id, { input: [{ email: 'ada@example.com', name: 'Ada' }] });
  await page.goto(`/history/${execution}`);
  const options = page.getByRole('listbox', { name: 'Operations' }).getByRole('option');
  await expect(options).toHaveCount(2);
  await expect(options.first()).toContainText('Custom webhook');
  await expect(options.first()).toHaveAttribute('aria-selected', 'true');
  await expect(page.getByText('2 operations', { exact: true })).toBeVisible();
  await lookAt(page, 'execution-webhook');
  await page.getByRole('link', { name: 'Open Leads' }).click();
  await expect(page.getByRole('button', { name: 'ada@example.com' })).toBeVisible();
  await page.goto(`/scenarios/${scenario.id}`);
  await page.locator('[data-module="2"]').click();
  await page.getByRole('complementary').getByRole('link', { name: 'Open Leads' }).click();
  await expect(page).toHaveURL(/\/datastores\/\d+$/);
});

test('the history shows the time by which it is sorted', async ({ signedIn: page, call }) => {
  const at = (minutes: number) => new Date(Date.UTC(2026, 10, 20, 7, minutes)).toISOString();
  await run(call, 1);
  await page.route('**/api/v1/executions?*', async (route) => {
    const answer = await route.fetch();
    const list = (await answer.json()) as { items: object[] };
    const items = list.items.map((e) => ({ ...e, accepted: at(0), started: at(3) }));
    await route.fulfill({ response: answer, json: { ...list, items } });
  });
  await page.goto('/history');
  const time = row(page, 'Newsletter leads').locator('time').first();
  await expect(time).toHaveAttribute('datetime', at(0));
  await expect(time).toHaveAttribute('title', /^Accepted .* started /);
});
