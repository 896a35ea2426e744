import { expect, lookAt, test, type Page } from './support/test';

type Call = <T>(method: string, path: string, body?: unknown) => Promise<T>;

const leads = { id: 1, module: 'customerly:listLeads', version: 1, parameters: {}, mapper: { limit: 10 } };

/** Makes a scenario of leads and one module behind, and opens that. */
async function open(page: Page, call: Call, node: Record<string, unknown>, name: RegExp) {
  const flow = [leads, { id: 2, version: 1, parameters: {}, mapper: {}, ...node }];
  const { scenario } = await call<{ scenario: { id: number } }>('POST', '/scenarios', {
    blueprint: { name: 'Forms', flow, metadata: {} },
    unfinished: true,
  });
  await page.goto(`/scenarios/${scenario.id}`);
  await page.getByRole('button', { name }).first().click();
  await expect(page.locator('.module-form')).toBeVisible();
  return scenario.id;
}

/** Enters a mapping field. What draws its pills gives way to the editor, which can be filled. */
async function enter(page: Page, name: string) {
  const field = page.getByRole('textbox', { name, exact: true });
  await field.click();
  const editor = field.and(page.locator('[contenteditable="true"]'));
  await expect(editor).toBeVisible();
  return editor;
}

/** What the server has of the second module, when the page has saved it. */
async function saved(page: Page, call: Call, scenario: number) {
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
  const { version } = await call<{ version: number }>('GET', `/scenarios/${scenario}`);
  const answer = await call<{ blueprint: { flow: { parameters: unknown; mapper: unknown; filter?: unknown }[] } }>(
    'GET',
    `/scenarios/${scenario}/versions/${version}`,
  );
  return answer.blueprint.flow[1];
}

test('a connection is made in place: a wrong token is refused with the reason, a right one loads the choices', async ({
  signedIn: page,
  call,
  server,
}) => {
  await open(
    page,
    call,
    { module: 'customerly:addRemoveTag', mapper: { tag: 'x', email: '{{1.email}}' } },
    /^Add\/Remove a Tag/,
  );
  await expect(page.getByText('Choose a connection first')).toBeVisible();
  await page.locator('.connection-field').getByRole('button', { name: 'Add' }).click();
  await page.getByLabel('API Token').fill('wrong');
  await page.getByRole('button', { name: /advanced/ }).click();
  await page.getByLabel('API address').fill(server.sandbox);
  await page.getByRole('button', { name: 'Save and verify' }).click();
  await expect(page.getByRole('alert')).toContainText('Access token not found');
  await lookAt(page, 'form-connection-refused');
  await page.getByLabel('API Token').fill('sandbox-token');
  await page.getByRole('button', { name: 'Save and verify' }).click();
  await expect(page.getByText(/Verified/)).toBeVisible();
  const tag = page.getByRole('combobox', { name: 'Tag' }).first();
  await tag.fill('news');
  await expect(page.getByRole('option', { name: 'newsletter' })).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(tag).toHaveValue('newsletter');
});

test('values are mapped by clicking and by typing, with what they come to', async ({ signedIn: page, call }) => {
  const mapper = {
    email: 'x@example.com',
    name: 'Dear {{if(1.name; upper(1.name); "friend")}}!',
    attributes: [{ key: 'plan', value: '{{1.attributes.plan}}' }],
  };
  const id = await open(page, call, { module: 'customerly:createUpdateUser', mapper }, /^Create\/Update a User/);
  await expect(page.getByText('Dear ADA BYRON!')).toBeVisible();
  await (await enter(page, 'Email')).fill('');
  await page
    .getByRole('treeitem', { name: /^1?\s*Email|^Email/ })
    .first()
    .click();
  await expect(page.getByText('ada@example.com').first()).toBeVisible();
  await lookAt(page, 'form-mapping');

  await enter(page, 'User ID');
  await page.keyboard.type('id-{{ema');
  await expect(page.getByRole('option', { name: /Email/ }).first()).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(page.getByText('id-ada@example.com')).toBeVisible();
  const node = await saved(page, call, id);
  expect(node?.mapper).toEqual({ ...mapper, email: '{{1.email}}', user_id: 'id-{{1.email}}' });
});

