import { createHmac } from 'node:crypto';
import { Server } from './support/server';
import { expect, lookAt, owner, test, type Page } from './support/test';

test.setTimeout(240_000); // many screens are looked at

const stepSeconds = 30;

function base32(text: string): Buffer {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  let bits = '';
  for (const c of text.replace(/[\s=]/g, '').toUpperCase()) bits += alphabet.indexOf(c).toString(2).padStart(5, '0');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((b) => parseInt(b, 2)));
}

/** The code of an authenticator app (RFC 6238), as many steps from now as ahead says. */
function totp(key: string, ahead = 0): string {
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 1000 / stepSeconds) + ahead));
  const hash = createHmac('sha1', base32(key)).update(step).digest();
  const at = (hash[19] ?? 0) & 15;
  return String((hash.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

async function signIn(page: Page, code?: string) {
  await page.goto('/sign-in');
  await page.getByLabel('Email').fill(owner.email);
  await page.getByLabel('Password').fill(owner.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  if (!code) return;
  await page.getByLabel('Code').fill(code);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

test('a second factor is set up, asked for, and stood in for by a recovery code', async ({ signedIn: page }) => {
  await page.goto('/account?view=signing-in');
  await expect(page.getByText('this one')).toBeVisible();
  await lookAt(page, 'account-signing-in');
  await page.getByRole('button', { name: 'Set up' }).click();
  await page.getByRole('textbox', { name: 'Password', exact: true }).fill('not the password');
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.locator('.problem, .field-error').first()).toBeVisible();
  await page.getByRole('textbox', { name: 'Password', exact: true }).fill(owner.password);
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByRole('img', { name: /QR code/ })).toBeVisible();
  const key = await page.getByLabel('Key', { exact: true }).inputValue();
  await lookAt(page, 'account-second-factor');
  await page.getByLabel('Code', { exact: true }).fill(totp(key));
  await page.getByRole('button', { name: 'Turn it on' }).click();
  const codes = page.getByRole('group', { name: 'Recovery codes' }).getByRole('listitem');
  await expect(codes).toHaveCount(10);
  const recovery = (await codes.first().textContent()) ?? '';
  await lookAt(page, 'account-recovery-codes');
  await page.getByRole('button', { name: 'I have kept them' }).click();
  await expect(page.getByText('10 recovery codes left')).toBeVisible();

  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page).toHaveURL(/\/sign-in$/);
  await signIn(page, totp(key, 1)); // the one of now has been used
  await expect(page).toHaveURL(/\/scenarios$/);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page).toHaveURL(/\/sign-in$/);
  await signIn(page, recovery);
  await expect(page).toHaveURL(/\/scenarios$/);
  await page.goto('/account?view=signing-in');
  await expect(page.getByText('9 recovery codes left')).toBeVisible();
});

