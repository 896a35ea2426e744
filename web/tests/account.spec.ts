import { Mailbox } from './support/mailbox';
import { Server } from './support/server';
import { expect, lookAt, owner, test, type Page } from './support/test';

test.setTimeout(300_000); // pictures take their time where the machine is busy
test.use({ actionTimeout: 30_000 });

async function signIn(page: Page, email: string) {
  await page.goto('/sign-in');
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password').fill(owner.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

const ask = async (page: Page, email: string, password = owner.password) => {
  await page.getByLabel('New email address').fill(email);
  await page.getByLabel('Your password').fill(password);
  await page.getByRole('button', { name: 'Change the address' }).click();
};

test('an address is changed at once where no letters are sent', async ({ signedIn: page }) => {
  await page.goto('/account?view=signing-in');
  await ask(page, 'olga@new.example.com', 'not the password');
  await expect(page.getByText('The password is not right.')).toBeVisible();
  await lookAt(page, 'account-email-refused');
  await ask(page, owner.email);
  await expect(page.getByText('This is your address already.')).toBeVisible();
  await ask(page, 'olga@new.example.com');
  await expect(page.getByText('You sign in with olga@new.example.com from now on.')).toBeVisible();
  await expect(page.getByText('You sign in with olga@new.example.com, and letters go there.')).toBeVisible();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page).toHaveURL(/\/sign-in/);
  await signIn(page, 'olga@new.example.com');
  await expect(page).toHaveURL(/\/scenarios$/);
});

test('where letters are sent, an address is confirmed by its link, by who asked for it', async ({ browser }) => {
  const mailbox = await Mailbox.open();
  const server = await Server.start(...mailbox.flags);
  const here = await browser.newContext({ baseURL: server.url });
  const elsewhere = await browser.newContext({ baseURL: server.url });
  try {
    const page = await here.newPage();
    await page.request.post('/api/v1/setup', {
      data: { secret: server.secret, ...owner, language: 'en', zone: 'UTC' },
    });
    await page.goto('/account?view=signing-in');
    await ask(page, 'olga@new.example.com');
    await expect(page.getByText(/A letter with a link is on its way to olga@new.example.com/)).toBeVisible();
    await lookAt(page, 'account-email-sent');
    await expect.poll(() => mailbox.linkTo('olga@new.example.com')).toBeTruthy();
    const link = mailbox.linkTo('olga@new.example.com') ?? '';

    const stranger = await elsewhere.newPage();
    await stranger.goto(link);
    await stranger.getByRole('button', { name: 'Use this address' }).click();
    await expect(stranger.getByText(/You are not signed in in this browser/)).toBeVisible();
    await lookAt(stranger, 'email-signed-out');

    await page.goto(link);
    await expect(page).not.toHaveURL(/rwe_/);
    await lookAt(page, 'email-confirm');
    await page.getByRole('button', { name: 'Use this address' }).click();
    await expect(page.getByRole('heading', { name: 'Your address is changed' })).toBeVisible();
    await expect
      .poll(() => mailbox.letters.filter((l) => l.includes(owner.email)).length, 'the old one is told')
      .toBe(1);
    await page.getByRole('link', { name: 'To your account' }).click();
    await expect(page.getByText('olga@new.example.com').first()).toBeVisible(); // the session has stayed
    await signIn(stranger, 'olga@new.example.com');
    await expect(stranger).toHaveURL(/\/scenarios$/);
  } finally {
    await here.close();
    await elsewhere.close();
    await server.close();
    await mailbox.close();
  }
});
