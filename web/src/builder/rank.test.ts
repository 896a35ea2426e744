import { expect, test } from 'vitest';
import { rank, type Choice } from './rank';

function choice(label: string, app = 'Customerly'): Choice {
  return { app, module: { label, module: `x:${label}`, summary: 'Does something with a user.' } as Choice['module'] };
}

test('modules are found in the language of the reader and in that of their definition', () => {
  const module = {
    ...choice('Crea/aggiorna un utente').module,
    original: { label: 'Create/Update a User', about: 'Creates the user.' },
  };
  const all: Choice[] = [{ module, app: 'Archivio dati', appOriginal: 'Data store' }, choice('Elenca i lead')];
  for (const words of ['aggiorna ut', 'update user', 'crea user', 'archivio', 'data', 'creates'])
    expect(rank(all, words).map((c) => c.module.label)).toEqual(['Crea/aggiorna un utente']);
});

test('modules are found by words of their names, the best first', () => {
  const all = ['Watch updated users', 'Create/Update a Lead', 'Create/Update a User', 'Compose a string'].map((l) =>
    choice(l),
  );
  const found = (words: string) => rank(all, words).map((c) => c.module.label);
  expect(found('update a user')[0]).toBe('Create/Update a User');
  expect(found('upd le')).toEqual(['Create/Update a Lead']);
  expect(found('watch')).toEqual(['Watch updated users']);
  expect(found('ÜPDATE')[0]).toBe('Create/Update a Lead');
  expect(found('nothing of this')).toEqual([]);
  expect(found('')).toHaveLength(4);
});

test('modules are found by what people call them, in English and in Italian', () => {
  const webhook = choice('Custom webhook', 'Webhooks');
  webhook.module = { ...webhook.module, module: 'gateway:CustomWebHook' };
  const all = [choice('Transform data'), choice('Format a date'), webhook];
  for (const words of ['form', 'web form', 'website', 'modulo', 'websi'])
    expect(rank(all, words)[0]?.module.label).toBe('Custom webhook');
  expect(rank(all, 'format')[0]?.module.label).toBe('Format a date');
  expect(rank(all, 'si')).toEqual([]);
});

test('of modules that fit as well, those of connected apps come first', () => {
  const csv = choice('Create CSV', 'CSV');
  const lead = { ...choice('Create a Lead'), isConnected: true };
  expect(rank([csv, lead], 'create')).toEqual([lead, csv]);
  expect(rank([csv, lead], 'csv')).toEqual([csv]);
});
