import type { Locator } from '@playwright/test';
import { expect, lookAt, owner, test, type Page } from './support/test';
import type { Server } from './support/server';

/** The way of somebody who has never seen this: from the link that the server prints to a history that fills by itself. */
test.setTimeout(300_000);

interface Contact {
  email: string;
  is_user: boolean;
  tags?: string[];
  attributes?: Record<string, unknown>;
}

/** What the sandbox, which is no part of the product, knows of somebody. */
async function contact(server: Server, email: string): Promise<Contact | undefined> {
  const answer = await fetch(new URL(`/admin/contacts?search=${encodeURIComponent(email)}`, server.sandbox));
  return ((await answer.json()) as { contacts: Contact[] }).contacts.find((c) => c.email === email);
}

async function setUp(page: Page, server: Server) {
  await page.goto(`/setup#${server.secret}`);
  await page.getByLabel('Your name').fill(owner.name);
  await page.getByLabel('Email').fill(owner.email);
  await page.getByLabel('Password').fill(owner.password);
  await page.getByRole('button', { name: 'Create your account' }).click();
  await expect(page).toHaveURL(/\/scenarios$/);
}

async function pick(page: Page, words: string, name: RegExp) {
  await page.getByRole('combobox', { name: 'Search apps and modules' }).fill(words);
  await page.getByRole('option', { name }).first().click();
}

/** Maps a field of an earlier module into the field that is named, with the mouse alone. */
async function map(page: Page, field: string, item: RegExp) {
  await page.getByRole('textbox', { name: field, exact: true }).first().click();
  const panel = page.getByRole('dialog', { name: /Insert into/ });
  await panel.getByRole('treeitem', { name: item }).first().click();
  await panel.getByRole('button', { name: 'Close', exact: true }).click();
  await expect(panel).toBeHidden();
}

