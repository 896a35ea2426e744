import { expect, test, type Page } from './support/test';
import { make, step, type Call } from './support/scenario';

const start = step(1, 'util:BasicTrigger', {
  parameters: { values: [{ spec: [{ name: 'email', value: 'ada@example.com' }] }] },
});
const compose = step(2, 'util:ComposeTransformer', { mapper: { value: '{{1.email}}' } });

const title = 'Name of the scenario';

function module(page: Page, id: number) {
  return page.locator(`[data-module="${id}"]`);
}

/** Begins a scenario and saves it for the first time; the page is not loaded anew. */
async function beginOne(page: Page): Promise<number> {
  await begin(page);
  await page.keyboard.press('Control+s');
  await expect(page).toHaveURL(/\/scenarios\/\d+$/);
  return Number(page.url().split('/').at(-1));
}

async function add(page: Page, after: RegExp) {
  await page.getByRole('button', { name: after }).click();
  await page.getByRole('combobox', { name: 'Search apps and modules' }).fill('compose');
  await page
    .getByRole('option', { name: /Compose a string/ })
    .first()
    .click();
  await expect(module(page, 2)).toBeVisible();
}

/** The scenario as it was saved last, and no question about it. */
async function isNewest(page: Page, name: string) {
  await expect(page.getByLabel(title)).toHaveValue(name);
  await expect(module(page, 2)).toBeVisible();
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
  await expect(page.locator('.banners .note')).toHaveCount(0);
  await expect(page.getByRole('dialog')).toHaveCount(0);
}

async function executions(call: Call, scenario: number): Promise<number> {
  return (await call<{ items: unknown[] }>('GET', `/executions?scenario=${scenario}`)).items.length;
}

/** Begins a new scenario with a module that starts it. */
async function begin(page: Page) {
  await page.goto('/scenarios/new');
  await page.getByRole('button', { name: 'Add the first module' }).click();
  await page.getByRole('combobox', { name: 'Search apps and modules' }).fill('basic trigger');
  await page
    .getByRole('option', { name: /Basic trigger/ })
    .first()
    .click();
}

test('whoever comes back to a scenario sees what was saved last, by whichever way', async ({
  signedIn: page,
  call,
}) => {
  const id = await beginOne(page);
  await add(page, /^Add module after Basic trigger/);
  await page.getByLabel(title).fill('Saved twice');
  await page.getByRole('button', { name: 'Run once', exact: true }).click();
  await expect(page.getByRole('button', { name: /^Success/ })).toBeVisible();

  await page.getByRole('button', { name: 'History', exact: true }).click();
  await page.getByRole('table', { name: 'History' }).getByRole('link').click();
  await page.getByRole('link', { name: 'Scenario', exact: true }).click();
  await isNewest(page, 'Saved twice');

  await page.getByLabel(title).fill('Saved by keys');
  await page.keyboard.press('Control+s');
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
  await page.getByRole('link', { name: 'Scenarios', exact: true }).click();
  await page.getByRole('link', { name: 'Saved by keys' }).click();
  await isNewest(page, 'Saved by keys');

  await page.getByLabel(title).fill('Switched on');
  await page.getByRole('switch', { name: 'Inactive' }).click();
  await expect(page.getByRole('switch', { name: 'Active', exact: true })).toBeChecked();
  await page.getByRole('link', { name: 'Webhooks', exact: true }).click();
  await page.goBack();
  await isNewest(page, 'Switched on');

  await page.getByLabel(title).fill('Rescheduled');
  await page.getByRole('button', { name: 'Schedule' }).click();
  await page.getByLabel('Runs', { exact: true }).selectOption('weekly');
  await page.getByRole('button', { name: 'Save the schedule' }).click();
  await expect(page.getByText('The schedule is saved.')).toBeVisible();
  await page.keyboard.press('Control+s');
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
  await page.getByRole('link', { name: 'Connections', exact: true }).click();
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').fill('Rescheduled');
  await page.getByRole('option', { name: /Rescheduled/ }).click();
  await isNewest(page, 'Rescheduled');
  expect(await executions(call, id)).toBe(1);
});

