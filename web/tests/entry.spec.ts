import { expect, lookAt, owner, test } from './support/test';

test('the first user is made with the link that the server prints', async ({ page, server }) => {
  await page.goto(`/setup#${server.secret}`);
  await expect(page).toHaveURL(/\/setup$/);
  await lookAt(page, 'setup');
  await page.getByLabel('Your name').fill(owner.name);
  await page.getByLabel('Email').fill(owner.email);
  await page.getByLabel('Password').fill('short');
  await page.getByRole('button', { name: 'Create your account' }).click();
  await expect(page.locator('.field-error')).toBeVisible();
  await page.getByLabel('Password').fill(owner.password);
  await page.getByRole('button', { name: 'Create your account' }).click();
  await expect(page).toHaveURL(/\/scenarios$/);
});

test('who is not signed in signs in, and comes back', async ({ page, server, call }) => {
  await call('POST', '/setup', { secret: server.secret, ...owner, language: 'en', zone: 'UTC' });
  await call('DELETE', '/session');
  await page.goto('/history?status=error');
  await expect(page).toHaveURL(/\/sign-in\?return_to=/);
  await page.getByLabel('Email').fill(owner.email);
  await page.getByLabel('Password').fill('wrong wrong wrong');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await page.getByLabel('Password').fill(owner.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(/\/history\?status=error$/);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page).toHaveURL(/\/sign-in$/);
});
