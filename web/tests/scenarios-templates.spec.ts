import { expect, lookAt, test } from './support/test';
import { disconnect } from './support/scenario';

test('a template is used: its connection and data store are made on the way', async ({
  signedIn: page,
  server,
  call,
}) => {
  await disconnect(call);
  await page.goto('/templates');
  await expect(page.getByRole('heading', { name: 'Keep leads in a data store' })).toBeVisible();
  await lookAt(page, 'templates');
  await page.getByRole('button', { name: 'Use “Keep leads in a data store”' }).click();
  await expect(page.getByText('Choose what is missing first.')).toBeVisible();
  await page.getByRole('button', { name: 'New connection' }).click();
  await page.getByLabel('API Token').fill('sandbox-token');
  await page.getByText('Advanced').click();
  await page.getByLabel('API address').fill(server.sandbox);
  await page.getByRole('button', { name: 'Save and verify' }).click();
  await expect(page.getByLabel('Customerly account')).toHaveValue(/^[1-9]/);
  await expect(page.getByLabel('Begins with')).toHaveValue('all');
  await lookAt(page, 'template-use');
  await page.getByRole('button', { name: 'Make the scenario' }).click();
  await expect(page).toHaveURL(/\/scenarios\/\d+$/);

  // Whoever runs it once sees the leads that there are, and gets from there to their table.
  await page.getByRole('button', { name: 'Run once' }).click();
  await expect(page.locator('.dock').getByText('Success')).toBeVisible({ timeout: 60_000 });
  await page.getByRole('button', { name: /^Module 2:/ }).click();
  await lookAt(page, 'template-run');
  await page.getByRole('link', { name: 'Open Leads' }).click();
  await expect(page.getByRole('heading', { name: 'Leads', exact: true })).toBeVisible();
  await expect(page.getByText('@').first()).toBeVisible();
});
