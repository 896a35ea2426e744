import { expect, lookAt, test, type Page } from './support/test';
import { make, run, send, step } from './support/scenario';

test.setTimeout(300_000); // pictures take their time where the machine is busy
test.use({ actionTimeout: 30_000 });

const panel = (page: Page) => page.getByRole('dialog', { name: 'Notices' });

test('the bell tells what fails, waits and was switched off, by mouse and by keyboard', async ({
  signedIn: page,
  call,
  server,
}) => {
  const bell = page.getByRole('button', { name: /^Notices/ });
  await expect(bell).toHaveAccessibleName('Notices, 0 new');
  await bell.click();
  await expect(panel(page).getByText('Nothing needs you.')).toBeVisible();
  await lookAt(page, 'bell-empty');
  await page.keyboard.press('Escape');
  await expect(panel(page)).toBeHidden();

  const off = await make(call, 'Fails at once', [send(1, server.sandbox, '400', '{}')], { maxErrors: 1 });
  await call('POST', `/scenarios/${off}/start`);
  await run(call, off);
  await expect(bell).not.toHaveAccessibleName('Notices, 0 new'); // told while one looks elsewhere
  const keeps = await make(call, 'Keeps what fails', [
    step(1, 'json:ParseJSON', { mapper: { json: '{}' } }),
    send(2, server.sandbox, '400', '{}'),
  ]);
  await run(call, keeps);
  await expect(page.getByRole('status').filter({ hasText: /Notices, \d new/ })).toBeAttached();

  await bell.focus();
  await page.keyboard.press('Enter');
  await expect(panel(page)).toBeFocused();
  await expect(bell).toHaveAttribute('aria-expanded', 'true');
  await expect(panel(page).getByText('“Keeps what fails” waits for your decision')).toBeVisible();
  await expect(panel(page).getByText('“Fails at once” failed')).toBeVisible();
  await lookAt(page, 'bell');
  await page.keyboard.press('Tab');
  await expect(panel(page).getByRole('link').first()).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(bell).toBeFocused();
  await expect(bell).toHaveAccessibleName('Notices, 0 new');
  await bell.click();
  await expect(panel(page).getByText('New:')).toHaveCount(0);
  await panel(page)
    .getByRole('link', { name: /waits for your decision/ })
    .click();
  await expect(page).toHaveURL(/\/incomplete\/\d+$/);
  await expect(panel(page)).toBeHidden();
});

test('a scenario that was switched off stands in the bell', async ({ signedIn: page, call, server }) => {
  const id = await make(call, 'Nightly', [send(1, server.sandbox, '422', '{}')], { maxErrors: 1, dlq: false });
  await call('PATCH', `/scenarios/${id}`, { schedule: { type: 'indefinitely', interval: 900 } });
  await call('POST', `/scenarios/${id}/start`);
  await run(call, id);
  await page.reload();
  await page.getByRole('button', { name: /^Notices/ }).click();
  await page.getByRole('link', { name: /“Nightly” is switched off/ }).click();
  await expect(page).toHaveURL(new RegExp(`/scenarios/${id}$`));
});
