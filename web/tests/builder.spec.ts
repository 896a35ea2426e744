import { expect, lookAt, test, type Page } from './support/test';

test.setTimeout(240_000);

interface Listed {
  items: { id: number; team: number; name: string; version: number; revision: number }[];
}
type Call = <T>(method: string, path: string, body?: unknown) => Promise<T>;

const connection = { __IMTCONN__: 'Customerly sandbox' };

function step(id: number, module: string, more: object = {}) {
  return { id, module, version: 1, parameters: {}, mapper: {}, metadata: { designer: { x: id * 260, y: 0 } }, ...more };
}

const leads = step(1, 'customerly:listLeads', { parameters: connection, mapper: { limit: 5 } });
const compose = step(2, 'util:ComposeTransformer', { mapper: { value: '{{1.email}}' } });

async function make(call: Call, name: string, flow: object[]): Promise<number> {
  const { items } = await call<Listed>('GET', '/scenarios');
  const blueprint = { name, flow, metadata: { version: 1 } };
  const made = await call<{ scenario: { id: number } }>('POST', '/scenarios', { team: items[0]?.team, blueprint });
  return made.scenario.id;
}

async function stored(
  call: Call,
  id: number,
): Promise<{ name: string; flow: { id: number; module: string; filter?: unknown }[] }> {
  const version = await call<{ blueprint: unknown }>('GET', `/scenarios/${id}/versions/0`);
  return version.blueprint as Awaited<ReturnType<typeof stored>>;
}

/** Chooses a module in the picker that is open. */
async function pick(page: Page, words: string, name: RegExp) {
  await page.getByRole('combobox', { name: 'Search apps and modules' }).fill(words);
  await page.getByRole('option', { name }).first().click();
}

function module(page: Page, id: number) {
  return page.locator(`[data-module="${id}"]`);
}

test('a scenario is built by mouse, saved, and run', async ({ signedIn: page, call }) => {
  await page.goto('/scenarios/new');
  await page.getByRole('button', { name: 'Add the first module' }).click();
  await expect(page.getByRole('option').first()).toBeVisible();
  await pick(page, 'basic trigger', /Basic trigger/);
  await page.getByRole('button', { name: /^Add module after Basic trigger/ }).click();
  await pick(page, 'compose', /Compose a string/);
  await page.getByLabel('Name of the scenario').fill('Built by mouse');
  await expect(module(page, 2)).toBeVisible();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page).toHaveURL(/\/scenarios\/\d+$/);
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
  const id = Number(page.url().split('/').at(-1));
  const saved = await stored(call, id);
  expect(saved.name).toBe('Built by mouse');
  expect(saved.flow.map((n) => n.module)).toEqual(['util:BasicTrigger', 'util:ComposeTransformer']);
  await page.getByRole('button', { name: 'Run once', exact: true }).click();
  await expect(page.getByRole('button', { name: /^Success/ })).toBeVisible();
});

test('the same by keyboard alone, in the outline, and back again', async ({ signedIn: page, call }) => {
  const id = await make(call, 'By keyboard', [leads]);
  await page.goto(`/scenarios/${id}`);
  await expect(module(page, 1)).toBeVisible();
  await page.keyboard.press('o');
  await module(page, 1).focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('a');
  await page.keyboard.type('compose');
  await expect(page.getByRole('option', { name: /Compose a string/ }).first()).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(module(page, 2)).toBeFocused();
  await page.keyboard.press('e');
  await page.keyboard.type('ignore');
  await page.keyboard.press('Enter');
  await expect(module(page, 3)).toBeFocused();
  await page.keyboard.press('Delete');
  await expect(module(page, 3)).toHaveCount(0);
  await page.keyboard.press('Control+z');
  await expect(module(page, 3)).toBeVisible();
  await page.keyboard.press('Control+Shift+z');
  await expect(module(page, 3)).toHaveCount(0);
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.keyboard.press('Control+s');
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
  expect((await stored(call, id)).flow[1]).toMatchObject({ onerror: [{ module: 'builtin:Ignore' }] });
  await lookAt(page, 'builder-outline');
});

