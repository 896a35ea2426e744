import { expect, lookAt, test, type Page } from './support/test';
import { connection, make, run, step } from './support/scenario';

test.setTimeout(300_000); // pictures take their time where the machine is busy
test.use({ actionTimeout: 30_000 });

const ways = (page: Page) => page.getByRole('dialog', { name: 'Ways to run' });

/** Waits until the run that was started from the builder is over, and shows what it did. */
async function look(page: Page, module: number) {
  await expect(page.locator('.dock').getByText('Success')).toBeVisible({ timeout: 60_000 });
  await page.getByRole('button', { name: new RegExp(`^Module ${module}:`) }).click();
}

test('a scenario runs with the data of an earlier execution, and with data that is typed', async ({
  signedIn: page,
  call,
}) => {
  const id = await make(call, 'Many ways', [
    step(1, 'json:ParseJSON', { mapper: { json: '{"name": "as it comes"}' } }),
    step(2, 'util:ComposeTransformer', { mapper: { value: 'Hello {{1.name}}' } }),
  ]);
  const earlier = await run(call, id, { input: [{ name: 'Ada, from earlier' }] });
  await page.goto(`/scenarios/${id}`);
  await page.getByRole('button', { name: 'Ways to run' }).focus();
  await page.keyboard.press('Enter');
  await expect(ways(page)).toBeVisible();
  await expect(ways(page).getByLabel('Run with')).toBeFocused();
  await lookAt(page, 'run-ways');
  await page.keyboard.press('Escape');
  await expect(ways(page)).toBeHidden();
  await expect(page.getByRole('button', { name: 'Ways to run' })).toBeFocused();

  await page.getByRole('button', { name: 'Ways to run' }).click();
  await ways(page).getByLabel('Run with').selectOption('earlier');
  await expect(ways(page).getByRole('button', { name: 'Run once' })).toBeDisabled();
  await ways(page).getByLabel('Execution', { exact: true }).selectOption(String(earlier));
  await lookAt(page, 'run-ways-earlier');
  await ways(page).getByRole('button', { name: 'Run once' }).click();
  await expect(ways(page)).toBeHidden();
  await look(page, 2);
  await expect(page.getByRole('treeitem').filter({ hasText: 'Hello Ada, from earlier' })).toBeVisible();

  await page.getByRole('button', { name: 'Ways to run' }).click();
  await ways(page).getByLabel('Run with').selectOption('typed');
  await ways(page).getByLabel('Bundles of the first module').fill('[{"name": ');
  await expect(ways(page).getByText(/This is not a JSON list of bundles/)).toBeVisible();
  await lookAt(page, 'run-ways-typed');
  await ways(page).getByLabel('Bundles of the first module').fill('[{"name": "Grace"}]');
  await ways(page).getByRole('button', { name: 'Run once' }).click();
  await expect(page.getByRole('treeitem').filter({ hasText: 'Hello Grace' })).toBeVisible({ timeout: 60_000 });
});

test('a trigger that polls starts where somebody says', async ({ signedIn: page, call }) => {
  const id = await make(call, 'Watches', [
    step(1, 'customerly:watchLeads', { parameters: connection, mapper: { limit: 2 } }),
    step(2, 'util:ComposeTransformer', { mapper: { value: '{{1.email}}' } }),
  ]);
  await page.goto(`/scenarios/${id}`);
  await page.getByRole('button', { name: 'Ways to run' }).click();
  await ways(page).getByText('Where the trigger starts').click();
  const start = ways(page).getByLabel('Start', { exact: true });
  await start.selectOption('all');
  await expect(ways(page).getByText('Everything that exists comes first')).toBeVisible();
  await ways(page).getByRole('button', { name: 'Set the start' }).click();
  await expect(page.getByText('Saved.', { exact: true })).toBeVisible();
  const choices = () =>
    call<{ chosen?: { from: string; id?: string }; reached_date?: string }>('GET', `/scenarios/${id}/start-from`);
  expect((await choices()).chosen?.from).toBe('all');
  await start.selectOption('item');
  const record = ways(page).getByLabel('Record', { exact: true });
  await expect(record.locator('option').nth(2)).toBeAttached({ timeout: 30_000 });
  await expect(ways(page).getByRole('button', { name: 'Set the start' })).toBeDisabled();
  await record.selectOption({ index: 2 });
  await lookAt(page, 'run-ways-start-from');
  await ways(page).getByRole('button', { name: 'Set the start' }).click();
  await expect.poll(async () => (await choices()).chosen?.from).toBe('item');
  await ways(page).getByRole('button', { name: 'Run once' }).click();
  await expect(page.locator('.dock').getByText('Success')).toBeVisible({ timeout: 60_000 });
  await page.getByRole('button', { name: 'Ways to run' }).click();
  await ways(page).getByText('Where the trigger starts').click();
  await expect(ways(page).getByText('It has come to records of')).toBeVisible();
});