test('a newcomer connects, builds, runs, inspects and switches on, by mouse', async ({ page, server, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await setUp(page, server);
  await page.getByRole('button', { name: 'New scenario' }).click();
  await page.getByRole('button', { name: 'Add the first module' }).click();
  await pick(page, 'list leads', /List Leads/);

  const field = page.locator('.connection-field');
  await expect(field.locator('option:checked')).toHaveText('Customerly sandbox');
  await expect(field.getByText(/Verified/)).toBeVisible();
  await page.locator('.connection-field').getByRole('button', { name: 'Add' }).click();
  await page.getByLabel('API Token').fill('wrong');
  await page.getByRole('button', { name: /advanced/i }).click();
  await page.getByLabel('API address').fill(server.sandbox);
  await page.getByRole('button', { name: 'Save and verify' }).click();
  await expect(page.getByRole('alert')).toContainText('Access token not found');
  await page.getByLabel('API Token').fill('sandbox-token');
  await page.getByRole('button', { name: 'Save and verify' }).click();
  await expect(page.getByText(/Verified/)).toBeVisible();
  await page.getByRole('textbox', { name: 'Limit' }).fill('20');

  await page.getByRole('button', { name: /^Add module after List Leads/ }).click({ delay: 150 }); // as fingers do
  await pick(page, 'update a user', /Create\/Update a User/);
  await map(page, 'Email', /Email/);
  await map(page, 'Name', /^2?\s*Name/);
  await page.getByRole('group', { name: 'Attributes' }).getByRole('button', { name: 'Add item' }).click();
  await page.getByRole('textbox', { name: 'Key 1' }).fill('came_from');
  await page.getByRole('textbox', { name: 'Value 1' }).fill('leads');

  await page
    .getByRole('button', { name: /^Link to module 2/ })
    .first()
    .click();
  await page.getByRole('button', { name: 'Add a condition' }).click();
  await map(page, 'Condition 1: value', /Email/);
  await page.getByLabel('Operator').selectOption('text:contain');
  await page.getByRole('textbox', { name: 'Condition 1: compared with' }).fill('1');
  await page.getByRole('textbox', { name: 'Label' }).fill('Only some');

  await page.getByRole('button', { name: /^Add module after Create\/Update a User/ }).click();
  await pick(page, 'tag', /Add\/Remove a Tag/);
  const tag = page.getByRole('combobox', { name: 'Tag', exact: true }).first();
  await tag.fill('news');
  await page.getByRole('option', { name: 'newsletter' }).click();
  await map(page, 'Email', /Email/);
  await page.getByLabel('Name of the scenario').fill('Leads become users');
  await lookAt(page, 'journey-built');

  await page.getByRole('button', { name: 'Run once', exact: true }).click();
  await expect(page.getByRole('button', { name: /^Success/ })).toBeVisible();
  await page.getByRole('button', { name: /^Module 3: .* Show them/ }).click();
  const inspector = page.getByRole('region', { name: 'What the modules did' });
  await expect(inspector.getByText('newsletter').first()).toBeVisible();
  await lookAt(page, 'journey-inspected');
  await page.keyboard.press('Escape');

  const moved = (await reached(page)).filter((email) => email.includes('1'));
  expect(moved.length).toBeGreaterThan(0);
  for (const email of moved) await becameUser(server, email);
  await page.getByRole('switch', { name: 'Inactive' }).click();
  await expect(page.getByText('Active', { exact: true })).toBeVisible();
});

/** The addresses that the third module was given. */
async function reached(page: Page): Promise<string[]> {
  const read = async <T>(path: string) => (await (await page.request.get(`/api/v1${path}`)).json()) as T;
  const { items } = await read<{ items: { id: number }[] }>('/executions?limit=1');
  const execution = `/executions/${items[0]?.id ?? 0}/operations`;
  const operations = await read<{ items: { sequence: number }[] }>(`${execution}?module=3`);
  return Promise.all(
    operations.items.map(
      async (o) => (await read<{ input: { email: string } }>(`${execution}/${o.sequence}`)).input.email,
    ),
  );
}

async function becameUser(server: Server, email: string) {
  const now = await contact(server, email);
  expect(now).toMatchObject({ is_user: true, attributes: { came_from: 'leads' } });
  expect(now?.tags).toContain('newsletter');
}

test('what happens in Customerly starts a scenario, and the history shows it', async ({ page, server }) => {
  await setUp(page, server);
  await page.getByRole('button', { name: 'New scenario' }).click();
  await page.getByRole('button', { name: 'Add the first module' }).click();
  await pick(page, 'universal', /Universal Trigger/);
  await page.getByRole('button', { name: /^Add module after/ }).click();
  await pick(page, 'compose', /Compose a string/);
  await page.getByRole('textbox', { name: 'Text', exact: true }).click();
  await page.keyboard.type('Hello {{1.contact.email}}');
  await page.getByLabel('Name of the scenario').fill('Events of Customerly');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const told = page.getByRole('dialog', { name: 'The address of your webhook' });
  const address = await told.getByRole('textbox', { name: 'Address' }).inputValue();
  await lookAt(page, 'journey-address');
  await told.getByRole('button', { name: 'Close' }).click();
  await page.getByRole('switch', { name: 'Inactive' }).click();
  await expect(page.getByText('Active', { exact: true })).toBeVisible();

  await page.goto(new URL('/', server.sandbox).href);
  await page.getByLabel('Address').fill(address);
  await page.getByLabel(/^Events/).selectOption('lead.updated');
  await page.getByRole('button', { name: 'Add webhook' }).click();
  const row = page.getByRole('row').filter({ hasText: 'lead' }).first();
  const email = /\S+@\S+/.exec(await row.innerText())?.[0] ?? '';
  await row.getByRole('button', { name: 'Touch' }).click();

  await page.goto('/history');
  await page.getByRole('link', { name: 'Events of Customerly' }).first().click();
  await expect(page.getByText(`Hello ${email}`).first()).toBeVisible();
  await lookAt(page, 'journey-history');
});

/** Goes on with the Tab key until something has the focus, as somebody without a mouse does. */
async function tabTo(page: Page, what: Locator) {
  const trail: string[] = [];
  for (let i = 0; i < 150; i++) {
    if ((await what.count()) > 0 && (await what.first().evaluate((e) => e.matches(':focus, :focus-within')))) return;
    await page.keyboard.press('Tab');
    trail.push(await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 90) ?? ''));
  }
  throw new Error(`the Tab key does not reach ${what.toString()}:\n${trail.join('\n')}`);
}

/** Goes to a field and types into it. */
async function enter(page: Page, name: string | RegExp, text: string) {
  await tabTo(page, page.getByRole('textbox', { name, exact: typeof name === 'string' }));
  await page.keyboard.type(text);
}

