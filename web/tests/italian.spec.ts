import { expect, lookAt, owner, test } from './support/test';

test('an Italian reads in Italian why a scenario failed, and what is wrong in an expression', async ({
  page,
  server,
  call,
}) => {
  await call('POST', '/setup', { secret: server.secret, ...owner, language: 'it', zone: 'Europe/Rome' });
  const flow = [
    { id: 1, module: 'customerly:listLeads', version: 1, parameters: {}, mapper: { limit: 1 } },
    {
      id: 2,
      module: 'http:MakeRequest',
      version: 4,
      parameters: { authenticationType: 'noAuth' },
      mapper: { url: 'ftp://files.example.com/', method: 'get' },
    },
  ];
  const { scenario } = await call<{ scenario: { id: number } }>('POST', '/scenarios', {
    blueprint: { name: 'Consegna', flow, metadata: {} },
    unfinished: true,
  });
  await call('POST', `/scenarios/${scenario.id}/run`, {});

  await page.goto('/history');
  const reason = 'url: L’URL non comincia con http:// o https://.';
  await expect(page.locator('.grid-error')).toContainText(reason);
  await page.goto('/history/1');
  await expect(page.locator('.problem').first()).toContainText(reason);
  await expect(page.locator('.problem').first()).toContainText(
    'Scrivi un indirizzo completo, per esempio https://api.example.com/v1/users.',
  );
  await lookAt(page, 'italian-failure');

  await page.goto(`/scenarios/${scenario.id}`);
  await page.locator('[data-id="2"]').first().click();
  const field = page.getByRole('textbox', { name: 'URL', exact: true });
  await field.click();
  const editor = field.and(page.locator('[contenteditable="true"]'));
  await editor.fill('{{uper(1.email)}}');
  await expect(page.locator('.module-form')).toContainText('La funzione «uper» non esiste · Intendevi «upper»?');
  await editor.fill('{{formatDate("ieri"; "YYYY")}}');
  await expect(page.locator('.module-form')).toContainText('serve una data come 2026-11-23');
  await lookAt(page, 'italian-expression');
});
