import { expect, lookAt, test, type Page } from './support/test';

test.setTimeout(300_000); // pictures take their time where the machine is busy
test.use({ actionTimeout: 30_000 });

interface Stored {
  key: string;
  data: Record<string, unknown>;
  revision: number;
}

const alert = (page: Page) => page.getByRole('alert', { name: 'Somebody else was faster' });

test('of two people who edit one record, the second is told and loses nothing', async ({ signedIn: page, call }) => {
  await call('POST', '/datastores', {
    name: 'Contacts',
    structure: [
      { name: 'name', type: 'text' },
      { name: 'plan', type: 'text' },
      { name: 'notes', type: 'text' },
    ],
  });
  const put = (data: object) => call<Stored>('PUT', '/datastores/1/record', { key: 'ada', data });
  const get = () => call<Stored>('GET', '/datastores/1/record?key=ada');
  await put({ name: 'Ada', plan: 'free', notes: '' });
  await page.goto('/datastores/1');
  await page.getByRole('button', { name: 'ada', exact: true }).click();
  await page.getByLabel('notes', { exact: true }).fill('Wants to be called on Monday');
  await put({ name: 'Ada Lovelace', plan: 'gold', notes: '' }); // somebody else, meanwhile
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(alert(page)).toContainText('The record was changed while you were editing it');
  await expect(page.getByLabel('notes', { exact: true })).toHaveValue('Wants to be called on Monday');
  await expect(alert(page).getByRole('row', { name: /plan/ })).toContainText('gold');
  expect((await get()).data).toEqual({ name: 'Ada Lovelace', plan: 'gold', notes: '' });
  await lookAt(page, 'record-conflict');
  await alert(page).getByRole('button', { name: 'Take what is there' }).click();
  await expect(page.getByLabel('plan', { exact: true })).toHaveValue('gold');
  await page.getByLabel('notes', { exact: true }).fill('Called');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect.poll(async () => (await get()).data.notes).toBe('Called');

  await page.getByLabel('notes', { exact: true }).fill('Called twice');
  await put({ name: 'Ada Lovelace', plan: 'platinum', notes: 'Called' });
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await alert(page).getByRole('button', { name: 'Save both together' }).click();
  await expect(alert(page)).toBeHidden();
  await expect(page.getByLabel('plan', { exact: true })).toHaveValue('platinum');
  expect((await get()).data).toEqual({ name: 'Ada Lovelace', plan: 'platinum', notes: 'Called twice' });

  await page.getByLabel('plan', { exact: true }).fill('silver'); // the panel stays, with the new revision
  await put({ name: 'Ada', plan: 'bronze' });
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await alert(page).getByRole('button', { name: 'Save mine over it' }).click();
  await expect(alert(page)).toBeHidden();
  expect((await get()).data.plan).toBe('silver');

  await page.getByLabel('plan', { exact: true }).fill('diamond');
  await call('DELETE', '/datastores/1/record?key=ada');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(alert(page)).toContainText('The record was deleted while you were editing it.');
  await lookAt(page, 'record-deleted');
  await alert(page).getByRole('button', { name: 'Save it again' }).click();
  await expect(alert(page)).toBeHidden();
  expect((await get()).data.plan).toBe('diamond');
});

test('a new record takes the place of no other', async ({ signedIn: page, call }) => {
  await call('POST', '/datastores', { name: 'Contacts', structure: [{ name: 'name', type: 'text' }] });
  await call('PUT', '/datastores/1/record', { key: 'ada', data: { name: 'Ada' } });
  await page.goto('/datastores/1');
  await page.getByRole('button', { name: 'New record' }).click();
  await page.getByLabel('Key', { exact: true }).fill('ada');
  await page.getByLabel('name', { exact: true }).fill('Another Ada');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('There is a record with this key already.')).toBeVisible();
  await expect(page.getByLabel('name', { exact: true })).toHaveValue('Another Ada');
  expect((await call<Stored>('GET', '/datastores/1/record?key=ada')).data.name).toBe('Ada');
  await page.getByLabel('Key', { exact: true }).fill('ada-2');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByRole('button', { name: 'ada-2', exact: true })).toBeVisible();
});

test('cells stand below their headings, however long the keys are', async ({ signedIn: page, call }) => {
  const structure = ['name', 'country', 'plan', 'changed'].map((name) => ({ name, type: 'text' }));
  await call('POST', '/datastores', { name: 'Leads', structure });
  const long = 'a.very.long.name.of.somebody@a.long.name.of.a.company.example';
  for (const key of ['ada@example.org', 'andrea.olsen.1w@studio.example', long])
    await call('PUT', '/datastores/1/record', {
      key,
      data: { name: `Name of ${key}`, country: 'United Kingdom', plan: '', changed: '2026-10-29 11:41:11' },
    });
  await page.goto('/datastores/1');
  await expect(page.getByRole('button', { name: long })).toHaveAttribute('title', long);
  const lefts = () =>
    page
      .getByRole('row')
      .evaluateAll((rows) =>
        rows.map((row) => [...row.children].map((x) => Math.round(x.getBoundingClientRect().left)).join(' ')),
      );
  expect(new Set(await lefts()).size).toBe(1);
  await page.setViewportSize({ width: 700, height: 700 }); // it has to be scrolled sideways
  const table = page.getByRole('table', { name: 'Leads' });
  await table.evaluate((box) => box.scrollTo({ left: 120 }));
  expect(await table.evaluate((box) => box.scrollLeft)).toBe(120);
  expect(new Set(await lefts()).size).toBe(1);
});