test('a run that finds nothing new leads to the records that exist', async ({ signedIn: page, call }) => {
  const id = await make(call, 'Finds nothing', [
    step(1, 'customerly:watchLeads', { parameters: connection, mapper: { limit: 2 } }),
    step(2, 'util:ComposeTransformer', { mapper: { value: '{{1.email}}' } }),
  ]);
  await page.goto(`/scenarios/${id}`);
  await page.getByRole('button', { name: 'Run once' }).click();
  await expect(page.getByText('The trigger found nothing new.')).toBeVisible({ timeout: 60_000 });
  await page.getByRole('button', { name: 'Begin with what exists…' }).click();
  await expect(ways(page).getByLabel('Start', { exact: true })).toHaveValue('all');
  await expect(ways(page).getByLabel('Start', { exact: true })).toBeFocused();
  await lookAt(page, 'run-nothing-new');
  await ways(page).getByRole('button', { name: 'Set it and run' }).click();
  await expect(ways(page)).toBeHidden();
  await expect(page.getByText('The trigger found nothing new.')).toBeHidden();
  await look(page, 2);
  await expect(page.getByRole('treeitem').filter({ hasText: '@' }).first()).toBeVisible({ timeout: 60_000 });
  await page.getByRole('button', { name: 'Ways to run' }).click();
  await expect(ways(page).getByLabel('Run with')).toBeFocused();
});

test('a module runs by itself, and what it gave is pinned, edited, used and removed', async ({
  signedIn: page,
  call,
}) => {
  const id = await make(call, 'Pinned', [
    step(1, 'customerly:listLeads', { parameters: connection, mapper: { limit: 1 } }),
    step(2, 'util:ComposeTransformer', { mapper: { value: 'Hello {{1.name}}' } }),
  ]);
  await page.goto(`/scenarios/${id}`);
  await page.locator('[data-module="1"]').first().click();
  const panel = page.getByRole('complementary').last();
  await panel.getByText('Run this module only').click();
  await panel.getByRole('button', { name: 'Run this module' }).click();
  await expect(panel.getByText(/^It gave 1 bundle/)).toBeVisible({ timeout: 30_000 });
  await panel.getByRole('button', { name: 'Pin this output as sample' }).scrollIntoViewIfNeeded();
  await lookAt(page, 'run-module');
  await panel.getByRole('button', { name: 'Pin this output as sample' }).click();
  await expect(page.getByText('Pinned. Previews use it, and runs can.')).toBeVisible();
  await panel.locator('summary', { hasText: 'Sample data' }).click();
  await expect(panel.getByText(/1 bundle is pinned/)).toBeVisible();
  await panel.getByRole('button', { name: 'Edit', exact: true }).click();
  const text = panel.getByLabel('Bundles that stand in for this module');
  await text.fill('[{"name": ');
  await expect(panel.getByText(/This is not a JSON list of bundles/)).toBeVisible();
  await expect(panel.getByRole('button', { name: 'Pin', exact: true })).toBeDisabled();
  await text.fill('[{"name": "Ada"}, {"name": "Grace"}]');
  await lookAt(page, 'sample-edit');
  await panel.getByRole('button', { name: 'Pin', exact: true }).click();
  await expect(panel.getByText(/2 bundles are pinned/)).toBeVisible();
  await lookAt(page, 'sample-pinned');

  await page.locator('[data-module="2"]').first().click();
  await panel.getByText('Run this module only').click();
  await expect(panel.getByLabel(/^Data of List Leads/)).toHaveValue(/Ada/);
  await expect(panel.getByText('pinned data').last()).toBeVisible();
  await page.getByRole('button', { name: 'Ways to run' }).click();
  await expect(ways(page).getByRole('checkbox', { name: 'Use the pinned samples of 1 module' })).toBeChecked();
  await lookAt(page, 'run-ways-pinned');
  await ways(page).getByRole('button', { name: 'Run once' }).click();
  await look(page, 2);
  await expect(page.getByRole('treeitem').filter({ hasText: 'Hello Ada' })).toBeVisible();
  await page.getByRole('option', { name: /Operation 2/ }).click();
  await expect(page.getByRole('treeitem').filter({ hasText: 'Hello Grace' })).toBeVisible();
  await look(page, 1);
  await expect(page.getByText('These bundles are pinned sample data')).toBeVisible();
  await lookAt(page, 'pinned-run');

  await page.locator('[data-module="1"]').first().click();
  await panel.locator('summary', { hasText: 'Sample data' }).click();
  await panel.getByRole('button', { name: 'Unpin the sample' }).click();
  await expect(panel.getByText('Pinned bundles stand in for this module')).toBeVisible();
  const { items } = await call<{ items: { origin: string }[] }>('GET', `/scenarios/${id}/samples`);
  expect(items.map((s) => s.origin)).not.toContain('pinned');
});