async function press(page: Page, name: string | RegExp) {
  await tabTo(page, page.getByRole('button', { name, exact: typeof name === 'string' }));
  await page.keyboard.press('Enter');
}

/** Leaves a form; the Escape key closes what lies over it first. */
async function backToModule(page: Page, id: number) {
  const module = page.locator(`[data-module="${id}"]`);
  await expect(async () => {
    await page.keyboard.press('Escape');
    await expect(module).toBeFocused({ timeout: 500 });
  }).toPass();
}

/** Adds a module behind the one that has the focus, and waits until the new one has it. */
async function add(page: Page, words: string, name: RegExp, id: number) {
  await page.keyboard.press('a');
  await expect(page.getByRole('combobox', { name: 'Search apps and modules' })).toBeFocused();
  await page.keyboard.type(words);
  await expect(page.getByRole('option', { name }).first()).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('Enter');
  await expect(page.locator(`[data-module="${id}"]`)).toBeFocused();
}

test('the same without a mouse', async ({ page, server }) => {
  await page.goto(`/setup#${server.secret}`);
  await enter(page, 'Your name', owner.name);
  await enter(page, 'Email', owner.email);
  await tabTo(page, page.getByLabel('Password'));
  await page.keyboard.type(owner.password);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/scenarios$/);
  await tabTo(page, page.getByRole('button', { name: 'New scenario' }));
  await page.keyboard.press('Enter');
  await press(page, 'Add the first module');
  await expect(page.getByRole('combobox', { name: 'Search apps and modules' })).toBeFocused();
  await page.keyboard.type('list leads');
  await expect(page.getByRole('option', { name: /List Leads/ }).first()).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('Enter');
  await expect(page.locator('[data-module="1"]')).toBeFocused();

  await press(page, 'Add');
  await enter(page, 'API Token', 'wrong');
  await press(page, /advanced/i);
  await enter(page, 'API address', server.sandbox);
  await press(page, 'Save and verify');
  await expect(page.getByRole('alert')).toContainText('Access token not found');
  await tabTo(page, page.getByLabel('API Token'));
  await page.keyboard.press('Control+a');
  await page.keyboard.type('sandbox-token');
  await press(page, 'Save and verify');
  await expect(page.getByText(/Verified/)).toBeVisible();
  await enter(page, 'Limit', '20');

  await backToModule(page, 1);
  await add(page, 'update a user', /Create\/Update a User/, 2);
  await enter(page, 'Email', '{{1.ema');
  await expect(page.getByRole('option', { name: /Email/ }).first()).toBeVisible();
  await page.keyboard.press('Enter');
  await tabTo(page, page.getByRole('group', { name: 'Attributes' }).getByRole('button', { name: 'Add item' }));
  await page.keyboard.press('Enter');
  await enter(page, 'Key 1', 'came_from');
  await enter(page, 'Value 1', 'leads');
  await backToModule(page, 2);
  await page.keyboard.press('f');
  await press(page, 'Add a condition');
  await enter(page, 'Condition 1: value', '{{1.email}}');
  await tabTo(page, page.getByLabel('Operator'));
  await page.keyboard.type('contains');
  await enter(page, 'Condition 1: compared with', '1');
  await backToModule(page, 2);
  await add(page, 'tag', /Add\/Remove a Tag/, 3);
  await tabTo(page, page.getByRole('combobox', { name: 'Tag', exact: true }));
  await page.keyboard.type('news');
  await expect(page.getByRole('option', { name: 'newsletter' })).toBeVisible();
  await page.keyboard.press('Enter');
  await enter(page, 'Email', '{{1.email}}');

  await page.keyboard.press('Control+s');
  await expect(page).toHaveURL(/\/scenarios\/\d+$/);
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
  await page.keyboard.press('Control+Enter');
  await expect(page.getByRole('button', { name: /^Success/ })).toBeVisible();
  const moved = (await reached(page)).filter((email) => email.includes('1'));
  expect(moved.length).toBeGreaterThan(0);
  for (const email of moved) await becameUser(server, email);
  await tabTo(page, page.getByRole('switch', { name: 'Inactive' }));
  await page.keyboard.press('Space');
  await expect(page.getByText('Active', { exact: true })).toBeVisible();
});
