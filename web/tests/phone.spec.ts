import { expect, lookAt, test, type Page } from './support/test';
import { connection, make, run, send, step } from './support/scenario';

test.setTimeout(300_000); // pictures take their time where the machine is busy
test.use({ actionTimeout: 30_000 });

test.use({ viewport: { width: 390, height: 844 }, hasTouch: true });

/** Fails where a page can be pushed to the side. */
async function fits(page: Page) {
  expect(await page.evaluate(() => document.documentElement.scrollWidth), 'the page is wider than the phone').toBe(390);
}

test('what ran is looked through on a phone', async ({ signedIn: page, call, server }) => {
  const id = await make(call, 'Leads to the warehouse, every night', [
    step(1, 'customerly:listLeads', { parameters: connection, mapper: { limit: 3 } }),
    step(2, 'util:ComposeTransformer', { mapper: { value: '{{1.name}} <{{1.email}}>' } }),
    send(3, server.sandbox, '400', '{"email": "{{1.email}}"}'),
  ]);
  const execution = await run(call, id);
  await page.goto('/history');
  await expect(page.getByRole('row').filter({ hasText: 'Leads to the warehouse' })).toBeVisible();
  await fits(page);
  await lookAt(page, 'phone-history');
  await page.getByRole('link', { name: /Leads to the warehouse/ }).click();
  await expect(page).toHaveURL(new RegExp(`/history/${execution}`));
  await expect(page.getByRole('region', { name: 'The scenario as it ran' })).toBeVisible();
  await fits(page);
  await lookAt(page, 'phone-execution');
  await page.getByRole('button', { name: /^List Leads/ }).click();
  const inspector = page.getByRole('region', { name: 'Operations and their data' });
  await inspector.scrollIntoViewIfNeeded();
  await expect(inspector.getByRole('treeitem').filter({ hasText: 'email' }).first()).toBeVisible({ timeout: 60_000 });
  await lookAt(page, 'phone-inspector');
  await inspector.getByRole('tab', { name: /Request/ }).click();
  await expect(inspector.getByText(/GET/).first()).toBeVisible();
  await fits(page);
  await lookAt(page, 'phone-inspector-request');

  await page.goto('/incomplete');
  await expect(page.getByRole('row').filter({ hasText: 'Leads to the warehouse' }).first()).toBeVisible();
  await fits(page);
  await lookAt(page, 'phone-incompletes');
  await page.getByRole('button', { name: /^Notices/ }).click();
  await expect(page.getByRole('dialog', { name: 'Notices' })).toBeVisible();
  await lookAt(page, 'phone-bell');
});

test('a scenario is switched on and off, and run, on a phone', async ({ signedIn: page, call }) => {
  const id = await make(call, 'Every night', [
    step(1, 'customerly:listLeads', { parameters: connection, mapper: { limit: 1 } }),
    step(2, 'util:ComposeTransformer', { mapper: { value: '{{1.email}}' } }),
  ]);
  await page.goto('/scenarios');
  await page.getByRole('switch', { name: /^Every night/ }).click();
  await expect(page.getByRole('switch', { name: /^Every night/ })).toBeChecked();
  await page.goto(`/scenarios/${id}`);
  const active = page.getByRole('switch').first();
  await expect(active).toBeChecked();
  await fits(page);
  await lookAt(page, 'phone-scenario');
  await active.click();
  await expect(active).not.toBeChecked();
  await page.getByRole('button', { name: 'Ways to run' }).click();
  await expect(page.getByRole('dialog', { name: 'Ways to run' })).toBeVisible();
  await lookAt(page, 'phone-run-ways');
  await page.getByRole('dialog', { name: 'Ways to run' }).getByRole('button', { name: 'Run once' }).click();
  await expect(page.locator('.dock').getByText('Success')).toBeVisible({ timeout: 60_000 });
  await page
    .locator('.dock')
    .getByRole('button', { name: /Success/ })
    .click();
  await expect(page.getByRole('region', { name: 'Operations and their data' })).toBeVisible();
  await fits(page);
  await lookAt(page, 'phone-ran');
});
