import { expect, lookAt, test } from './support/test';

test('an execution is in the history, with everything that it did', async ({ signedIn: page, call }) => {
  const { execution } = await call<{ execution: number }>('POST', '/scenarios/1/run', {});
  await page.goto('/history');
  const row = page.getByRole('row', { name: /Newsletter leads/ });
  await expect(row.getByText('Success')).toBeVisible();
  await lookAt(page, 'history');
  await row.getByRole('link').click();
  await expect(page).toHaveURL(new RegExp(`/history/${execution}$`));
  await expect(page.getByRole('heading', { name: /Newsletter leads/ })).toBeVisible();
  await expect(page.getByRole('option').first()).toBeVisible();
  await lookAt(page, 'execution');
});
