import { expect, lookAt, test, type Page } from './support/test';

type Call = <T>(method: string, path: string, body?: unknown) => Promise<T>;

const compose = (id: number, value = '') => ({
  id,
  module: 'util:ComposeTransformer',
  version: 1,
  parameters: {},
  mapper: value ? { value } : {},
  metadata: { designer: { x: (id - 1) * 260, y: 0 } },
});

const hook = {
  id: 1,
  module: 'gateway:CustomWebHook',
  version: 1,
  parameters: {},
  mapper: {},
  metadata: { designer: { x: 0, y: 0 } },
};

const basic = {
  id: 1,
  module: 'util:BasicTrigger',
  version: 1,
  parameters: { values: [{ spec: [{ name: 'email', value: 'grace@example.com' }] }] },
  mapper: {},
  metadata: { designer: { x: 0, y: 0 } },
};

async function make(call: Call, ...flow: object[]) {
  return call<{ scenario: { id: number } }>('POST', '/scenarios', {
    blueprint: { name: 'Fields', flow, metadata: {} },
    unfinished: true,
  });
}

/** Has the only webhook receive something. */
async function deliver(call: Call, bundle: object) {
  const { items } = await call<{ items: { id: number }[] }>('GET', '/webhooks');
  await call('POST', `/webhooks/${items[0]?.id ?? 0}/test`, { bundle });
}

const module = (page: Page, id: number) => page.locator(`[data-module="${id}"]`);
const list = (page: Page) => page.getByRole('dialog', { name: /Insert into/ });

async function openText(page: Page, scenario: number, id: number) {
  await page.goto(`/scenarios/${scenario}`);
  await module(page, id).click();
  await page.getByRole('textbox', { name: 'Text', exact: true }).click();
  await expect(list(page)).toBeVisible();
}

async function add(page: Page, after: RegExp, search: string, option: RegExp) {
  await page.getByRole('button', { name: after }).click();
  await page.getByRole('combobox', { name: 'Search apps and modules' }).fill(search);
  await page.getByRole('option', { name: option }).first().click();
}

test('a webhook offers nothing that was not sent, and what was sent as soon as it is there', async ({
  signedIn: page,
  call,
}) => {
  const { scenario } = await make(call, hook, compose(2, 'x'));
  await openText(page, scenario.id, 2);
  await expect(list(page)).toContainText('Send an event to the webhook (or use Test) and its fields appear here.');
  await expect(list(page).getByRole('treeitem', { name: /email|Value/ })).toHaveCount(0);
  await expect(list(page)).not.toContainText('example data');
  await lookAt(page, 'form-webhook-empty');

  await deliver(call, { data: { user: { data: { email: 'ada@example.com' } } } });
  await expect(list(page)).toContainText('received and waiting');
  await expect(list(page).getByRole('treeitem', { name: /^data/ })).toBeVisible();
  await expect(list(page).getByRole('treeitem', { name: /Value/ })).toHaveCount(0);
});

test('what a webhook adds to what it was sent has names that people know', async ({ signedIn: page, call }) => {
  const { scenario } = await make(call, hook, compose(2, 'x'));
  await deliver(call, { name: 'Ada', __IMTHEADERS__: [{ name: 'accept', value: '*/*' }] });
  await openText(page, scenario.id, 2);
  const row = list(page).getByRole('treeitem', { name: /Request headers/ });
  await row.hover();
  await expect(list(page).getByText('1.__IMTHEADERS__', { exact: true })).toBeVisible();
  await row.click();
  await expect(page.locator('.mapping-box')).toContainText('Request headers');
});

test('a module that was run alone gives its fields to those behind it', async ({ signedIn: page, call }) => {
  const sleeper = { ...compose(2, 'Dear {{1.email}}') };
  const { scenario } = await make(call, basic, sleeper, compose(3, 'x'));
  await page.goto(`/scenarios/${scenario.id}`);
  await module(page, 2).click();
  await page.getByText('Run this module only', { exact: true }).click();
  await page.getByRole('button', { name: 'Run this module', exact: true }).click();
  await expect(page.locator('.run-module')).toContainText('Dear ann@example.com');
  await module(page, 3).click();
  await page.getByRole('textbox', { name: 'Text', exact: true }).click();
  await expect(list(page).getByRole('treeitem', { name: /^2/ })).toContainText('from running the module alone');
  await expect(list(page).getByRole('treeitem', { name: /Dear ann@example.com/ })).toBeVisible();
});

