import { readFile, writeFile } from 'node:fs/promises';
import { expect, lookAt, owner, test, type Page } from './support/test';
import { disconnect } from './support/scenario';

const hostile = `<img src=x onerror="window.broken=1"><script>window.broken=1</script> {{1.x}}`;

interface Thing {
  id: number;
}

const tagged = {
  name: 'Tagged contacts',
  flow: [
    { id: 1, module: 'gateway:CustomWebHook', version: 1, parameters: {}, mapper: {} },
    { id: 2, module: 'util:ComposeTransformer', version: 1, parameters: {}, mapper: { value: 'x' } },
  ],
};

async function connect(page: Page, token: string, sandbox: string) {
  await page.getByLabel('API Token').fill(token);
  const address = page.getByLabel('API address');
  if (!(await address.isVisible())) await page.getByText('Advanced').click();
  await address.fill(sandbox);
  await page.getByRole('button', { name: 'Save and verify' }).click();
}

test('a wrong Customerly token is refused with the reason, and a right one is taken', async ({
  signedIn: page,
  server,
  call,
}) => {
  await disconnect(call);
  await page.goto('/connections');
  await expect(page.getByRole('heading', { name: 'Connect your first app' })).toBeVisible();
  await page.getByRole('button', { name: 'New connection' }).click();
  await page.getByLabel('App', { exact: true }).selectOption('customerly');
  await page.getByLabel('Connection name').fill(hostile);
  await connect(page, 'a wrong token', server.sandbox);
  await expect(page.getByRole('alert')).toContainText('Copy the API token again');
  await expect(page.getByLabel('API Token')).toHaveValue('a wrong token');
  await lookAt(page, 'connection-refused');
  await connect(page, 'sandbox-token', server.sandbox);
  await expect(page.getByRole('heading', { name: hostile })).toBeVisible();
  await expect(page.getByText('not named; it is the only one of its app')).toBeVisible();
  await lookAt(page, 'connections');
  expect(await page.evaluate(() => 'broken' in window)).toBe(false);
});