test('a scenario that was run as it was made does not run again when somebody comes back to it', async ({
  signedIn: page,
  call,
}) => {
  await begin(page);
  await page.getByRole('button', { name: 'Run once', exact: true }).click();
  await expect(page.getByRole('button', { name: /^Success/ })).toBeVisible();
  const id = Number(page.url().split('/').at(-1));
  await page.getByRole('link', { name: 'Scenarios', exact: true }).click();
  await page.goBack();
  await expect(module(page, 1)).toBeVisible();
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'History', exact: true }).click();
  await expect(page.getByRole('table', { name: 'History' }).getByRole('link')).toHaveCount(1);
  expect(await executions(call, id)).toBe(1);
});

test('a scenario that is saved twice at once is made once, and is at odds with nobody', async ({
  signedIn: page,
  call,
}) => {
  await begin(page);
  await page.getByLabel(title).fill('Made once');
  const twice = () =>
    page.evaluate(() => {
      for (let i = 0; i < 2; i++)
        document.body.dispatchEvent(
          new KeyboardEvent('keydown', { key: 's', ctrlKey: true, cancelable: true, bubbles: true }),
        );
    });
  await twice();
  await expect(page).toHaveURL(/\/scenarios\/\d+$/);
  const id = Number(page.url().split('/').at(-1));
  await page.getByLabel(title).fill('Saved once more');
  await twice();
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  const { items } = await call<{ items: { id: number; name: string; version: number }[] }>('GET', '/scenarios');
  expect(items.filter((s) => s.name.startsWith('Made'))).toEqual([]);
  expect(items.find((s) => s.id === id)).toMatchObject({ name: 'Saved once more', version: 2 });
});

test('a page that is left while it saves asks nothing when one comes back', async ({ signedIn: page, call }) => {
  const id = await make(call, 'Slow', [start, compose]);
  await page.goto(`/scenarios/${id}`);
  await page.getByLabel(title).fill('Left while saving');
  let go: () => void = () => undefined;
  const held = new Promise<void>((done) => (go = done));
  await page.route('**/versions', async (route) => {
    if (route.request().method() === 'POST') await held;
    await route.continue();
  });
  await page.keyboard.press('Control+s');
  await page.getByRole('link', { name: 'Scenarios', exact: true }).click();
  let reads = 0;
  page.on('request', (r) => {
    if (r.method() === 'GET' && r.url().endsWith(`/scenarios/${id}`)) reads++;
  });
  await page.goBack();
  await expect(page).toHaveURL(`/scenarios/${id}`);
  await page.evaluate(() => fetch('/api/v1/me').then((answer) => answer.text()));
  expect(reads, 'it was read before it was saved').toBe(0);
  go();
  await isNewest(page, 'Left while saving');
});

test('what another saved is shown to whoever has changed nothing, and is never called a conflict', async ({
  signedIn: page,
  call,
}) => {
  const id = await make(call, 'Looked at', [start]);
  await page.goto(`/scenarios/${id}`);
  await expect(module(page, 1)).toBeVisible();
  const blueprint = { name: 'By another', flow: [start, compose], metadata: { version: 1, scenario: { dlq: true } } };
  await call('POST', `/scenarios/${id}/versions`, { blueprint });
  // Switching on tells this page of the newer version.
  await page.getByRole('switch', { name: 'Inactive' }).click();
  await isNewest(page, 'By another');
});

test('the same change made in two places is no conflict, and a filter is told among the changes of a true one', async ({
  signedIn: page,
  call,
}) => {
  const id = await make(call, 'Two places', [start, compose]);
  await page.goto(`/scenarios/${id}`);
  await page.getByLabel(title).fill('The same');
  const save = (name: string, flow: object[]) =>
    call('POST', `/scenarios/${id}/versions`, {
      blueprint: { name, flow, metadata: { version: 1, scenario: { dlq: true } } },
    });
  await save('The same', [start, compose]);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
  await expect(page.getByRole('dialog')).toHaveCount(0);

  await page.getByLabel(title).fill('Mine');
  const filter = { name: 'With an address', conditions: [[{ a: '{{1.email}}', o: 'exist' }]] };
  await save('The same', [start, { ...compose, filter }]);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'You have saved this scenario elsewhere' });
  await expect(dialog.getByText('Filter before Compose a string')).toBeVisible();
  await expect(dialog.getByText('Name, settings or notes')).toBeVisible();
});
