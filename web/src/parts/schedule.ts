import type { Speaker } from '../text/text';

interface Window {
  days?: number[];
  months?: number[];
  time?: string[];
}

interface Schedule {
  type?: unknown;
  interval?: number;
  date?: string;
  days?: number[];
  months?: number[];
  time?: string;
  between?: (string | null)[];
  restrict?: Window[];
}

type Words = Pick<Speaker, 't' | 'language'>;

const minute = 60;
const hour = 60 * minute;
const usualInterval = 15 * minute;

/** The largest unit that needs no fraction. Days are not used: 24 hours are not always one. */
function interval(seconds: number, { t }: Words): string {
  if (seconds % hour === 0) return t('scenarios.runs.hours', { n: seconds / hour });
  if (seconds % minute === 0) return t('scenarios.runs.minutes', { n: seconds / minute });
  return t('scenarios.runs.seconds', { n: seconds });
}

function enumerate(names: string[], { language }: Words, type: 'conjunction' | 'disjunction' = 'conjunction') {
  return new Intl.ListFormat(language, { type }).format(names);
}

const sunday = Date.UTC(2023, 0, 1);
const dayMS = 86_400_000;

/** The days of the week, from Monday on. */
function weekdays(days: number[], words: Words): string {
  const format = new Intl.DateTimeFormat(words.language, { weekday: 'long', timeZone: 'UTC' });
  const chosen = [1, 2, 3, 4, 5, 6, 0].filter((day) => days.includes(day));
  return enumerate(
    chosen.map((day) => format.format(sunday + day * dayMS)),
    words,
  );
}

function months(list: number[], words: Words): string {
  const format = new Intl.DateTimeFormat(words.language, { month: 'long', timeZone: 'UTC' });
  const chosen = [...list].sort((a, b) => a - b);
  return enumerate(
    chosen.map((month) => format.format(Date.UTC(2023, month - 1, 1))),
    words,
  );
}

function numbers(list: number[], words: Words): string {
  return enumerate(
    [...list].sort((a, b) => a - b).map((n) => String(n)),
    words,
  );
}

/** A time as the server writes it: "9:00" is 09:00, seconds only where there are some. */
function clock(time: string): string {
  const [h = '0', m = '00', s = '00'] = time.split(':');
  return [h.padStart(2, '0'), m, ...(s === '00' ? [] : [s])].join(':');
}

/** A day and a time: in the zone where it says how far from UTC it is, else as it stands there. */
function moment(written: string, zone: string, { t, language }: Words): string {
  const isFixed = /(Z|[+-]\d\d:?\d\d)$/.test(written);
  const at = new Date(isFixed ? written : `${written.includes('T') ? written : `${written}T00:00:00`}Z`);
  const timeZone = isFixed ? zone : 'UTC';
  const time = new Intl.DateTimeFormat('sv-SE', { timeStyle: 'medium', timeZone }).format(at);
  return t('scenarios.runs.moment', {
    date: new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone }).format(at),
    time: clock(time),
  });
}

const wholeWeek = 7;

function windowWords({ days = [], months: of = [], time }: Window, words: Words): string {
  const { t } = words;
  const parts = [
    days.length === wholeWeek && t('scenarios.runs.window.every-day'),
    days.length > 0 && days.length < wholeWeek && t('scenarios.runs.window.days', { days: weekdays(days, words) }),
    of.length > 0 && t('scenarios.runs.window.months', { months: months(of, words) }),
    time && t('scenarios.runs.window.time', { from: clock(time[0] ?? ''), to: clock(time[1] ?? '') }),
  ].filter(Boolean);
  return parts.length > 0 ? parts.join(' ') : t('scenarios.runs.window.any');
}

function rhythm(s: Schedule, zone: string, words: Words): string | undefined {
  const { t } = words;
  const time = clock(s.time ?? '00:00');
  const days = s.days ?? [];
  switch (s.type) {
    case 'immediately':
      return t('scenarios.runs.immediately');
    case 'on-demand':
      return t('scenarios.runs.on-demand');
    case 'indefinitely':
      return interval(Number(s.interval) || usualInterval, words);
    case 'once':
      return t('scenarios.runs.once', { at: moment(s.date ?? '', zone, words) });
    case 'daily':
      return t('scenarios.runs.daily', { time });
    case 'weekly':
      if (days.length === wholeWeek) return t('scenarios.runs.daily', { time });
      return t('scenarios.runs.weekly', { days: weekdays(days, words), time });
    case 'monthly':
      return t(days.length > 1 ? 'scenarios.runs.monthly.days' : 'scenarios.runs.monthly', {
        days: numbers(days, words),
        time,
      });
    case 'yearly':
      return t(days.length > 1 ? 'scenarios.runs.yearly.days' : 'scenarios.runs.yearly', {
        months: months(s.months ?? [], words),
        days: numbers(days, words),
        time,
      });
    default:
      return undefined;
  }
}

/**
 * Says when a scenario runs, in the language of who reads it. The server says it in English, and names the zone at the end where it
 * matters; what is not understood here stays as the server says it.
 */
export function scheduleWords(schedule: unknown, english: string, words: Words): string {
  if (words.language === 'en' || typeof schedule !== 'object' || schedule === null) return english;
  const s = schedule as Schedule;
  const zone = / \(([^()]+)\)$/.exec(english)?.[1];
  try {
    const first = rhythm(s, zone ?? 'UTC', words);
    if (first === undefined) return english;
    const [from, until] = s.between ?? [];
    const windows = (s.restrict ?? []).map((w) => windowWords(w, words));
    const { t } = words;
    return [
      first,
      windows.length > 0 && t('scenarios.runs.only', { windows: enumerate(windows, words, 'disjunction') }),
      from && t('scenarios.runs.from', { at: moment(from, zone ?? 'UTC', words) }),
      until && t('scenarios.runs.until', { at: moment(until, zone ?? 'UTC', words) }),
      zone && ` (${zone})`,
    ]
      .filter(Boolean)
      .join('');
  } catch {
    return english; // a date or a zone that the browser does not know
  }
}
