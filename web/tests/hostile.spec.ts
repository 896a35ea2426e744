import { owner, expect, test, type Page } from './support/test';
import { make, run, step, type Call } from './support/scenario';

/** Every text that people and services bring is shown as text: no script of it runs, no address of it is followed, nothing in it is computed. */
test.setTimeout(300_000);

const script = 'javascript:window.broken=1';

/** A text that breaks out of attributes, brings scripts, is a template, and turns the direction of what follows. */
function hostile(what: string): string {
  return `${what}"'><img src=x onerror=window.broken=1><svg onload=window.broken=1>{{7*7}}\${7*7}\u202Egnp.\u2066`;
}

/** Nothing of it ran, became an element, or became an address to click on; the fixtures fail for what the policy had to stop. */
async function unharmed(page: Page) {
  expect(await page.evaluate(() => 'broken' in window)).toBe(false);
  await expect(page.locator('img[src="x"], svg[onload], [onerror], a[href^="javascript:" i]')).toHaveCount(0);
}

async function shows(page: Page, address: string, ...texts: string[]) {
  await page.goto(address);
  for (const text of texts) await seen(page, text);
  await unharmed(page);
}

/** A text stands in the page, or is what a field holds. */
async function seen(page: Page, text: string) {
  const inField = () =>
    page
      .locator('input, textarea, select, option')
      .evaluateAll(
        (fields, wanted) =>
          fields.some((f) => ('value' in f ? String(f.value) : '').includes(wanted) || f.textContent.includes(wanted)),
        text,
      );
  await expect
    .poll(async () => (await page.locator('body').innerText()).includes(text) || (await inField()), { message: text })
    .toBe(true);
}

interface World {
  hook: number;
  webhook: number;
  manual: number;
  executions: number[];
  connection: number;
  store: number;
}

/** Fills the server with such texts, wherever it takes any. */
async function fill(page: Page, call: Call, server: string): Promise<World> {
  await call('PATCH', '/organizations/1', { name: hostile('Organization') });
  await call('PATCH', '/teams/1', { name: hostile('Team') });
  await call('PATCH', '/me', { name: hostile('Me') });
  await call('POST', '/me/tokens', { name: hostile('Token'), scopes: ['scenario.view'] });
  const invited = await call<{ link: string }>('POST', '/organizations/1/invitations', {
    ...{ email: 'eve@example.com', role: 'member', team: 1, team_role: 'member' },
  });
  const accepted = await fetch(new URL('/api/v1/invitations/accept', server), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ secret: invited.link.split('#')[1], name: hostile('Eve'), password: owner.password }),
  });
  expect(accepted.status).toBe(200);
  const connection = await call<{ id: number }>('POST', '/connections', {
    ...{ team: 1, name: hostile('Connection'), app: 'customerly', fields: { apiToken: 'sandbox-token' } },
  });
  const store = await call<{ id: number }>('POST', '/datastores', {
    name: hostile('Store'),
    structure: [{ name: 'note', type: 'text', label: hostile('Column') }],
  });
  await call('POST', `/datastores/${store.id}/record`, { key: hostile('Key'), data: { note: hostile('Value') } });

  const designer = (name: string) => ({ metadata: { designer: { x: 0, y: 0, name: hostile(name) } } });
  const filter = { name: hostile('Filter'), conditions: [[{ a: '{{1.text}}', o: 'exist' }]] };
  const blueprint = {
    name: hostile('Scenario'),
    flow: [
      step(1, 'gateway:CustomWebHook', designer('Hook')),
      step(2, 'util:SetVariable2', {
        ...{ ...designer('Variable'), filter },
        mapper: { name: 'x', scope: 'roundtrip', value: '{{1.text}}' },
      }),
      step(3, 'util:ComposeTransformer', {
        ...designer('Compose'),
        mapper: { value: '{{1.text}} {{2.x}} {{1.address}}' },
      }),
      step(4, 'json:ParseJSON', { ...designer('Parse'), mapper: { json: '{{1.text}}' } }),
    ],
    metadata: {
      version: 1,
      scenario: { dlq: true },
      notes: [
        {
          moduleIds: [3],
          content: `<p onclick="window.broken=1">Note &lt;img src=x onerror=window.broken=1&gt;<img src=x onerror=window.broken=1></p>`,
        },
      ],
    },
  };
  const made = await call<{
    scenario: { id: number };
    webhook: { path: string; webhook: { id: number } };
  }>('POST', '/scenarios', { blueprint, folder: hostile('Folder'), start: true });
  const webhook = made.webhook.webhook.id;
  await call('PATCH', `/webhooks/${webhook}`, { name: hostile('Webhook') });
  await call('POST', `/webhooks/${webhook}/learning`);
  const taken = await page.request.post(made.webhook.path, {
    data: {
      text: hostile('Payload'),
      address: script,
      [hostile('Name')]: hostile('Deep'),
      [script]: [hostile('Item')],
    },
  });
  expect(taken.status()).toBe(200);
  await call('POST', `/webhooks/${webhook}/learning/stop`, { keep: true });

  const manual = await make(call, hostile('Manual'), [
    step(1, 'util:BasicTrigger', {
      parameters: { values: [{ spec: [{ name: hostile('Field'), value: 'given' }] }] },
    }),
    step(2, 'util:ComposeTransformer', { mapper: { value: 'done' } }),
  ]);
  const executions = [await run(call, manual), await run(call, manual)];
  await call('POST', '/organizations/1/teams', { name: hostile('Second team') });
  return { hook: made.scenario.id, webhook, manual, executions, connection: connection.id, store: store.id };
}