test('keys and tags that Customerly knows are offered, and new ones stay as they are written', async ({
  signedIn: page,
  call,
  server,
}) => {
  const connection = await call<{ id: number }>('POST', '/connections', {
    team: 1,
    name: 'Sandbox',
    app: 'customerly',
    fields: { apiToken: 'sandbox-token', apiAddress: server.sandbox },
  });
  const parameters = { __IMTCONN__: connection.id };
  const id = await open(
    page,
    call,
    { module: 'customerly:createUpdateUser', parameters, mapper: { email: '{{1.email}}' } },
    /^Create\/Update a User/,
  );
  const attributes = page.getByRole('group', { name: 'Attributes' });
  await attributes.getByRole('button', { name: 'Add item' }).click();
  await expect(page.getByRole('option', { name: 'plan', exact: true })).toBeVisible();
  await page.keyboard.type('pla');
  await expect(page.getByRole('option', { name: 'Use “pla”' })).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(attributes.getByRole('textbox', { name: 'Key 1' })).toHaveText('plan');
  await attributes.getByRole('textbox', { name: 'Value 1' }).click();
  await page.keyboard.type('gold');
  await attributes.getByRole('button', { name: 'Add item' }).click();
  await page.keyboard.type('pl');
  await expect(page.getByRole('option', { name: 'Use “pl”' })).toBeVisible();
  await lookAt(page, 'form-known');
  await page.keyboard.press('Escape'); // what was typed stays
  const tags = page.getByRole('group', { name: 'Tags' });
  await tags.getByRole('button', { name: 'Add item' }).click();
  await page.getByRole('option', { name: 'newsletter' }).click();
  await tags.getByRole('button', { name: 'Add item' }).click();
  await expect(page.getByRole('option', { name: 'newsletter' })).toBeVisible();
  await page.keyboard.type('web form');
  await expect(page.getByRole('listbox')).toHaveCount(0);
  await page.keyboard.press('Enter');
  const node = await saved(page, call, id);
  expect(node?.mapper).toEqual({
    email: '{{1.email}}',
    tags: ['newsletter', 'web form'],
    attributes: [{ key: 'plan', value: 'gold' }, { key: 'pl' }],
  });
});

test('a mistake is told where it is', async ({ signedIn: page, call }) => {
  const mapper = { email: '{{1.email}}' };
  await open(page, call, { module: 'customerly:createUpdateUser', mapper }, /^Create\/Update a User/);
  await (await enter(page, 'Name')).fill('{{uper(1.name)}}');
  await expect(page.locator('.field-error').getByText(/unknown function 'uper' · did you mean 'upper'/)).toBeVisible();
  await expect(page.locator('.wrong')).toHaveText(/uper/);
  await lookAt(page, 'form-mistake');
});

test('what stands below does not move when an error goes, until the field is left', async ({
  signedIn: page,
  call,
}) => {
  await open(page, call, { module: 'customerly:createUpdateUser' }, /^Create\/Update a User/);
  const name = page.getByRole('textbox', { name: 'Name', exact: true });
  const email = await enter(page, 'Email');
  const top = async () => ((await name.boundingBox())?.y ?? 0) - ((await email.boundingBox())?.y ?? 0);
  await enter(page, 'Name');
  await expect(page.getByText('Fill this in.').first()).toBeVisible();
  const before = await top();
  await email.click();
  await page.keyboard.type('ada@example.com');
  await expect(page.locator('.field-error:not(.kept)')).toHaveCount(0);
  expect(await top()).toBe(before);
  await name.click();
  await expect.poll(top).toBeLessThan(before);
});

