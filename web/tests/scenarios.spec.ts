import { readFile, writeFile } from 'node:fs/promises';
import { expect, lookAt, test, type Page } from './support/test';
import { disconnect } from './support/scenario';

const hostile = `<img src=x onerror="window.broken=1"> {{1.x}} 'q' "q" <script>window.broken=1</script>`;

interface Made {
  scenario: { id: number; revision: number };
}

function leads(name: string, connection?: string) {
  return {
    name,
    flow: [
      {
        id: 1,
        module: 'customerly:listLeads',
        version: 1,
        parameters: connection === undefined ? {} : { __IMTCONN__: connection },
        mapper: { limit: 10 },
        metadata: { designer: { x: 0, y: 0 } },
      },
      {
        id: 2,
        module: 'util:ComposeTransformer',
        version: 1,
        parameters: {},
        mapper: { value: '{{1.email}}' },
        metadata: { designer: { x: 300, y: 0 } },
      },
    ],
  };
}

const hook = {
  name: 'Tagged contacts to a sheet',
  flow: [
    { id: 1, module: 'gateway:CustomWebHook', version: 1, parameters: {}, mapper: {} },
    { id: 2, module: 'util:ComposeTransformer', version: 1, parameters: {}, mapper: { value: 'x' } },
  ],
};

function row(page: Page, name: string) {
  return page.getByRole('list', { name: 'Scenarios' }).getByRole('listitem').filter({ hasText: name });
}

async function choose(page: Page, name: string, what: string) {
  await row(page, name)
    .getByRole('button', { name: `More about ${name}` })
    .click();
  await page.getByRole('menuitem', { name: what }).click();
}

test('scenarios are found, sorted, switched, renamed, copied, moved and deleted', async ({ signedIn: page, call }) => {
  await call('POST', '/scenarios', { blueprint: leads('Weekly report to the team'), folder: 'Reports' });
  await call('POST', '/scenarios', { blueprint: leads('Leads of the night'), folder: 'Leads' });
  await call('POST', '/scenarios', { blueprint: hook });
  await call('POST', '/scenarios', {
    blueprint: leads('Win back who left'),
    schedule: { type: 'daily', time: '09:00' },
    folder: 'Leads',
    start: true,
  });
  await page.reload();
  await expect(row(page, 'Win back who left')).toContainText('Every day at 09:00');
  await expect(row(page, 'Win back who left')).toContainText('Next');
  await lookAt(page, 'scenarios');

  const search = page.getByRole('searchbox', { name: 'Search by name, app or folder' });
  await search.fill('customerly night');
  await expect(page.getByText('1 scenario', { exact: true })).toBeVisible();
  await search.fill('');
  await page.getByRole('button', { name: /^Leads 2$/ }).click();
  await expect(page.getByText('2 scenarios', { exact: true })).toBeVisible();
  await expect(page).toHaveURL(/folder=Leads/);

  const turn = page.getByRole('switch', { name: 'Leads of the night is active' });
  await turn.check();
  await expect(row(page, 'Leads of the night')).toContainText('Active');
  await turn.uncheck();
  await expect(turn).not.toBeChecked();

  await choose(page, 'Leads of the night', 'Rename');
  await page.getByLabel('Name', { exact: true }).fill('Leads of today');
  await page.getByRole('button', { name: 'Rename' }).click();
  await expect(row(page, 'Leads of today')).toBeVisible();

  await choose(page, 'Leads of today', 'Duplicate');
  await expect(row(page, 'Leads of today (copy)')).toBeVisible();

  await choose(page, 'Leads of today (copy)', 'Move to folder…');
  await page.getByLabel('New folder…').check();
  await page.getByLabel('Name of the folder').fill('Trials');
  await lookAt(page, 'scenario-move');
  await page.getByRole('button', { name: 'Move', exact: true }).click();
  await expect(row(page, 'Leads of today (copy)')).toHaveCount(0);
  await page.getByRole('button', { name: /^Trials 1$/ }).click();

  await choose(page, 'Leads of today (copy)', 'Delete');
  await expect(page.getByText('its 1 saved version')).toBeVisible();
  await lookAt(page, 'scenario-delete');
  await page.getByRole('button', { name: 'Delete scenario' }).click();
  await expect(page.getByText('Nothing is in this folder.')).toBeVisible();
});

test('the menu of a row works by keyboard alone', async ({ signedIn: page, call }) => {
  await call('POST', '/scenarios', { blueprint: leads('By keyboard') });
  await page.reload();
  await row(page, 'By keyboard').getByRole('button', { name: 'More about By keyboard' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('menuitem', { name: 'Open' })).toBeFocused();
  await page.keyboard.press('End');
  await expect(page.getByRole('menuitem', { name: 'Delete' })).toBeFocused();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.getByLabel('Name of the folder').fill('Keys');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: /^Keys 1$/ })).toBeVisible();
});

