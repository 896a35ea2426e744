import { expect, lookAt, test, type Page } from './support/test';

type Call = <T>(method: string, path: string, body?: unknown) => Promise<T>;

function step(id: number, module: string, more: object = {}, y = 0) {
  return { id, module, version: 1, parameters: {}, mapper: {}, metadata: { designer: { x: id * 260, y } }, ...more };
}

function compose(id: number, more: object = {}) {
  return step(id, 'util:ComposeTransformer', { mapper: { value: 'text' }, ...more });
}

const start = step(1, 'util:BasicTrigger', {
  parameters: { values: [{ spec: [{ name: 'email', value: 'ada@example.com' }] }] },
});

async function make(call: Call, name: string, flow: object[], orphans: object[][] = []): Promise<number> {
  const blueprint = { name, flow, metadata: { version: 1, designer: { orphans } } };
  return (await call<{ scenario: { id: number } }>('POST', '/scenarios', { blueprint })).scenario.id;
}

async function stored(call: Call, id: number): Promise<{ flow: { id: number; module: string }[] }> {
  const version = await call<{ blueprint: { flow: { id: number; module: string }[] } }>(
    'GET',
    `/scenarios/${id}/versions/0`,
  );
  return version.blueprint;
}

function module(page: Page, id: number) {
  return page.locator(`[data-module="${id}"]`);
}

function panel(page: Page, name: string | RegExp) {
  return page.getByRole('complementary', { name });
}

async function boxOf(locator: ReturnType<typeof module>) {
  const box = await locator.boundingBox();
  if (!box) throw new Error('it is not drawn');
  return box;
}

test('settings, versions and problems have panels that can be looked at and used', async ({ signedIn: page, call }) => {
  const id = await make(call, 'Report', [start, compose(2)]);
  await page.goto(`/scenarios/${id}`);
  await page.getByRole('button', { name: 'Settings', exact: true }).click();
  const settings = panel(page, 'Settings');
  await settings.getByLabel('One execution after another').check();
  await settings.getByLabel('Consecutive errors').fill('5');
  await lookAt(page, 'builder-settings');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();

  await page.getByRole('button', { name: 'Versions' }).click();
  await panel(page, 'Versions')
    .getByRole('button', { name: /^Version 2/ })
    .waitFor();
  await lookAt(page, 'builder-versions');
  await panel(page, 'Versions')
    .getByRole('button', { name: /^Version 1/ })
    .click();
  const dialog = page.getByRole('dialog', { name: 'Version 1' });
  await expect(dialog.getByRole('button', { name: 'Restore' })).toBeVisible();
  await lookAt(page, 'builder-version');
  await dialog.getByRole('button', { name: 'Restore' }).click();
  await expect(page.getByText('Version 1 is the newest again.')).toBeVisible();
  await panel(page, 'Versions').getByRole('button', { name: 'Close the panel' }).click();

  await module(page, 2).click();
  await page.getByRole('button', { name: /^Add module after Compose/ }).click();
  await page.getByRole('combobox', { name: 'Search apps and modules' }).fill('sleep');
  await page.getByRole('option', { name: /Sleep/ }).first().click();
  const problems = page.getByRole('button', { name: /^\d+ problems?$/ });
  await expect(problems).toHaveAccessibleName('1 problem');
  await problems.click();
  await expect(panel(page, 'Problems').getByText('The field “Delay” is required.')).toBeVisible();
  await lookAt(page, 'builder-problems');
  await panel(page, 'Problems').getByRole('button', { name: /Sleep/ }).click();
  // The form says it at the field, once somebody goes on without filling it in.
  await page.getByRole('textbox', { name: 'Delay' }).press('Escape');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await expect(panel(page, /^Sleep/).getByText(/Fill this in|The field “Delay” is required/i)).toBeVisible();
});