test('the keyboard reaches everything', async ({ signedIn: page, call }) => {
  const id = await open(
    page,
    call,
    { module: 'customerly:createUpdateUser', mapper: { email: '{{1.email}}' } },
    /^Create\/Update a User/,
  );
  await page.getByRole('textbox', { name: 'User ID' }).focus();
  await page.keyboard.type('a');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('button', { name: 'Insert fields and functions: User ID' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('searchbox', { name: 'Search fields and functions' })).toBeFocused();
  await page.keyboard.type('Browser');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog', { name: /Insert into/ })).toBeHidden();
  await page.keyboard.type('b');
  const node = await saved(page, call, id);
  expect(node?.mapper).toEqual({
    email: '{{1.email}}',
    user_id: expect.stringMatching(/^a\{\{1\.\w*browser\w*\}\}b$/i) as unknown,
  });
});

test('a field that is clicked before its editor was made takes the keys', async ({ signedIn: page, call }) => {
  await page.addInitScript(() => Object.assign(window, { requestIdleCallback: () => 0 })); // a machine that never rests
  await open(page, call, { module: 'util:ComposeTransformer', mapper: { value: 'x' } }, /^Compose a string/);
  const field = page.getByRole('textbox', { name: 'Text', exact: true });
  const loaded = () => performance.getEntriesByType('resource').some((e) => /editor-[^/]*\.js$/.test(e.name));
  await page.waitForFunction(loaded);
  await field.click();
  await page.keyboard.type('a{{1.email}}');
  await expect(field).toHaveText(/^xa1Email$/);
});

test('keys that come before the editor does are kept, and the focus stays where it went', async ({
  signedIn: page,
  call,
}) => {
  let release = () => {};
  const held = new Promise<void>((done) => (release = done));
  await page.route('**/editor-*.js', async (route) => {
    await held;
    await route.continue();
  });
  const id = await open(page, call, { module: 'util:ComposeTransformer' }, /^Compose a string/);
  const field = page.getByRole('textbox', { name: 'Text', exact: true });
  await field.focus();
  await page.keyboard.type('early');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  const search = page.getByRole('searchbox', { name: 'Search fields and functions' });
  await expect(search).toBeFocused();
  release();
  await expect(field.and(page.locator('[contenteditable="true"]'))).toHaveText('early');
  await expect(search).toBeFocused();
  expect((await saved(page, call, id))?.mapper).toEqual({ value: 'early' });
});

test('a filter is made of conditions, and the server knows every operator', async ({ signedIn: page, call }) => {
  const filter = {
    name: 'Paying',
    conditions: [
      [
        { a: '{{1.email}}', o: 'text:endwith:ci', b: '@example.com' },
        { a: '{{1.attributes.plan}}', o: 'exist' },
      ],
      [{ a: '{{1.last_update}}', o: 'date:greater', b: '{{addDays(now; -30)}}' }],
    ],
  };
  await open(
    page,
    call,
    { module: 'customerly:createUpdateUser', mapper: { email: '{{1.email}}' }, filter },
    /^Create\/Update a User/,
  );
  await page
    .getByRole('button', { name: /^Link to module 2/ })
    .first()
    .click();
  await expect(page.getByLabel('Operator').first()).toHaveValue('text:endwith');
  await lookAt(page, 'form-filter');
  const names = await page
    .getByLabel('Operator')
    .first()
    .locator('option')
    .evaluateAll((all) => all.map((o) => (o as HTMLOptionElement).value));
  const conditions = names.map((o) => [{ a: '{{1.email}}', o, b: 'x' }]);
  const flow = [
    leads,
    {
      id: 2,
      module: 'util:ComposeTransformer',
      version: 1,
      parameters: {},
      mapper: { value: 'x' },
      filter: { name: '', conditions },
    },
  ];
  const checked = await call<{ problems: { path: string; warning?: boolean }[] }>('POST', '/blueprints/check', {
    blueprint: { name: 'x', flow, metadata: {} },
  });
  expect(names.length).toBeGreaterThan(40);
  expect(checked.problems.filter((p) => p.path.includes('conditions'))).toEqual([]);
});

test('values that do not fit are kept and shown as they are', async ({ signedIn: page, call }) => {
  const mapper = { email: { odd: 1 }, extra: [1, 2], '<img src=x onerror=alert(1)>': '<b>x</b>' };
  await open(page, call, { module: 'customerly:createUpdateUser', mapper }, /^Create\/Update a User/);
  await expect(page.getByRole('textbox', { name: 'Email' })).toHaveValue(/"odd": 1/);
  await page.getByText('2 more values').click();
  await expect(page.getByRole('textbox', { name: 'extra' })).toHaveValue(/1,\s+2/);
  await lookAt(page, 'form-raw');
});