test('a function that was just put in is gone on with, not told off; the mistake is told behind it', async ({
  signedIn: page,
  call,
}) => {
  const { scenario } = await make(call, basic, compose(2, 'x'));
  await openText(page, scenario.id, 2);
  await page.getByRole('searchbox', { name: 'Search fields and functions' }).fill('uppercase');
  await list(page)
    .getByRole('treeitem', { name: /^upper/ })
    .click();
  const form = page.locator('.module-form');
  await expect(form.getByText('Put a value between the brackets')).toBeVisible();
  await expect(form.locator('.field-error')).toHaveCount(0);
  await expect(page.getByRole('textbox', { name: 'Text', exact: true })).not.toHaveAttribute('aria-invalid', 'true');
  await lookAt(page, 'form-unfinished');
  await page.getByRole('button', { name: 'Outline' }).focus();
  await expect(form.getByText(/A value is missing between the brackets of upper: write upper\(text\)/)).toBeVisible();
});

test('what is missing in a new module is told when a field was left, and after saving', async ({
  signedIn: page,
  call,
}) => {
  const { scenario } = await make(call, hook, compose(2, 'x'));
  await page.goto(`/scenarios/${scenario.id}`);
  await module(page, 2).click();
  await add(page, /^Add module after Compose/, 'add/remove', /Tag/);
  const form = page.locator('.module-form');
  // The only connection that fits is taken, also in a scenario that starts with a webhook.
  await expect(form.getByRole('combobox', { name: 'Connection', exact: true })).toHaveValue(/\d/);
  await expect(page.getByRole('button', { name: /^[1-9] problems?$/ })).toBeVisible();
  await expect(form.locator('.field-error')).toHaveCount(0);
  await expect(form.getByRole('textbox', { name: 'Email' })).toHaveAttribute('aria-required', 'true');
  await lookAt(page, 'form-new-module');
  await form.getByRole('textbox', { name: 'Email' }).click();
  await page.keyboard.press('Escape');
  await form.getByRole('combobox', { name: 'Find the user by' }).focus();
  await expect(form.locator('.field-error')).toHaveText(['Fill this in.']);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(form.locator('.field-error')).toHaveCount(2);
});

test('a field whose choices need a connection says only that', async ({ signedIn: page, call }) => {
  const { items } = await call<{ items: { id: number }[] }>('GET', '/connections');
  for (const c of items) await call('DELETE', `/connections/${c.id}?force=true`);
  const { scenario } = await make(call, hook, compose(2, 'x'));
  await page.goto(`/scenarios/${scenario.id}`);
  await module(page, 2).click();
  await add(page, /^Add module after Compose/, 'add/remove', /Tag/);
  const tag = page.locator('[data-path="mapper.tag"]');
  await expect(tag).toContainText('Choose a connection first');
  await expect(tag).not.toContainText('write a new one');
  await expect(tag.locator('.field-error')).toHaveCount(0);
  await expect(page.getByRole('group', { name: 'Remove the tag' })).toBeVisible();
});

test('an item that is added has the cursor', async ({ signedIn: page, call }) => {
  const { scenario } = await make(call, basic, {
    ...compose(2),
    module: 'customerly:addUserAttributes',
    mapper: { user_id: '7' },
  });
  await page.goto(`/scenarios/${scenario.id}`);
  await module(page, 2).click();
  await page.getByRole('button', { name: 'Add item' }).click();
  await page.keyboard.type('plan');
  await expect(page.getByRole('textbox', { name: 'Key 1' })).toHaveText('plan');
  await page.getByRole('button', { name: 'Add item' }).press('Enter'); // by keyboard as well
  await page.keyboard.type('seats');
  await expect(page.getByRole('textbox', { name: 'Key 2' })).toHaveText('seats');
});