test('modules are linked by dragging with the mouse, and added where a link is dropped', async ({
  signedIn: page,
  call,
}) => {
  const id = await make(call, 'Links', [start], [[compose(2)]]);
  await page.goto(`/scenarios/${id}`);
  await module(page, 1).hover();
  const plus = page.getByRole('button', { name: /^Add module after Basic trigger/ });
  const from = await boxOf(plus);
  const to = await boxOf(module(page, 2));
  await page.mouse.move(from.x + from.width / 2, from.y + from.height / 2);
  await page.mouse.down();
  await page.mouse.move(to.x, to.y + to.height / 2, { steps: 12 });
  await lookAt(page, 'builder-link');
  await page.mouse.move(to.x + to.width / 2, to.y + to.height / 2, { steps: 4 });
  await page.mouse.up();
  await expect(page.locator('.react-flow__edge')).toHaveCount(1);

  await module(page, 2).hover();
  const next = await boxOf(page.getByRole('button', { name: /^Add module after Compose/ }));
  await page.mouse.move(next.x + next.width / 2, next.y + next.height / 2);
  await page.mouse.down();
  await page.mouse.move(next.x + 120, next.y + 160, { steps: 12 });
  await page.mouse.up();
  await page.getByRole('combobox', { name: 'Search apps and modules' }).fill('sleep');
  await page.getByRole('option', { name: /Sleep/ }).first().click();
  await expect(module(page, 3)).toBeVisible();
  const dropped = await boxOf(module(page, 3));
  expect(dropped.y).toBeGreaterThan((await boxOf(module(page, 2))).y);
  await page.getByRole('button', { name: 'Auto-align' }).click();
  await panel(page, /^Sleep/)
    .getByRole('textbox', { name: 'Delay' })
    .click();
  await expect(
    panel(page, /^Sleep/)
      .locator('[contenteditable="true"]')
      .first(),
  ).toBeVisible();
  await page.keyboard.type('5');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
  expect((await stored(call, id)).flow.map((n) => n.id)).toEqual([1, 2, 3]);
});

test('the module that was chosen stays in sight when its panel opens, whatever was visited before', async ({
  signedIn: page,
  call,
}) => {
  const id = await make(call, 'Long', [start, ...[2, 3, 4, 5].map((n) => compose(n))]);
  // Styles of other pages stay loaded.
  await page.goto('/connections');
  await page.getByRole('button', { name: 'New connection' }).click();
  await expect(panel(page, 'New connection')).toBeVisible();
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: 'Scenarios', exact: true }).click();
  await page.getByRole('link', { name: 'Long' }).click();
  await expect(page).toHaveURL(`/scenarios/${id}`);
  for (const [n, name] of [
    [5, /^Compose/],
    [1, /^Basic trigger/],
  ] as const) {
    await module(page, n).click();
    const side = panel(page, name);
    await expect(side).toBeVisible();
    await expect
      .poll(async () => {
        const tile = await boxOf(module(page, n));
        const canvas = await boxOf(page.locator('.canvas'));
        return tile.x >= canvas.x && tile.x + tile.width <= canvas.x + canvas.width;
      })
      .toBe(true);
    const canvas = await boxOf(page.locator('.canvas'));
    expect(canvas.x + canvas.width).toBeLessThanOrEqual((await boxOf(side)).x + 1);
  }
  await lookAt(page, 'builder-panel-beside');
});

test('nothing of the sidebar is cut off beside the builder', async ({ signedIn: page, call }) => {
  const id = await make(call, 'Frame', [start]);
  await page.goto(`/scenarios/${id}`);
  await expect(module(page, 1)).toBeVisible();
  const side = page.locator('.side');
  const edge = await boxOf(side);
  for (const button of await side.locator('.side-head button').all()) {
    const box = await boxOf(button);
    expect(box.x + box.width).toBeLessThanOrEqual(edge.x + edge.width);
  }
  expect(await side.evaluate((e) => e.scrollWidth - e.clientWidth)).toBe(0);
});

test('bubbles can be read when the canvas is small', async ({ signedIn: page, call }) => {
  const flow = [start, ...Array.from({ length: 9 }, (_, i) => compose(i + 2))];
  const id = await make(call, 'Wide', flow);
  await page.goto(`/scenarios/${id}`);
  await page.getByRole('button', { name: 'Run once', exact: true }).click();
  await expect(page.getByRole('button', { name: /^Success/ })).toBeVisible();
  const bubble = page.locator('.tile-bubble').first();
  await expect(bubble).toBeVisible();
  expect((await boxOf(bubble)).height).toBeGreaterThan(14);
  await lookAt(page, 'builder-bubbles');
});

test('a module of the apps page begins a new scenario', async ({ signedIn: page }) => {
  await page.goto('/apps/http');
  await page.getByText('Make a request', { exact: true }).click();
  await page.getByRole('link', { name: 'Use in a new scenario' }).click();
  await expect(page).toHaveURL('/scenarios/new');
  await expect(module(page, 1)).toBeVisible();
  await expect(panel(page, /^Make a request/).getByRole('textbox', { name: 'URL' })).toBeVisible();
});