test('a token does what it was made for, until it is deleted', async ({ signedIn: page, server }) => {
  await page.goto('/account?view=programs');
  await page.getByRole('button', { name: 'New token' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Dashboard in the office');
  await page.getByRole('radio', { name: /^Look Scenarios/ }).check();
  await lookAt(page, 'account-new-token');
  await page.getByRole('button', { name: 'Make the token' }).click();
  const secret = await page.getByRole('textbox', { name: 'Dashboard in the office' }).inputValue();
  const use = (method: string, path: string) =>
    fetch(`${server.url}/api/v1${path}`, { method, headers: { Authorization: `Bearer ${secret}` } });
  expect((await use('GET', '/scenarios')).status).toBe(200);
  expect((await use('POST', '/scenarios/1/start')).status).toBe(403);
  await page.getByRole('button', { name: 'I have kept it' }).click();
  await lookAt(page, 'account-programs');
  await page.getByRole('button', { name: 'Delete the token Dashboard in the office' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(page.getByText('Dashboard in the office', { exact: true })).toBeHidden();
  expect((await use('GET', '/scenarios')).status).toBe(401);
});

test('somebody is invited and works by a role, and the last owner stays', async ({
  signedIn: page,
  browser,
  baseURL,
}) => {
  await page.goto('/organization?view=invitations');
  await page.getByLabel('Email').fill('ann@example.com');
  await page.getByLabel('Role in the team').selectOption('operator');
  await lookAt(page, 'people-invite');
  await page.getByRole('button', { name: 'Invite', exact: true }).click();
  const link = await page.getByLabel('Link for ann@example.com').inputValue();
  await expect(page.getByRole('button', { name: 'Take back the invitation of ann@example.com' })).toBeVisible();
  await lookAt(page, 'people-invited');

  const context = await browser.newContext({ baseURL });
  const ann = await context.newPage();
  await ann.goto(link);
  await ann.getByLabel('Your name').fill('Ann Operator');
  await ann.getByLabel('Password').fill('another long password');
  await ann.getByRole('button', { name: 'Join' }).click();
  await expect(ann).toHaveURL(/\/scenarios$/);
  await expect(ann.getByRole('link', { name: 'History' })).toBeVisible();
  await expect(ann.getByRole('link', { name: 'Server' })).toHaveCount(0);
  await expect(ann.getByRole('link', { name: 'Audit log' })).toHaveCount(0);
  await ann.goto('/organization');
  await expect(ann.getByRole('cell', { name: /Olga Owner/ })).toBeVisible();
  await expect(ann.getByRole('combobox')).toHaveCount(0);
  await context.close();

  await page.goto('/organization');
  await expect(page.getByLabel('Role of Ann Operator')).toHaveValue('member');
  await page.getByLabel('Role of Olga Owner').selectOption('admin');
  await expect(page.getByRole('alert')).toContainText('last owner');
  await expect(page.getByLabel('Role of Olga Owner')).toHaveValue('owner');
  await lookAt(page, 'people');
});

/** Makes a second user, who is a member of the first team. */
async function withAnn(page: Page, call: <T>(method: string, path: string, body?: unknown) => Promise<T>) {
  const { link } = await call<{ link: string }>('POST', '/organizations/1/invitations', {
    email: 'ann@example.com',
    role: 'member',
    team: 1,
    team_role: 'member',
  });
  const accepted = await fetch(new URL('/api/v1/invitations/accept', page.url()), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ secret: link.split('#')[1], name: 'Ann Operator', password: 'another long password' }),
  });
  expect(accepted.status).toBe(200);
}

test('rights in a team are given one by one, and the log tells it', async ({ signedIn: page, call }) => {
  await withAnn(page, call);
  await page.goto('/organization');
  await page.getByRole('link', { name: 'Teams', exact: true }).click();
  await page.getByLabel('Role of Ann Operator').selectOption('restricted');
  await page.getByText('Rights', { exact: true }).click();
  await page.getByLabel('Switch scenarios on and off').click();
  await expect(page.getByText('See scenarios and their versions, Switch scenarios')).toBeVisible();
  await lookAt(page, 'people-teams');

  await page.goto('/audit');
  await expect(page.getByRole('button', { name: /Invited somebody/ })).toBeVisible();
  await page.getByLabel('Person, action or thing').fill('role team');
  const change = page.getByRole('button', { name: /Changed a role in the team/ });
  await expect(change).toHaveCount(2);
  await change.first().click();
  await expect(page.getByText('Fingerprint', { exact: true })).toBeVisible();
  await expect(page.getByRole('button', { name: /Invited somebody/ })).toBeHidden();
  await page.getByRole('button', { name: 'Check that the log is whole' }).click();
  await expect(page.getByText(/^Whole: \d+ entries/)).toBeVisible();
  await lookAt(page, 'audit');
});

test('the log is looked through by who, what and when', async ({ signedIn: page, call }) => {
  await withAnn(page, call);
  for (let i = 0; i < 5; i++) await call('PATCH', '/scenarios/1', { name: `Renamed ${i}` });
  await page.goto('/audit');
  const lines = page.getByRole('list', { name: 'Audit log' }).getByRole('button');
  await expect(page.getByRole('button', { name: /Invited somebody/ })).toBeVisible();
  const all = await lines.count();
  await page.getByLabel('Who', { exact: true }).fill('ann@');
  await expect(page).toHaveURL(/who=ann/);
  await expect(page.getByRole('button', { name: /Changed the settings of the scenario/ })).toHaveCount(0);
  expect(await lines.count()).toBeGreaterThan(0);
  await lookAt(page, 'audit-who');
  await page.getByLabel('Who', { exact: true }).fill('olga');
  await page.getByLabel('About').selectOption('scenarios');
  await expect(page.getByRole('button', { name: /Changed the settings of the scenario/ })).toHaveCount(5);
  await expect(lines).toHaveCount(5);
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  await page.getByLabel('From', { exact: true }).fill(tomorrow);
  await expect(page.getByRole('heading', { name: 'Nothing fits that' })).toBeVisible();
  await lookAt(page, 'audit-nothing');
  await page.getByRole('button', { name: 'Show everything' }).click();
  await expect(lines).toHaveCount(all);
});

test('the language changes at once', async ({ signedIn: page }) => {
  await page.goto('/account');
  await lookAt(page, 'account');
  await page.getByRole('combobox', { name: 'Language' }).selectOption('it');
  await expect(page.getByRole('link', { name: 'Scenari', exact: true })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('lang', 'it');
  await page.getByLabel('Fuso orario').selectOption('Asia/Tokyo');
  await page.getByRole('radio', { name: 'Scuro' }).check();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await page.reload();
  await expect(page.getByLabel('Fuso orario')).toHaveValue('Asia/Tokyo');
  await page.getByRole('radio', { name: 'Come il dispositivo' }).check();
  await lookAt(page, 'account-italian');
});

test('apps show what they ask for and give', async ({ signedIn: page }) => {
  await page.goto('/apps');
  await expect(page.getByRole('link', { name: /^Customerly/ })).toBeVisible();
  await lookAt(page, 'apps');
  await page.getByLabel('Search apps and modules').fill('list leads');
  await page.getByRole('link', { name: /^Customerly/ }).click();
  await expect(page.getByText('copy the access token')).toBeVisible();
  await page.getByLabel('Search modules').fill('leads');
  await page.getByText('List Leads', { exact: true }).click();
  await expect(page.getByText('How many are returned at most.')).toBeVisible();
  await page.getByText('Show an example of what it gives').click();
  await lookAt(page, 'app');
  await expect(page.getByRole('link', { name: 'Use in a new scenario' })).toHaveAttribute('href', /listLeads/);
});

test('the server tells what it holds, and gives a backup', async ({ signedIn: page, call }) => {
  await call('POST', '/connections', { team: 1, name: 'Sealed', app: 'customerly', fields: { apiToken: 'x' } });
  await page.goto('/server');
  await expect(page.getByText('Takes work in')).toBeVisible();
  await expect(page.getByRole('row', { name: /History of executions/ })).toBeVisible();
  await lookAt(page, 'server');
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Make a backup and save it' }).click();
  expect((await saved).suggestedFilename()).toMatch(/^ropeway-.*\.backup$/);
  await page.getByRole('button', { name: 'Change the master key' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Change the master key' }).click();
  await expect(page.getByText(/has the new key|have the new key/)).toBeVisible();
});

test('the server tells what it was started with, and what of the history goes next', async ({ browser }) => {
  const server = await Server.start(
    ...['--history-bytes', '60000', '--history-days', '14', '--allow', '10.20.0.0/16', '--allow', 'crm.internal'],
    ...['--metrics-addr', '127.0.0.1:0'],
  );
  const context = await browser.newContext({ baseURL: server.url });
  try {
    const page = await context.newPage();
    await page.request.post('/api/v1/setup', {
      data: { secret: server.secret, ...owner, language: 'en', zone: 'UTC' },
    });
    await signIn(page);
    for (let i = 0; i < 4; i++) await page.request.post('/api/v1/scenarios/1/run', { data: {} });
    await page.goto('/server');
    await expect(page.getByText('10.20.0.0/16')).toBeVisible();
    await expect(page.getByRole('heading', { name: 'Budget of the history' })).toBeVisible();
    await expect(page.getByRole('link', { name: /^execution \d+$/ })).toBeVisible({ timeout: 45_000 });
    await page.getByRole('heading', { name: 'Budget of the history' }).scrollIntoViewIfNeeded();
    await lookAt(page, 'server-budget');
  } finally {
    await context.close();
    await server.close();
  }
});

test('the palette goes where its words say, by keyboard alone', async ({ signedIn: page }) => {
  await expect(page.getByRole('link', { name: 'Audit log' })).toBeVisible();
  await page.keyboard.press('Control+k');
  const field = page.getByRole('combobox', { name: 'Where to?' });
  await expect(field).toBeFocused();
  await expect(page.getByRole('option', { name: /Scenarios/ })).toBeVisible();
  await lookAt(page, 'palette');
  await field.fill('customer');
  await expect(page.getByRole('option', { name: /Customerly/ })).toBeVisible();
  await field.fill('audit');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/audit$/);
  await expect(page.getByRole('heading', { name: 'Audit log' })).toBeVisible();
  await page.getByRole('button', { name: 'Names in the sidebar' }).click();
  await lookAt(page, 'sidebar-closed');
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 } });

  test('the places stand at the bottom, the others behind More', async ({ signedIn: page }) => {
    await expect(page.getByRole('navigation', { name: 'Main' }).getByRole('link')).toHaveCount(4);
    await page.getByRole('button', { name: 'More', exact: true }).click();
    await expect(page.getByRole('dialog').getByRole('link', { name: 'Audit log' })).toBeVisible();
    await lookAt(page, 'phone-more');
    await page.getByRole('dialog').getByRole('link', { name: 'Audit log' }).click();
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await expect(page.getByRole('button', { name: /Signed in|Set the installation up/ }).first()).toBeVisible();
    await lookAt(page, 'phone-audit');
  });

  test('pages are as narrow as it is', async ({ signedIn: page }) => {
    for (const [path, name] of [
      ['/account', 'phone-account'],
      ['/organization', 'phone-people'],
      ['/apps', 'phone-apps'],
      ['/server', 'phone-server'],
    ] as const) {
      await page.goto(path);
      await expect(page.getByRole('heading', { level: 2 }).or(page.getByRole('cell')).first()).toBeVisible();
      const wider = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
      expect(wider, `${path} is wider than the phone`).toBe(false);
      await lookAt(page, name);
    }
  });
});
