import { expect, lookAt, test, type Page } from './support/test';

type Call = <T>(method: string, path: string, body?: unknown) => Promise<T>;
type Node = { parameters?: Record<string, unknown>; mapper?: Record<string, unknown> };

const start = {
  id: 1,
  module: 'util:BasicTrigger',
  version: 1,
  parameters: { values: [{ spec: [{ name: 'email', value: 'grace@example.com' }] }] },
  mapper: {},
  metadata: { designer: { x: 0, y: 0 } },
};

/** Makes a scenario of a trigger and some modules behind, and opens one of them. */
async function open(page: Page, call: Call, nodes: object[], name: RegExp) {
  const flow = [
    start,
    ...nodes.map((n, i) => ({
      id: i + 2,
      version: 1,
      parameters: {},
      mapper: {},
      metadata: { designer: { x: (i + 1) * 260, y: 0 } },
      ...n,
    })),
  ];
  const { scenario } = await call<{ scenario: { id: number } }>('POST', '/scenarios', {
    blueprint: { name: 'Forms', flow, metadata: {} },
  });
  await page.goto(`/scenarios/${scenario.id}`);
  await page.getByRole('button', { name }).first().click();
  await expect(page.locator('.module-form')).toBeVisible();
  return scenario.id;
}

/** Types into a mapping field. What draws its pills gives way to the editor. */
async function type(page: Page, name: string, text: string) {
  const field = page.getByRole('textbox', { name, exact: true });
  await field.click();
  const editor = field.and(page.locator('[contenteditable="true"]'));
  await expect(editor).toBeVisible();
  await editor.fill(text);
}

async function saved(page: Page, call: Call, scenario: number, at = 1): Promise<Node | undefined> {
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
  const answer = await call<{ blueprint: { flow: Node[] } }>('GET', `/scenarios/${scenario}/versions/0`);
  return answer.blueprint.flow[at];
}

test('the HTTP module asks only for what the choice needs, and keeps what was typed before', async ({
  signedIn: page,
  call,
}) => {
  const http = { module: 'http:MakeRequest', version: 4, mapper: { url: 'https://example.com/x', method: 'post' } };
  const id = await open(page, call, [http], /^Make a request/);
  const form = page.locator('.module-form');
  await expect(form.getByLabel('API key credentials')).toHaveCount(0);
  await expect(form.getByRole('textbox', { name: 'Body content' })).toHaveCount(0);
  await lookAt(page, 'form-http');

  const body = form.getByLabel('Body content type', { exact: true });
  await body.selectOption('JSON');
  await type(page, 'Body content', '{"email": "{{1.email}}"}');
  await expect(form.getByText('{"email": "ann@example.com"}')).toBeVisible();
  await body.selectOption('Custom');
  await type(page, 'Body content', 'plain');
  await expect(form.getByRole('textbox', { name: 'Body content' })).toHaveCount(1);
  await body.selectOption('JSON');
  await expect(form.getByText('{"email": "ann@example.com"}')).toBeVisible();

  await form.getByLabel('Authentication type').selectOption('API key');
  await expect(form.getByLabel('API key credentials')).toBeVisible();
  await expect(form.getByText('has no API key credentials')).toBeVisible();
  await lookAt(page, 'form-http-json');
  await form.getByLabel('Authentication type').selectOption('No authentication');
  const node = await saved(page, call, id);
  expect(node?.mapper).toMatchObject({
    contentType: 'json',
    jsonStringBodyContent: '{"email": "{{1.email}}"}',
    customBodyContent: 'plain',
  });
});

test('a choice that is mapped shows all that it may bring', async ({ signedIn: page, call }) => {
  const http = {
    module: 'http:MakeRequest',
    version: 4,
    mapper: { url: 'https://example.com', method: 'post', contentType: '{{1.type}}' },
  };
  await open(page, call, [http], /^Make a request/);
  await expect(page.getByText('Which of the fields below count is decided by the mapped value')).toBeVisible();
  await expect(page.getByLabel('Body input method', { exact: true })).toBeVisible();
});

