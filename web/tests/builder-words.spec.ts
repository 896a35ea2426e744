import { expect, test, type Page } from './support/test';
import { make, step } from './support/scenario';

const start = step(1, 'util:BasicTrigger', {
  parameters: { values: [{ spec: [{ name: 'email', value: 'ada@example.com' }] }] },
});
const compose = step(2, 'util:ComposeTransformer', { mapper: { value: '{{1.email}}' } });

function module(page: Page, id: number) {
  return page.locator(`[data-module="${id}"]`);
}

test('a note keeps its blanks and lines as they are typed, also after it was saved', async ({
  signedIn: page,
  call,
}) => {
  const id = await make(call, 'With a note', [start, compose]);
  await page.goto(`/scenarios/${id}`);
  await module(page, 2).click();
  const panel = page.getByRole('complementary', { name: /^Compose/ });
  await panel.getByText('Note', { exact: true }).first().click();
  const note = panel.getByRole('textbox', { name: 'Note' });
  await note.pressSequentially('Nota di Marta');
  await note.press('Enter');
  await note.pressSequentially('in due righe');
  await expect(note).toHaveValue('Nota di Marta\nin due righe');
  await note.fill('');
  await note.pressSequentially('di nuovo  qui');
  await expect(note).toHaveValue('di nuovo  qui');
  await page.keyboard.press('Control+s');
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
  await page.reload();
  await module(page, 2).click();
  await expect(note).toHaveValue('di nuovo  qui');
});

test('the texts of the panels take every blank that is typed', async ({ signedIn: page, call }) => {
  const id = await make(call, 'Blanks', [start, compose]);
  await page.goto(`/scenarios/${id}`);
  await page.getByLabel('Name of the scenario').fill('');
  await page.getByLabel('Name of the scenario').pressSequentially('one two three');
  await expect(page.getByLabel('Name of the scenario')).toHaveValue('one two three');
  await module(page, 2).click();
  const panel = page.getByRole('complementary');
  await panel.getByLabel('Name of the module').pressSequentially('my own name');
  await expect(panel.getByLabel('Name of the module')).toHaveValue('my own name');
  await panel.getByRole('textbox', { name: 'Text' }).click();
  const editor = panel.locator('[contenteditable="true"]').first();
  await page.keyboard.press('Control+End');
  await page.keyboard.type(' and two words');
  await expect(editor).toContainText(' and two words');
  await module(page, 2).focus();
  await page.keyboard.press('f');
  const label = page.getByRole('complementary').getByRole('textbox', { name: 'Label' });
  await label.pressSequentially('with an address');
  await expect(label).toHaveValue('with an address');
});

test('a scenario with a webhook of its own never says that it has none', async ({ signedIn: page }) => {
  await page.goto('/scenarios/new');
  await page.getByRole('button', { name: 'Add the first module' }).click();
  await page.getByRole('combobox', { name: 'Search apps and modules' }).fill('custom webhook');
  await page
    .getByRole('option', { name: /Custom webhook/ })
    .first()
    .click();
  const panel = page.getByRole('complementary', { name: /webhook/i });
  const problems = page.getByRole('button', { name: /^\d+ problems?$/ });
  await expect(panel.getByText(/Save the scenario: its webhook/)).toBeVisible();
  const checked = () => page.waitForResponse((r) => r.url().endsWith('/blueprints/check'));
  let check = checked();
  await page.getByLabel('Name of the scenario').fill('Called');
  await check;
  await expect(panel.getByText(/no webhook/)).toHaveCount(0);
  await expect(problems).toHaveAccessibleName('0 problems');

  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const address = page.getByRole('dialog');
  await expect(address.getByRole('textbox', { name: 'Address' })).toHaveValue(/\/hook\//);
  check = checked();
  await page.keyboard.press('Escape');
  await expect(page).toHaveURL(/\/scenarios\/\d+$/);
  await check;
  await expect(panel.getByRole('combobox', { name: /Webhook/ })).toHaveText(/Called/);
  await expect(panel.getByText(/no webhook/)).toHaveCount(0);
  await expect(problems).toHaveAccessibleName('0 problems');
  await page.reload();
  await module(page, 1).click();
  await expect(panel.getByRole('combobox', { name: /Webhook/ })).toHaveText(/Called/);
  await expect(panel.getByText(/no webhook/)).toHaveCount(0);
  await expect(problems).toHaveAccessibleName('0 problems');
});