test('the list of fields has one place, and the drawing stays where it is', async ({ signedIn: page, call }) => {
  const { scenario } = await make(call, basic, {
    ...compose(2),
    module: 'customerly:createUpdateUser',
    mapper: {},
  });
  await page.goto(`/scenarios/${scenario.id}`);
  await module(page, 2).click();
  const id = page.getByRole('textbox', { name: 'User ID' });
  await expect(id).toBeVisible();
  const drawn = page.locator('.react-flow__viewport');
  const before = await drawn.getAttribute('style');
  await id.click();
  await expect(list(page)).toBeVisible();
  const place = await list(page).boundingBox();
  expect(await drawn.getAttribute('style')).toBe(before);
  const views = await page.getByRole('button', { name: 'Outline' }).boundingBox();
  expect(place?.y ?? 0).toBeGreaterThan((views?.y ?? 0) + (views?.height ?? 0));
  await lookAt(page, 'form-panel-place');

  // After something was put in, the next field that is clicked has the list at the same place.
  await list(page)
    .getByRole('treeitem', { name: /^email/ })
    .click();
  const name = page.getByRole('textbox', { name: 'Name', exact: true });
  await name.scrollIntoViewIfNeeded();
  await name.click();
  await expect(page.getByRole('dialog', { name: 'Insert into Name' })).toBeVisible();
  expect(await list(page).boundingBox()).toEqual(place);
  await list(page).getByRole('button', { name: 'Close' }).click();
  await expect(list(page)).toBeHidden();
  expect(await drawn.getAttribute('style')).toBe(before);
  await id.click();
  await expect(page.getByRole('dialog', { name: 'Insert into User ID' })).toBeVisible();
});

test('a new condition takes capitals for small letters, and one that is there stays as it is', async ({
  signedIn: page,
  call,
}) => {
  const filter = { name: '', conditions: [[{ a: '{{1.email}}', o: 'text:equal', b: 'Ada@example.com' }]] };
  const { scenario } = await make(call, basic, { ...compose(2, 'x'), filter });
  await page.goto(`/scenarios/${scenario.id}`);
  await page.getByRole('button', { name: 'Link to module 2' }).click();
  const boxes = page.getByRole('checkbox', { name: 'Match case' });
  await expect(boxes).toBeChecked();
  await page.getByRole('button', { name: 'And…' }).click();
  await expect(boxes).toHaveCount(2);
  await expect(boxes.first()).toBeChecked();
  await expect(boxes.last()).not.toBeChecked();
});

test('a connection that is looked up is loading, not missing', async ({ signedIn: page, call }) => {
  const { items } = await call<{ items: { id: number }[] }>('GET', '/connections');
  const { scenario } = await make(call, basic, {
    ...compose(2),
    module: 'customerly:createUpdateUser',
    parameters: { __IMTCONN__: items[0]?.id },
    mapper: { email: 'a@example.com' },
  });
  let release = () => {};
  const held = new Promise<void>((done) => (release = done));
  await page.route(/\/api\/v1\/connections\?.*app=customerly/, async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(`/scenarios/${scenario.id}`);
  await module(page, 2).click();
  const field = page.getByRole('combobox', { name: 'Connection', exact: true });
  await expect(field.locator('option:checked')).toHaveText('Loading…');
  release();
  await expect(field.locator('option:checked')).toHaveText(/sandbox/);
});

test('a wrong token is refused with what helps, and a good one is told to be saved', async ({
  signedIn: page,
  server,
}) => {
  await page.goto('/connections');
  await page.getByRole('button', { name: 'New connection' }).click();
  await page.getByLabel('App', { exact: true }).selectOption('customerly');
  await page.getByLabel('Connection name').fill('Second');
  await page.getByLabel('API Token').fill('wrong');
  await page.getByRole('button', { name: /advanced/i }).click();
  await page.getByLabel('API address').fill(server.sandbox);
  await page.getByRole('button', { name: 'Save and verify' }).click();
  await expect(page.getByRole('alert')).toContainText('Copy the API token again');
  await expect(page.getByRole('alert')).not.toContainText('Open the connection');
  await page.getByLabel('API Token').fill('sandbox-token');
  await page.getByRole('button', { name: 'Save and verify' }).click();
  await expect(page.getByText('“Second” is saved. The service accepts it.')).toBeVisible();
  await expect(page.getByText('API address, API Token')).toBeVisible();
});
