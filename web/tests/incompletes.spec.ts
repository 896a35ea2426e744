import { expect, lookAt, test, type Page } from './support/test';
import { make, run, send, step, type Call } from './support/scenario';

test.setTimeout(300_000); // pictures take their time where the machine is busy
test.use({ actionTimeout: 30_000 });

interface Incomplete {
  id: number;
  state: string;
  revision: number;
  resolution?: string;
}

const row = (page: Page, name: RegExp | string) => page.getByRole('row').filter({ hasText: name });

const stopped = async (call: Call, scenario: number) =>
  (await call<{ items: Incomplete[] }>('GET', `/incomplete?scenario=${scenario}`)).items;

/** A scenario whose second module cannot read what the first one hands it, where that is broken. */
async function failing(call: Call, name: string) {
  const id = await make(call, name, [
    step(1, 'json:ParseJSON', { mapper: { json: '{"text": "{}"}' } }),
    step(2, 'json:ParseJSON', { mapper: { json: '{{1.text}}' } }),
    step(3, 'util:ComposeTransformer', { mapper: { value: 'Hello {{2.email}}' } }),
  ]);
  await call('POST', `/scenarios/${id}/start`);
  return id;
}

test('several are done again at once, and others are skipped', async ({ signedIn: page, call }) => {
  const id = await failing(call, 'Bulk');
  for (let i = 0; i < 4; i++) await run(call, id, { input: [{ text: `{"email": "u${i}@example.com` }] });
  const four = await stopped(call, id);
  expect(four).toHaveLength(4);
  await page.goto('/incomplete');
  await expect(row(page, 'Bulk')).toHaveCount(4);
  for (const i of four.slice(0, 2)) await page.getByLabel(`Select incomplete execution ${i.id}`).check();
  await expect(page.getByText('2 selected')).toBeVisible();
  await lookAt(page, 'incompletes-selected');
  await page.getByRole('button', { name: 'Skip 2' }).click();
  await lookAt(page, 'incompletes-skip');
  await page.getByRole('dialog').getByRole('button', { name: 'Skip it' }).click();
  await expect(row(page, 'Bulk')).toHaveCount(2);
  await expect(page.getByText('2 are skipped.')).toBeVisible();
  await page.getByLabel('Select all').check();
  await page.getByRole('button', { name: 'Retry 2' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Do it again' }).click();
  await expect(page.getByText('2 are under way.')).toBeVisible();
  await lookAt(page, 'incompletes-retried');
  await expect
    .poll(async () => (await call<{ items: unknown[] }>('GET', `/executions?scenario=${id}`)).items.length)
    .toBe(6); // four that stopped, and two retries
});

test('a bundle is corrected before it goes on', async ({ signedIn: page, call }) => {
  const id = await failing(call, 'Corrected');
  await run(call, id, { input: [{ text: '{"email": "typo@example.com"' }] });
  const [one] = await stopped(call, id);
  await page.goto(`/incomplete/${one?.id ?? 0}`);
  await page.getByRole('button', { name: 'Edit the bundles' }).click();
  const text = page.getByLabel('What the module can see');
  const bundles = await text.inputValue();
  await text.fill('{"1": ');
  await expect(page.getByText(/This is not a JSON object/)).toBeVisible();
  await expect(page.getByRole('button', { name: 'Save without retrying' })).toBeDisabled();
  await lookAt(page, 'incomplete-edit-wrong');
  await text.fill(bundles.replace('typo@example.com\\"', 'right@example.com\\"}'));
  await lookAt(page, 'incomplete-edit');
  await page.getByRole('button', { name: 'Save without retrying' }).click();
  await expect(page.getByText('Saved.')).toBeVisible();
  await expect(page.getByRole('treeitem').filter({ hasText: 'right@example.com' })).toBeVisible();
  await page.getByRole('button', { name: 'Do it again' }).click();
  await expect(page.getByText('Resolved', { exact: true })).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText('Last run in')).toBeVisible();
  await expect(page.getByRole('link', { name: 'Execution 2' })).toBeVisible();
  await lookAt(page, 'incomplete-resolved');
});

test('of two who decide, the second is told and loses nothing', async ({ signedIn: page, call }) => {
  const id = await failing(call, 'Two decide');
  await run(call, id, { input: [{ text: '{"email": ' }] });
  const [one] = await stopped(call, id);
  await page.goto(`/incomplete/${one?.id ?? 0}`);
  await page.getByRole('radio', { name: /^Skip this bundle/ }).check();
  await page.getByLabel('Reason (is noted)').fill('It is a test account.');
  await call('POST', `/incomplete/${one?.id ?? 0}/decide`, {
    action: 'edit',
    bundles: (await call<{ bundles: unknown }>('GET', `/incomplete/${one?.id ?? 0}`)).bundles,
  });
  await page.getByRole('button', { name: 'Skip it' }).click();
  await expect(page.getByText(/Somebody else has decided or changed this/)).toBeVisible();
  await lookAt(page, 'incomplete-conflict');
  await page.getByRole('button', { name: 'Show how it is now' }).click();
  await expect(page.getByText(/Somebody else has decided/)).toBeHidden();
  await expect(page.getByLabel('Reason (is noted)')).toHaveValue('It is a test account.');
  await page.getByRole('button', { name: 'Skip it' }).click();
  await expect(page.getByText('Resolved', { exact: true })).toBeVisible();
});

const decisions = [
  { choice: /^It happened/, do: 'It happened: go on', state: /Resolved/ },
  { choice: /^It did not happen: do it again/, do: 'Do it again', state: /Resolved/ },
  { choice: /^Skip this bundle/, do: 'Skip it', state: /Resolved/ },
  { choice: /^Give it up as failed/, do: 'Give it up', state: /Resolved/ },
];

test('four ways to decide about what nobody knows', async ({ signedIn: page, call, server }) => {
  const scenarios: number[] = [];
  const executions: number[] = [];
  for (const [i] of decisions.entries()) {
    const id = await make(call, `Unknown ${i}`, [
      step(1, 'json:ParseJSON', { mapper: { json: `{"email": "u${i}@example.com"}` } }),
      send(2, server.sandbox, 'latency=60s', '{"email": "{{1.email}}"}'),
      step(3, 'util:ComposeTransformer', { mapper: { value: 'behind {{2.statusCode}}' } }),
    ]);
    await call('POST', `/scenarios/${id}/start`);
    scenarios.push(id);
    executions.push((await call<{ execution: number }>('POST', `/scenarios/${id}/run`, {})).execution);
  }
  const announced = async (e: number) =>
    (await call<{ items: { announced?: boolean }[] }>('GET', `/executions/${e}/operations`)).items.some(
      (o) => o.announced,
    );
  for (const e of executions) await expect.poll(() => announced(e)).toBe(true);
  await server.kill();
  await server.run();
  await fetch(new URL('/admin/faults', server.sandbox), { method: 'DELETE' });
  for (const [i, d] of decisions.entries()) {
    const id = scenarios[i] ?? 0;
    await expect.poll(async () => (await stopped(call, id)).length, { timeout: 60_000 }).toBe(1);
    const [one] = await stopped(call, id);
    await page.goto(`/incomplete/${one?.id ?? 0}`);
    await expect(page.getByRole('heading', { name: 'Nobody knows whether it happened' })).toBeVisible();
    await expect(page.getByRole('button', { name: 'Choose first' })).toBeDisabled();
    await page.getByRole('radio', { name: d.choice }).check();
    if (i === 0) await lookAt(page, 'unknown-happened');
    if (i === 1) await lookAt(page, 'unknown-again');
    await page.getByRole('button', { name: d.do, exact: true }).click();
    if (i === 1) {
      // The sandbox listens elsewhere since the restart, so that it cannot be reached: that it was tried is what counts here.
      const tries = async () => (await call<{ attempts: number }>('GET', `/incomplete/${one?.id ?? 0}`)).attempts;
      await expect.poll(tries).toBeGreaterThan(0);
      continue;
    }
    await expect(page.getByText('Resolved', { exact: true })).toBeVisible({ timeout: 60_000 });
    if (i === 3) await lookAt(page, 'unknown-given-up');
  }
});