test('a data structure is made of a sample, and its fields are asked for, checked, and mapped', async ({
  signedIn: page,
  call,
}) => {
  const id = await open(
    page,
    call,
    [{ module: 'json:CreateJSON' }, { module: 'util:ComposeTransformer', mapper: { value: 'x' } }],
    /^Create JSON/,
  );
  const form = page.locator('.module-form');
  await form.getByRole('button', { name: 'Define fields' }).click();
  await form.getByRole('button', { name: 'Generate from a sample' }).click();
  await form
    .getByLabel('Sample')
    .fill('{"email": "a@b.c", "age": 36, "address": {"city": "Rome"}, "orders": [{"sku": "x"}], "note": ""}');
  await form.getByRole('button', { name: 'Make fields of it' }).click();
  await form.getByRole('group', { name: 'email', exact: true }).getByLabel('required').check();
  await form.getByRole('group', { name: 'note', exact: true }).getByLabel('several lines').check();
  await form.getByRole('button', { name: 'Add a field inside of field 3' }).click();
  await form.getByLabel('Name of field 3.2').fill('zip');
  await lookAt(page, 'form-structure');
  await form.getByRole('button', { name: 'Done' }).click();
  await expect(form.getByText('8 fields')).toBeVisible();
  await type(page, 'email', '{{1.email}}');
  await type(page, 'age', 'old');
  await expect(form.getByText('A number is needed.')).toBeVisible();
  await type(page, 'age', '36');
  await type(page, 'city', 'Rome');
  await lookAt(page, 'form-structure-fields');
  const node = await saved(page, call, id);
  expect(node?.mapper).toEqual({ email: '{{1.email}}', age: 36, address: { city: 'Rome' } });
  expect(node?.parameters?.type).toEqual([
    { name: 'email', type: 'text', required: true },
    { name: 'age', type: 'number' },
    {
      name: 'address',
      type: 'collection',
      spec: [
        { name: 'city', type: 'text' },
        { name: 'zip', type: 'text' },
      ],
    },
    { name: 'orders', type: 'array', spec: [{ name: 'sku', type: 'text' }] },
    { name: 'note', type: 'text', multiline: true },
  ]);
});

test('what Parse CSV is told of its columns can be mapped behind it', async ({ signedIn: page, call }) => {
  await open(
    page,
    call,
    [
      {
        module: 'csv:ParseCSV',
        parameters: { type: [{ name: 'sku', type: 'text' }] },
        mapper: { csv: 'sku,n\n7,1' },
      },
      { module: 'util:ComposeTransformer', mapper: { value: 'x' } },
    ],
    /^Compose a string/,
  );
  await page.getByRole('textbox', { name: 'Text', exact: true }).click();
  await expect(page.getByRole('treeitem', { name: /sku/ })).toBeVisible();
});

test('limits are said, and shown where they are broken', async ({ signedIn: page, call }) => {
  const http = { module: 'http:MakeRequest', version: 4, mapper: { url: 'https://example.com', method: 'get' } };
  await open(page, call, [http, { module: 'util:FunctionSleep', mapper: { duration: 30 } }], /^Sleep/);
  const form = page.locator('.module-form');
  await expect(form.getByText('From 1 to 300.')).toBeVisible();
  await type(page, 'Delay', '900');
  await expect(form.getByText('The number must be 300 or less.')).toBeVisible();
  await expect(page.getByRole('button', { name: /^1 problem$/ })).toBeVisible();
  await lookAt(page, 'form-limits');
  await type(page, 'Delay', '30');
  await expect(form.getByText('The number must be 300 or less.')).toHaveCount(0);
  await expect(page.getByRole('button', { name: /^0 problems$/ })).toBeVisible();
});

test('what a module gave in the last run is what mappings show', async ({ signedIn: page, call }) => {
  const compose = { module: 'util:ComposeTransformer', mapper: { value: 'Dear {{1.email}}' } };
  await open(page, call, [compose], /^Compose a string/);
  const form = page.locator('.module-form');
  await expect(form.getByText('Dear ann@example.com')).toBeVisible();
  await page.getByRole('textbox', { name: 'Text', exact: true }).click();
  await expect(page.getByRole('treeitem', { name: /Basic trigger/ })).toContainText('example data');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Run once', exact: true }).click();
  await expect(page.getByRole('button', { name: /^Success/ })).toBeVisible();
  await expect(form.getByText('Dear grace@example.com')).toBeVisible();
  await page.getByRole('textbox', { name: 'Text', exact: true }).click();
  await page.getByRole('button', { name: 'Insert fields and functions: Text' }).click();
  await expect(page.getByRole('treeitem', { name: /Basic trigger/ })).toContainText(/from execution \d+, /);
  await lookAt(page, 'form-samples');
});