test('texts of people and services stay texts on every screen', async ({ signedIn: page, call, server }) => {
  const world = await fill(page, call, server.url);
  page.on('dialog', () => expect(false, 'a text opened a dialog of the browser').toBe(true));
  const { items } = await call<{ items: { id: number; execution: number }[] }>(
    'GET',
    `/incomplete?scenario=${world.hook}`,
  );
  const stopped = items[0] ?? { id: 0, execution: 0 };
  const [first = 0, second = 0] = world.executions;

  await shows(
    page,
    '/scenarios',
    hostile('Scenario'),
    hostile('Folder'),
    hostile('Manual'),
    hostile('Team'),
    hostile('Me'),
  );
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Where to?' }).fill('gnp');
  await unharmed(page);

  await shows(
    page,
    `/scenarios/${world.hook}`,
    hostile('Scenario'),
    hostile('Hook'),
    hostile('Filter'),
    'Note <img src=x',
  );
  await page.getByRole('button', { name: /^Link to module 2/ }).click();
  await seen(page, hostile('Filter'));
  for (const [module, name] of [
    [2, 'Variable'],
    [3, 'Compose'],
  ] as const) {
    await page.locator(`[data-module="${module}"]`).click();
    await seen(page, hostile(name));
    await page.locator('.mapping-box [role=textbox]').last().click();
    await expect(page.getByRole('dialog', { name: /Insert into/ })).toBeVisible();
    await seen(page, hostile('Hook'));
    await unharmed(page);
    await page.keyboard.press('Escape');
  }
  await page.getByRole('button', { name: 'Outline' }).click();
  await seen(page, hostile('Parse'));
  await unharmed(page);

  await shows(page, '/history', hostile('Scenario'), hostile('Manual'));
  await shows(page, `/history/${first}?module=1`, hostile('Manual'), hostile('Field'));
  await shows(page, `/history/compare?a=${first}&b=${second}`, 'Compare two executions');
  await shows(
    page,
    `/history/${stopped.execution}?module=3`,
    hostile('Compose'),
    `${hostile('Payload')} ${hostile('Payload')} ${script}`,
  );
  await shows(page, `/history/${stopped.execution}?module=1`, hostile('Hook'), hostile('Name'), hostile('Deep'));
  await shows(page, '/incomplete', hostile('Scenario'));
  await shows(page, `/incomplete/${stopped.id}`, hostile('Scenario'));
  await shows(page, '/connections', hostile('Connection'));
  await shows(page, `/connections?open=${world.connection}`, hostile('Connection'));
  await shows(page, '/webhooks', hostile('Webhook'), hostile('Scenario'));
  await shows(page, `/webhooks/${world.webhook}`, hostile('Webhook'));
  await shows(page, `/webhooks/${world.webhook}?tab=structure`, hostile('Name'));
  await shows(page, '/datastores', hostile('Store'));
  await shows(page, `/datastores/${world.store}`, hostile('Store'), hostile('Key'), hostile('Value'));
  await page.getByRole('button', { name: hostile('Key') }).click();
  await seen(page, hostile('Column'));
  await unharmed(page);
  await shows(page, '/organization', hostile('Eve'), hostile('Organization'));
  await shows(page, '/organization?view=teams', hostile('Second team'), hostile('Team'));
  await shows(page, '/account?view=programs', hostile('Token'));
  await shows(page, '/account', hostile('Me'));
  await shows(page, '/audit', hostile('Me'));
  await shows(page, '/server');
  await shows(page, '/apps');
});
