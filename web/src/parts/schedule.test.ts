import { expect, test } from 'vitest';
import { write } from '../text/text';
import { scheduleWords } from './schedule';

const italian = {
  language: 'it',
  t: (...[key, values]: [Parameters<typeof write>[1], Parameters<typeof write>[2]?]) => write('it', key, values),
} as const;
const rome = 'x (Europe/Rome)';

test.each([
  [{ type: 'immediately' }, 'x', 'Subito, appena arrivano dati'],
  [{ type: 'on-demand' }, 'x', 'Su richiesta'],
  [{ type: 'indefinitely' }, 'x', 'Ogni 15 minuti'],
  [{ type: 'indefinitely', interval: 60 }, 'x', 'Ogni minuto'],
  [{ type: 'indefinitely', interval: 90 }, 'x', 'Ogni 90 secondi'],
  [{ type: 'indefinitely', interval: 86_400 }, 'x', 'Ogni 24 ore'],
  [{ type: 'daily', time: '9:00' }, rome, 'Ogni giorno alle 09:00 (Europe/Rome)'],
  [{ type: 'daily', time: '09:00:30' }, rome, 'Ogni giorno alle 09:00:30 (Europe/Rome)'],
  [{ type: 'weekly', days: [5, 1], time: '09:00' }, rome, 'Ogni lunedì e venerdì alle 09:00 (Europe/Rome)'],
  [{ type: 'weekly', days: [0, 1, 2, 3, 4, 5, 6], time: '09:00' }, 'x', 'Ogni giorno alle 09:00'],
  [{ type: 'monthly', days: [31, 1], time: '09:00' }, 'x', 'Ogni mese nei giorni 1 e 31 alle 09:00'],
  [{ type: 'monthly', days: [15], time: '09:00' }, 'x', 'Ogni mese il giorno 15 alle 09:00'],
  [
    { type: 'yearly', months: [7, 1], days: [15], time: '09:00' },
    'x',
    'Ogni anno a gennaio e luglio il giorno 15 alle 09:00',
  ],
  [{ type: 'once', date: '2026-12-24T18:00:00Z' }, rome, 'Una volta, il 24 dicembre 2026 alle 19:00 (Europe/Rome)'],
  [{ type: 'once', date: '2026-12-24T18:00:00' }, rome, 'Una volta, il 24 dicembre 2026 alle 18:00 (Europe/Rome)'],
  [
    { type: 'indefinitely', restrict: [{ days: [2, 1], months: [6, 7] }, { time: ['22:00', '06:00'] }] },
    rome,
    'Ogni 15 minuti, solo di lunedì e martedì a giugno e luglio o dalle 22:00 alle 06:00 (Europe/Rome)',
  ],
  [
    { type: 'immediately', restrict: [{ days: [0, 1, 2, 3, 4, 5, 6] }, {}] },
    'x',
    'Subito, appena arrivano dati, solo ogni giorno o in qualsiasi momento',
  ],
  [
    { type: 'indefinitely', between: ['2027-01-01', '2028-01-01T00:00:09Z'] },
    rome,
    'Ogni 15 minuti, dal 1 gennaio 2027 alle 00:00, fino al 1 gennaio 2028 alle 01:00:09 (Europe/Rome)',
  ],
  [{ type: 'at full moon' }, 'At full moon', 'At full moon'],
  [{ type: 'once', date: 'some day' }, 'Once', 'Once'],
  [null, 'On demand', 'On demand'],
])('%j is said as people say it', (schedule, english, want) => {
  expect(scheduleWords(schedule, english, italian)).toBe(want);
  expect(scheduleWords(schedule, english, { ...italian, language: 'en' })).toBe(english);
});
