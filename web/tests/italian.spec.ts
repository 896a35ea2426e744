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

test('an Italian finds the modules of an app in both languages, and reads its fields in Italian', async ({
  page,
  server,
  call,
}) => {
  await call('POST', '/setup', { secret: server.secret, ...owner, language: 'it', zone: 'Europe/Rome' });
  await page.goto('/scenarios/new?module=customerly:createUpdateUser');
  const form = page.locator('.module-form');
  await expect(form).toContainText('Nome');
  await expect(form).toContainText("Viene aggiornato l'utente con questa e-mail");
  await lookAt(page, 'italian-form');

  await page.goto('/apps/datastore');
  await expect(page.getByRole('heading', { name: 'Archivio dati' })).toBeVisible();
  await expect(page.locator('.module-name', { hasText: 'Cerca record' })).toBeVisible();

  await page.goto('/scenarios/new');
  const search = page.getByRole('combobox', { name: /modul/i });
  if (!(await search.isVisible()))
    await page
      .getByRole('button', { name: /Aggiungi|Scegli/ })
      .first()
      .click();
  for (const words of ['search records', 'cerca record archivio']) {
    await search.fill(words);
    const first = page.locator('.picker-option').first();
    await expect(first).toContainText('Cerca record');
    await expect(first).toContainText('Archivio dati');
  }
  await lookAt(page, 'italian-picker');

  await page.goto('/templates');
  await expect(page.getByRole('heading', { name: 'Riconquista gli utenti silenziosi' })).toBeVisible();
});