test('a connection is tested, renamed, re-authorized, and not deleted while it is named', async ({
  signedIn: page,
  server,
  call,
}) => {
  const made = await call<Thing>('POST', '/connections', {
    name: 'Support project',
    app: 'customerly',
    fields: { apiToken: 'sandbox-token', apiAddress: server.sandbox },
    test: true,
  });
  const blueprint = {
    name: 'Names it',
    flow: [
      { id: 1, module: 'customerly:listLeads', version: 1, parameters: { __IMTCONN__: made.id }, mapper: { limit: 1 } },
    ],
  };
  await call('POST', '/scenarios', { blueprint });
  await page.goto(`/connections?open=${made.id}`);
  await page.getByRole('button', { name: 'Test', exact: true }).click();
  await expect(page.getByText('“Support project” works.')).toBeVisible();
  await page.getByRole('button', { name: 'Rename' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Sales project');
  await dialog.getByRole('button', { name: 'Rename' }).click();
  await expect(page.getByRole('heading', { name: 'Sales project', exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Re-authorize' }).click();
  await page.getByLabel('API Token').fill('no good');
  await page.getByRole('button', { name: 'Save and verify' }).click();
  await expect(page.getByText('Nothing was changed: the connection stays as it was.')).toBeVisible();
  await page.getByLabel('API Token').fill('sandbox-token');
  await page.getByRole('button', { name: 'Save and verify' }).click();
  await expect(page.getByText('“Sales project” is saved. The service accepts it.')).toBeVisible();
  await page.getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByRole('dialog').getByText('Names it')).toBeVisible();
  await expect(page.getByRole('dialog').getByRole('button', { name: 'Delete' })).toHaveCount(0);
});

test('a webhook is set up, tried, paused, and its queue is looked through', async ({
  signedIn: page,
  server,
  call,
}) => {
  const { webhook } = await call<{ webhook: { webhook: Thing; path: string } }>('POST', '/scenarios', {
    blueprint: tagged,
  });
  await page.goto(`/webhooks/${webhook.webhook.id}`);
  await expect(page.getByRole('textbox', { name: 'Address' })).toHaveValue(server.url + webhook.path);
  await page.getByRole('button', { name: 'More about' }).click();
  await page.getByRole('menuitem', { name: 'Make a new address' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Make a new address' }).click();
  await expect(page.getByRole('textbox', { name: 'Address' })).not.toHaveValue(server.url + webhook.path);
  await lookAt(page, 'webhook-setup');
  const address = await page.getByRole('textbox', { name: 'Address' }).inputValue();
  const taken = await page.request.post(address, { data: { data: { user: { data: { name: hostile } } } } });
  expect(taken.status()).toBe(200);
  await page.getByLabel('What is delivered (JSON)').fill('{');
  await page.getByRole('button', { name: 'Send test' }).click();
  await expect(page.getByText('This is no JSON yet')).toBeVisible();
  await page.getByLabel('What is delivered (JSON)').fill('{"event": "user.tagged"}');
  await page.getByRole('button', { name: 'Send test' }).click();
  await expect(page.getByText('It was received and waits in the queue.')).toBeVisible();

  await page.getByRole('tab', { name: /Queue/ }).click();
  await expect(page.getByText(/^2 deliveries wait/)).toBeVisible();
  await page
    .getByRole('button', { name: /^Delivery/ })
    .first()
    .click();
  await expect(page.getByRole('term').getByText('data').first()).toBeVisible();
  await lookAt(page, 'webhook-queue');
  const panel = page.getByRole('complementary').last();
  await panel.getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByText(/^1 delivery waits/)).toBeVisible();
  await page.getByRole('button', { name: 'Delete all' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByRole('heading', { name: 'Nothing waits' })).toBeVisible();
  await page.getByRole('button', { name: 'Pause' }).click();
  await expect(page.getByRole('button', { name: 'Resume' })).toBeVisible();
  expect(await page.evaluate(() => 'broken' in window)).toBe(false);
});

test('the address of a webhook is copied later, on its page and in the builder, and leads to it', async ({
  signedIn: page,
  server,
  call,
  context,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const { scenario, webhook } = await call<{ scenario: Thing; webhook: { webhook: Thing; path: string } }>(
    'POST',
    '/scenarios',
    { blueprint: { ...tagged, name: 'Copied later' } },
  );
  await page.goto('/webhooks');
  await page.getByRole('link', { name: 'Copied later' }).first().click();
  await page.getByRole('button', { name: 'Copy', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Copied', exact: true })).toBeVisible();
  await lookAt(page, 'webhook-copied');
  const address = await page.evaluate(() => navigator.clipboard.readText());
  expect(address).toBe(server.url + webhook.path);
  expect((await page.request.post(address, { data: { name: 'Ada Late' } })).status()).toBe(200);
  await page.getByRole('tab', { name: /Queue/ }).click();
  await page.getByRole('button', { name: /^Delivery/ }).click();
  await expect(page.getByText('Ada Late').first()).toBeVisible();

  await page.goto(`/scenarios/${scenario.id}`);
  await page.locator('[data-module="1"]').click();
  await expect(page.getByRole('textbox', { name: 'Address' })).toHaveValue(address);
  await lookAt(page, 'webhook-field');
  await page.goto('/audit');
  await expect(page.getByText('Looked at the address of the webhook').first()).toBeVisible();
  expect(await page.getByText(webhook.path).count()).toBe(0);
});

test('a webhook learns a structure, and its checks keep their secrets', async ({ signedIn: page, call }) => {
  const made = await call<{ webhook: { webhook: Thing; path: string } }>('POST', '/scenarios', { blueprint: tagged });
  const { id } = made.webhook.webhook;
  await page.goto(`/webhooks/${id}?tab=structure`);
  await page.getByRole('button', { name: 'Start learning' }).click();
  await expect(page.getByText('0 deliveries seen')).toBeVisible();
  await page.request.post(made.webhook.path, { data: { email: 'ada@example.com', age: 36, tags: ['a'] } });
  await expect(page.getByText('1 delivery seen')).toBeVisible();
  await page.getByRole('button', { name: 'Keep this structure' }).click();
  await expect(page.getByText('The structure is kept.')).toBeVisible();
  await lookAt(page, 'webhook-structure');

  await page.getByRole('tab', { name: 'Settings' }).click();
  await page.getByLabel('Add a check').selectOption('hmac');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByLabel('Header', { exact: true }).fill('x-signature');
  await page.getByLabel('Secret', { exact: true }).fill('a secret');
  await page.getByLabel('What makes a delivery a duplicate').selectOption('body');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('Saved.', { exact: true })).toBeVisible();
  await expect(page.getByText('Leave it empty to keep what is there.')).toBeVisible();
  await lookAt(page, 'webhook-settings');
  expect((await page.request.post(made.webhook.path, { data: { email: 'eve@example.com' } })).status()).toBe(401);
});

test('a data store is made, filled from a file, edited and exported', async ({ signedIn: page }, info) => {
  await page.goto('/datastores');
  await page.getByRole('button', { name: 'New data store' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Leads');
  await page.getByRole('button', { name: 'Add a field' }).click();
  await page.getByLabel('Name of field 1').fill('name');
  await page.getByRole('button', { name: 'Add a field' }).click();
  await page.getByLabel('Name of field 2').fill('score');
  await page.getByLabel('Type of field 2').selectOption('number');
  await lookAt(page, 'datastore-new');
  await page.getByRole('button', { name: 'Make the data store' }).click();
  await expect(page.getByRole('heading', { name: 'It is empty' })).toBeVisible();

  const file = info.outputPath('leads.csv');
  const lines = Array.from({ length: 600 }, (_, i) => `lead${String(i).padStart(4, '0')}@example.com;Lead ${i};${i}`);
  await writeFile(
    file,
    [
      'email;name;score',
      `xss@example.com;"${hostile.replaceAll('"', '""')}";1`,
      'bad@example.com;Bad;many',
      'short',
      ...lines,
    ].join('\r\n'),
  );
  await page.getByRole('button', { name: 'Import' }).first().click();
  await page.locator('input[type=file]').setInputFiles(file);
  await expect(page.getByText('2 lines cannot be taken in and are left out:')).toBeVisible();
  await expect(page.getByText('Line 3:')).toBeVisible();
  await lookAt(page, 'datastore-import');
  await page.getByRole('button', { name: 'Import 601 records' }).click();
  await expect(page.getByText('601 records were imported.')).toBeVisible();
  await expect(page.getByRole('columnheader', { name: 'score' })).toBeVisible();
  await page.getByRole('searchbox', { name: 'Keys that begin with' }).fill('xss');
  await page.getByRole('button', { name: 'xss@example.com' }).click();
  await page.getByLabel('score', { exact: true }).fill('many');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('This is no number.')).toBeVisible();
  await page.getByLabel('score', { exact: true }).fill('42');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByRole('cell', { name: '42' })).toBeVisible();
  await page.getByRole('searchbox', { name: 'Keys that begin with' }).fill('');
  await expect(page.getByRole('button', { name: 'lead0000@example.com' })).toBeVisible();
  await lookAt(page, 'datastore');
  // The panel lies over the menu.
  await page.getByRole('complementary', { name: 'xss@example.com' }).getByRole('button', { name: 'Close' }).click();

  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'More about Leads' }).click();
  await page.getByRole('menuitem', { name: 'Export as CSV' }).click();
  expect(await readFile(await (await saved).path(), 'utf8')).toContain('lead0599@example.com');
  expect(await page.evaluate(() => 'broken' in window)).toBe(false);
});

test('an operator looks and runs, and is offered no editing; another team sees nothing', async ({
  signedIn: page,
  call,
  server,
}) => {
  const { items } = await call<{ items: { id: number; organization: number }[] }>('GET', '/teams');
  const home = items[0] ?? { id: 0, organization: 0 };
  await call('POST', '/datastores', { name: 'Leads of this team' });
  const { webhook } = await call<{ webhook: { webhook: Thing } }>('POST', '/scenarios', { blueprint: tagged });
  const invited = await call<{ link: string }>('POST', `/organizations/${home.organization}/invitations`, {
    email: 'otto@example.com',
    role: 'member',
    team: home.id,
    team_role: 'operator',
  });
  const other = await call<Thing>('POST', `/organizations/${home.organization}/teams`, { name: 'Another team' });
  await call('POST', '/datastores', { team: other.id, name: 'Secret of the other team' });
  await call('DELETE', '/session');
  const secret = new URL(invited.link, server.url).hash.slice(1);
  await call('POST', '/invitations/accept', {
    secret,
    name: 'Otto',
    password: owner.password,
    language: 'en',
    zone: 'UTC',
  });
  await page.goto('/scenarios');
  await expect(page.getByRole('switch').first()).toBeEnabled();
  await expect(page.getByRole('button', { name: 'New scenario' })).toHaveCount(0);
  await page
    .getByRole('button', { name: /^More about/ })
    .first()
    .click();
  await expect(page.getByRole('menuitem', { name: 'Export blueprint' })).toBeVisible();
  await expect(page.getByRole('menuitem', { name: 'Delete' })).toHaveCount(0);
  await page.goto(`/webhooks/${webhook.webhook.id}`);
  await expect(page.getByText('Only those who may edit webhooks see the address')).toBeVisible();
  await expect(page.getByRole('textbox', { name: 'Address' })).toHaveCount(0);
  await lookAt(page, 'webhook-others');
  await page.goto('/datastores');
  await expect(page.getByRole('link', { name: 'Leads of this team' })).toBeVisible();
  await expect(page.getByText('Secret of the other team')).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'New data store' })).toHaveCount(0);
  await page.getByRole('link', { name: 'Leads of this team' }).click();
  await expect(page.getByRole('heading', { name: 'It is empty' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'New record' })).toHaveCount(0);
});
