import { expect, lookAt, test } from './support/test';
import { asked, connection, make, step } from './support/scenario';

test.setTimeout(300_000); // pictures take their time where the machine is busy
test.use({ actionTimeout: 30_000 });

test('a dry run reads for real, shows every write, and writes nothing', async ({ signedIn: page, call, server }) => {
  await call('POST', '/datastores', { name: 'People' });
  const id = await make(
    call,
    'Rehearsal',
    [
      step(1, 'customerly:listLeads', { parameters: connection, mapper: { limit: 2, sort: 'name' } }),
      step(2, 'customerly:createUpdateLead', {
        parameters: connection,
        mapper: { email: '{{1.email}}', name: 'Renamed by a rehearsal' },
      }),
      step(3, 'datastore:AddRecord', {
        parameters: { datastore: 'People' },
        mapper: { key: '{{1.email}}', data: { name: '{{2.name}}' } },
      }),
      step(4, 'util:FunctionSleep', { mapper: { duration: 90 } }),
      step(5, 'http:ActionSendData', {
        version: 3,
        mapper: {
          url: 'https://example.com/hooks/leads?token=t0ken',
          method: 'post',
          headers: [{ name: 'Authorization', value: 'Bearer very-secret' }],
          bodyType: 'raw',
          contentType: 'application/json',
          data: '{"email": "{{1.email}}"}',
        },
      }),
    ],
    {},
  );
  const before = (await asked(server.sandbox)).length;
  await page.goto(`/scenarios/${id}`);
  await page.getByRole('button', { name: 'Ways to run' }).click();
  await page.getByRole('checkbox', { name: /^Dry run/ }).check();
  await page.getByRole('button', { name: 'Start the dry run' }).click();
  await expect(page.locator('.dock').getByText('Success')).toBeVisible({ timeout: 60_000 }); // and not after three minutes of sleep
  await page
    .locator('.dock')
    .getByRole('button', { name: /Success/ })
    .click();
  await expect(page.getByRole('region', { name: 'Operations and their data' })).toBeVisible();
  await lookAt(page, 'dry-run-in-builder');

  await page.goto('/history?kind=dry');
  await page.getByRole('link', { name: /Rehearsal/ }).click();
  await expect(page.getByRole('heading', { name: /Rehearsal/ })).toBeVisible();
  await expect(page.getByText('Dry run', { exact: true })).toBeVisible();

  await page.getByRole('button', { name: /^Module 2:/ }).click();
  await expect(page.getByText('Nothing was sent. This is what it would have done.')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'A record would be changed' })).toBeVisible();
  const changes = page.getByRole('region', { name: 'Before and after' });
  await expect(changes.getByRole('row', { name: /name/ })).toContainText('Renamed by a rehearsal');
  await expect(page.getByText(/POST.*\/v1\/leads/)).toBeVisible();
  await lookAt(page, 'dry-run-request');

  await page.getByRole('button', { name: /^Module 3:/ }).click();
  await expect(page.getByText(/It would insert a record into the data store People/)).toBeVisible();
  await expect(page.getByRole('heading', { name: 'A record would be created' })).toBeVisible();
  await lookAt(page, 'dry-run-record');
  await page.getByRole('button', { name: /^Module 4:/ }).click();
  await expect(page.getByText('It would wait 1.5 min. The dry run does not.')).toBeVisible();
  await page.getByRole('button', { name: /^Module 5:/ }).click();
  await expect(page.getByText(/POST.*example\.com\/hooks\/leads/)).toBeVisible();
  await expect(page.getByText('The output is made up')).toBeVisible();
  await expect(page.getByText('very-secret')).toHaveCount(0);
  await lookAt(page, 'dry-run-call');

  const during = (await asked(server.sandbox)).slice(before);
  expect(during.filter((r) => r.method !== 'GET')).toEqual([]);
  expect(during.length, 'reads are done').toBeGreaterThan(0);
  const { items } = await call<{ items: unknown[] }>('GET', '/datastores/1/records');
  expect(items).toEqual([]);
});

test('dry runs are found, and left out', async ({ signedIn: page, call }) => {
  const id = await make(call, 'Two kinds', [step(1, 'util:BasicTrigger', { mapper: { values: [{ spec: [] }] } })], {});
  for (const dry of [true, false]) await call('POST', `/scenarios/${id}/run`, { dry });
  await page.goto('/history');
  const rows = page.getByRole('row').filter({ hasText: 'Two kinds' });
  await expect(rows).toHaveCount(2);
  await page.getByRole('button', { name: 'Dry runs' }).click();
  await expect(page).toHaveURL(/kind=dry/);
  await expect(rows).toHaveCount(1);
  await expect(rows.getByText('Dry run', { exact: true })).toBeVisible();
  await lookAt(page, 'history-dry');
  await page.getByRole('button', { name: 'Real runs' }).click();
  await expect(rows).toHaveCount(1);
  await expect(rows.getByText('Dry run', { exact: true })).toHaveCount(0);
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await expect(rows).toHaveCount(2);
});
