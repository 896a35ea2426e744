import type { Speaker } from '../text/text';

interface Schedule {
  type?: unknown;
  interval?: unknown;
  time?: unknown;
  restrict?: unknown;
  start?: unknown;
  end?: unknown;
}

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

function interval(seconds: number, t: Speaker['t']): string {
  for (const [unit, key] of [
    [day, 'scenarios.runs.days'],
    [hour, 'scenarios.runs.hours'],
    [minute, 'scenarios.runs.minutes'],
  ] as const)
    if (seconds % unit === 0 && seconds >= unit) return t(key, { n: seconds / unit });
  return t('scenarios.runs.seconds', { n: seconds });
}

/**
 * Says when a scenario runs, in the language of who reads it. The server says it in English; what is not said here, since it is rare,
 * stays so.
 */
export function scheduleWords(schedule: unknown, english: string, { t, language }: Pick<Speaker, 't' | 'language'>) {
  const s = schedule as Schedule | null;
  if (language === 'en' || !s || s.restrict || s.start || s.end) return english;
  switch (s.type) {
    case 'immediately':
      return t('scenarios.runs.immediately');
    case 'on-demand':
      return t('scenarios.runs.on-demand');
    case 'indefinitely':
      return interval(Number(s.interval) || 15 * minute, t);
    case 'daily':
      return typeof s.time === 'string' ? t('scenarios.runs.daily', { time: s.time }) : english;
    default:
      return english;
  }
}