test('modules are copied from one scenario into another, with a second follower behind a router', async ({
  signedIn: page,
  call,
}) => {
  const from = await make(call, 'From', [leads, compose]);
  const to = await make(call, 'To', [leads]);
  await page.goto(`/scenarios/${from}`);
  await module(page, 2).click();
  await page.keyboard.press('Control+c');
  await expect(page.getByText('1 module copied.')).toBeVisible();
  await page.goto(`/scenarios/${to}`);
  await module(page, 1).click();
  await page.keyboard.press('Control+v');
  await expect(module(page, 2)).toBeVisible();
  await module(page, 1).click();
  await page.keyboard.press('r');
  await pick(page, 'compose', /Compose a string/);
  await expect(module(page, 4)).toBeVisible();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
  const saved = await stored(call, to);
  expect(saved.flow.map((n) => n.module)).toEqual(['customerly:listLeads', 'builtin:BasicRouter']);
  expect(saved.flow[1]).toMatchObject({ routes: [{ flow: [{ mapper: { value: '{{1.email}}' } }] }, { flow: [{}] }] });
});

test('of two editors neither loses anything', async ({ signedIn: page, call, browser, baseURL }) => {
  const id = await make(call, 'Shared', [leads, compose]);
  await page.goto(`/scenarios/${id}`);
  await page.getByLabel('Name of the scenario').fill('Mine');
  const theirs = { ...(await stored(call, id)), name: 'Theirs', flow: [leads] };
  const { link } = await call<{ link: string }>('POST', '/organizations/1/invitations', {
    email: 'ann@example.com',
    role: 'member',
    team: 1,
    team_role: 'member',
  });
  const { request } = await browser.newContext({ baseURL });
  const joining = { secret: link.split('#')[1], name: 'Ann Editor', password: 'another long password' };
  expect((await request.post('/api/v1/invitations/accept', { data: joining })).ok()).toBe(true);
  expect((await request.post(`/api/v1/scenarios/${id}/versions`, { data: { blueprint: theirs } })).ok()).toBe(true);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Somebody else has saved this scenario' });
  await expect(dialog.getByText('removed')).toBeVisible();
  await lookAt(page, 'builder-conflict');
  await dialog.getByRole('button', { name: 'Take theirs' }).click();
  await expect(page.getByLabel('Name of the scenario')).toHaveValue('Theirs');
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByLabel('Name of the scenario')).toHaveValue('Mine');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
  expect(await stored(call, id)).toMatchObject({ name: 'Mine', flow: [{ id: 1 }, { id: 2 }] });
});

test('what was not saved is offered again after a crash', async ({ signedIn: page, call }) => {
  const id = await make(call, 'Before', [leads, compose]);
  await page.goto(`/scenarios/${id}`);
  await page.getByLabel('Name of the scenario').fill('After');
  await expect
    .poll(() => page.evaluate((n) => Object.keys(localStorage).some((key) => key.endsWith(`.${n}`)), id))
    .toBe(true);
  await page.reload();
  await expect(page.getByLabel('Name of the scenario')).toHaveValue('Before');
  await page.getByRole('button', { name: 'Go on with them' }).click();
  await expect(page.getByLabel('Name of the scenario')).toHaveValue('After');
});

test('the builder is good to look at, also on a phone', async ({ signedIn: page, call }) => {
  const routes = [
    { flow: [{ ...compose, id: 3, filter: { name: 'On a plan', conditions: [[{ a: '{{1.email}}', o: 'exist' }]] } }] },
    { flow: [{ ...compose, id: 4 }] },
  ];
  const id = await make(call, 'Leads by plan', [
    leads,
    step(2, 'builtin:BasicRouter', { parameters: { else: 1 }, routes }),
  ]);
  await page.goto(`/scenarios/${id}`);
  await page.getByRole('button', { name: 'Auto-align' }).click();
  await module(page, 3).click();
  await expect(page.getByRole('complementary', { name: /Compose a string/ })).toBeVisible();
  await lookAt(page, 'builder');
  await page.getByRole('button', { name: 'Schedule' }).click();
  await page.getByLabel('Runs', { exact: true }).selectOption('weekly');
  await expect(page.getByText('Next runs')).toBeVisible();
  await lookAt(page, 'builder-schedule');
  await page.setViewportSize({ width: 390, height: 844 });
  await page.reload();
  await expect(page.getByRole('button', { name: 'Outline' })).toHaveAttribute('aria-pressed', 'true');
  await lookAt(page, 'builder-phone');
});