test('a blueprint is exported, and of a foreign one it is said what is missing; a connection is made on the way', async ({
  signedIn: page,
  call,
  server,
}, info) => {
  await call('POST', '/scenarios', { blueprint: leads('Round trip') });
  await page.reload();
  const file = page.waitForEvent('download');
  await choose(page, 'Round trip', 'Export blueprint');
  const saved = await file;
  expect(saved.suggestedFilename()).toBe('round-trip.blueprint.json');
  const exported = JSON.parse(await readFile(await saved.path(), 'utf8')) as ReturnType<typeof leads>;
  expect(exported.flow[0]?.module).toBe('customerly:listLeads');

  const foreign = {
    ...leads(hostile, 'their connection'),
    flow: [...leads('x', 'their connection').flow, { id: 3, module: 'slack:createMessage', version: 1, mapper: {} }],
  };
  const path = info.outputPath('their.json');
  await writeFile(path, JSON.stringify(foreign));
  await page.getByRole('button', { name: 'Import' }).click();
  await lookAt(page, 'scenario-import-choose');
  await page.locator('input[type=file]').setInputFiles(path);
  await expect(page.getByText('The app slack is not installed here.')).toBeVisible();
  await expect(page.getByLabel('Name of the scenario')).toHaveValue(hostile);
  await expect(page.getByText('The blueprint names “their connection”.')).toBeVisible();
  await lookAt(page, 'scenario-import');
  await page.getByRole('button', { name: 'New connection' }).click();
  await page.getByLabel('API Token').fill('sandbox-token');
  await page.getByText('Advanced').click();
  await page.getByLabel('API address').fill(server.sandbox);
  await page.getByRole('button', { name: 'Save and verify' }).click();
  await expect(page.getByLabel('Connection for Customerly')).toHaveValue(/^[1-9]/);
  await page.getByRole('button', { name: 'Make the scenario' }).click();
  const banner = page.getByText(/^It cannot run yet/);
  await expect(banner).toContainText('The app slack is not installed here.');
  await banner.getByRole('button', { name: 'createMessage (3)' }).click();
  await expect(page.getByRole('complementary', { name: 'createMessage (3)' })).toBeVisible();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Run once' }).click();
  await expect(page.getByRole('alert')).toContainText('keeps it from running');
  await page.getByRole('button', { name: 'Show what' }).click();
  await expect(page.getByRole('button', { name: /^createMessage \(3\) The app slack is not installed/ })).toBeVisible();
  await lookAt(page, 'builder-unfinished');
  expect(await page.evaluate(() => 'broken' in window)).toBe(false);
});

test('what is no blueprint is said, and can be chosen again', async ({ signedIn: page }, info) => {
  const path = info.outputPath('none.json');
  await writeFile(path, '{"a": 1}');
  await page.getByRole('button', { name: 'Import' }).click();
  await page.locator('input[type=file]').setInputFiles(path);
  await expect(page.getByRole('alert')).toContainText('“none.json” holds no blueprint');
});

test('beside a single scenario stands the way to one of one’s own', async ({ signedIn: page, call }) => {
  await page.goto('/scenarios');
  await expect(page.getByText('Three steps lead to a scenario of your own.')).toBeVisible();
  await lookAt(page, 'scenarios-single');
  await page.getByRole('link', { name: 'Start from nothing' }).click();
  await expect(page).toHaveURL(/\/scenarios\/new$/);
  await call('POST', '/scenarios/1/duplicate', { name: 'A second one' });
  await page.goto('/scenarios');
  await expect(row(page, 'A second one')).toBeVisible();
  await expect(page.getByText('Three steps lead')).toHaveCount(0);
});

test('who has no scenario is shown the way to the first one', async ({ signedIn: page, call }) => {
  const { items } = await call<{ items: Made['scenario'][] }>('GET', '/scenarios');
  for (const s of items) {
    await call('POST', `/scenarios/${s.id}/stop`);
    await call('DELETE', `/scenarios/${s.id}`);
  }
  await disconnect(call);
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Connect Customerly' })).toBeVisible();
  await lookAt(page, 'scenarios-first');
  await page.getByRole('link', { name: 'New connection' }).click();
  await expect(page).toHaveURL(/\/connections\?open=new$/);
});

test('on a phone scenarios are read and switched', async ({ signedIn: page, call }) => {
  await call('POST', '/scenarios', { blueprint: leads('On a phone, with quite a long name for a scenario') });
  await page.setViewportSize({ width: 390, height: 844 });
  await page.reload();
  await page.getByRole('switch', { name: /^On a phone/ }).check();
  await expect(page.getByRole('switch', { name: /^On a phone/ })).toBeChecked();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await lookAt(page, 'scenarios-phone');
});
