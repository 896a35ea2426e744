import { expect, lookAt, test, type Page } from './support/test';

interface Harness {
  node?: unknown;
  filter?: unknown;
  before: string[];
  [key: string]: unknown;
}

async function open(page: Page, harness: Harness) {
  await page.addInitScript((text) => localStorage.setItem('harness', text), JSON.stringify(harness));
  await page.goto('/scenarios/1');
}

async function out(page: Page) {
  return JSON.parse((await page.getByTestId('out').textContent()) ?? '') as {
    parameters: Record<string, unknown>;
    mapper: Record<string, unknown>;
  };
}

test('a connection is made in place, and a wrong token is refused with the reason', async ({
  signedIn: page,
  server,
}) => {
  await open(page, {
    node: { id: 2, module: 'customerly:createUpdateUser', version: 1 },
    before: ['customerly:listLeads'],
  });
  await page.getByRole('button', { name: 'Add' }).first().click();
  await page.getByLabel('API Token').fill('wrong');
  await page.getByRole('button', { name: /advanced/ }).click();
  await page.getByLabel('API address').fill(server.sandbox);
  await lookAt(page, 'form-connection');
  await page.getByRole('button', { name: 'Save and verify' }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await lookAt(page, 'form-connection-refused');
});

test('fields are mapped', async ({ signedIn: page }) => {
  await open(page, {
    node: {
      id: 2,
      module: 'customerly:createUpdateUser',
      version: 1,
      mapper: { email: '{{1.email}}', name: 'Dear {{if(1.name; upper(1.name); "friend")}}!' },
    },
    before: ['customerly:listLeads'],
  });
  await page.getByRole('textbox', { name: 'User ID' }).click();
  await page.keyboard.type('x {{ema');
  await page.waitForTimeout(800);
  await lookAt(page, 'form-mapping');
  await page.keyboard.press('Enter');
  await expect.poll(async () => (await out(page)).mapper.user_id).toBe('x {{1.email}}');
});
