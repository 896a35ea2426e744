import { expect, lookAt, test, type Page } from './support/test';

/** Adds a module with the picker that is open. */
async function pick(page: Page, words: string, name: RegExp) {
  await page.getByRole('combobox', { name: 'Search apps and modules' }).fill(words);
  await page.getByRole('option', { name }).first().click();
}

test('a scenario is built by mouse, saved and run', async ({ signedIn: page }) => {
  await page.goto('/scenarios/new');
  await expect(page.getByRole('button', { name: 'Add the first module' })).toBeVisible();
  await lookAt(page, 'builder-empty');
  await page.getByRole('button', { name: 'Add the first module' }).click();
  await expect(page.getByRole('option').first()).toBeVisible();
  await lookAt(page, 'builder-picker');
  await pick(page, 'list leads', /List leads/i);
  await page.getByRole('button', { name: /^Add module after List leads/i }).click();
  await pick(page, 'create update user', /Create.*user/i);
  await page.getByRole('button', { name: /^Add module after Create.*user/i }).click();
  await pick(page, 'tag', /tag/i);
  await page.getByLabel('Name of the scenario').fill('Leads to users');
  await lookAt(page, 'builder');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page).toHaveURL(/\/scenarios\/\d+$/);
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
});