/** Presses and lets go where something is drawn, with time for the page to draw itself anew in between. */
async function clickAt(page: Page, what: ReturnType<typeof module>) {
  const { x, y, width, height } = await boxOf(what);
  await page.mouse.move(x + width / 2, y + height / 2);
  await page.mouse.down();
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
  await page.mouse.up();
}

test('links and modules can be clicked right after typing, beside the list of fields that is open then', async ({
  signedIn: page,
  call,
}) => {
  await page.goto(`/scenarios/${await make(call, 'Typed and clicked', [start, compose(2)])}`);
  await module(page, 2).click();
  const type = async (text: string) => {
    await page.getByRole('textbox', { name: 'Text', exact: true }).click();
    await page.keyboard.type(text);
    await expect(page.getByRole('dialog', { name: /Insert into/ })).toBeVisible();
  };
  await type('Dear {{1.email}}, ');
  await clickAt(page, module(page, 1)); // the list lies over what stands at the right
  await clickAt(page, module(page, 2));
  await clickAt(page, page.getByRole('button', { name: 'Add module after Compose a string (2)' }));
  await expect(page.getByLabel('Search apps and modules', { exact: true })).toBeVisible();
  await page.keyboard.press('Escape');
  await type('hello');
  await clickAt(page, page.getByRole('button', { name: 'Link to module 2' }));
  await expect(panel(page, 'Filter')).toBeVisible();
  await clickAt(page, module(page, 2));
  await expect(page.getByRole('textbox', { name: 'Text', exact: true })).toContainText('hello');
});

test('nothing scrolls the canvas from behind: what is pressed stays under the mouse', async ({
  signedIn: page,
  call,
}) => {
  const flow = [start, ...Array.from({ length: 12 }, (_, i) => compose(i + 2))];
  await page.goto(`/scenarios/${await make(call, 'Wide', flow)}`);
  await expect(module(page, 1)).toBeVisible();
  await page.getByRole('button', { name: 'Zoom in' }).click({ clickCount: 6 });
  const offset = await module(page, 13).evaluate((e) => {
    e.scrollIntoView({ inline: 'center' });
    e.focus();
    const scrolled: number[] = [];
    for (let at: Element | null = e; at; at = at.parentElement) scrolled.push(at.scrollLeft);
    return Math.max(...scrolled);
  });
  expect(offset).toBe(0);
});

test('the canvas goes back to where it was when there is room again, unless somebody has moved it', async ({
  signedIn: page,
  call,
}) => {
  const flow = [start, ...[2, 3, 4, 5].map((n) => compose(n))];
  await page.goto(`/scenarios/${await make(call, 'There and back', flow)}`);
  const last = module(page, 5);
  const isAt = async (place: Awaited<ReturnType<typeof boxOf>>) => {
    const { x, y, width } = await boxOf(last);
    return Math.max(Math.abs(x - place.x), Math.abs(y - place.y), Math.abs(width - place.width)) < 2;
  };
  await expect(last).toBeVisible();
  const alone = await boxOf(last);
  await last.click();
  const text = page.getByRole('textbox', { name: 'Text', exact: true });
  await expect(text).toBeVisible();
  await expect.poll(() => isAt(alone)).toBe(false);
  const besideForm = await boxOf(last);

  const list = page.getByRole('dialog', { name: /Insert into/ });
  await text.click();
  await expect(list).toBeVisible();
  expect(await isAt(besideForm)).toBe(true); // the list of fields moves nothing
  await page.keyboard.press('Escape');
  await expect(list).toBeHidden();
  expect(await isAt(besideForm)).toBe(true);
  await panel(page, /^Compose/)
    .getByRole('button', { name: 'Close' })
    .click();
  await expect.poll(() => isAt(alone)).toBe(true);

  await last.click();
  await expect.poll(() => isAt(alone)).toBe(false);
  const { x, y } = await boxOf(page.locator('.canvas'));
  await page.mouse.move(x + 60, y + 60);
  await page.mouse.down();
  await page.mouse.move(x + 90, y + 120, { steps: 4 });
  await page.mouse.up();
  const moved = await boxOf(last);
  await page.keyboard.press('Escape');
  await expect(panel(page, /^Compose/)).toBeHidden();
  expect(await isAt(moved)).toBe(true);
});
