/** When a scenario runs, as the server keeps it. */
export interface Schedule {
  type: string;
  interval?: number;
  date?: string;
  days?: number[];
  months?: number[];
  time?: string;
  between?: string[];
  restrict?: { days?: number[]; months?: number[]; time?: [string, string] }[];
  [field: string]: unknown;
}

export const scheduleKinds = [
  'immediately',
  'indefinitely',
  'daily',
  'weekly',
  'monthly',
  'yearly',
  'once',
  'on-demand',
] as const;

/** Makes a schedule of another kind, with what is usual for it. */
export function ofKind(type: string, now: Date): Schedule {
  switch (type) {
    case 'indefinitely':
      return { type, interval: 900 };
    case 'daily':
      return { type, time: '09:00' };
    case 'weekly':
      return { type, days: [1], time: '09:00' };
    case 'monthly':
      return { type, days: [1], time: '09:00' };
    case 'yearly':
      return { type, months: [1], days: [1], time: '09:00' };
    case 'once':
      return { type, date: `${new Date(now.getTime() + 86_400_000).toISOString().slice(0, 10)}T09:00:00` };
    default:
      return { type };
  }
}

/** A day and a time as a clock on the wall of the scenario's zone shows them. */
export interface WallTime {
  date: string;
  time: string;
}

/** What the clock shows in a time zone. */
export function wallClock(now: Date, zone: string): WallTime {
  const parts = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'medium',
  }).format(now);
  const [date = '', time = ''] = parts.split(' ');
  return { date, time: time.slice(0, 5) };
}

function runsOn(s: Schedule, day: Date): boolean {
  switch (s.type) {
    case 'daily':
      return true;
    case 'weekly':
      return (s.days ?? []).includes(day.getUTCDay());
    case 'monthly':
      return (s.days ?? []).includes(day.getUTCDate());
    case 'yearly':
      return (s.days ?? []).includes(day.getUTCDate()) && (s.months ?? []).includes(day.getUTCMonth() + 1);
    default:
      return false;
  }
}

const horizonDays = 8 * 366;

/** The next days at which a schedule runs that goes by the calendar; none for others. */
export function nextRuns(s: Schedule, now: WallTime, count: number): WallTime[] {
  const time = (s.time ?? '').slice(0, 5);
  const list: WallTime[] = [];
  if (!/^\d\d:\d\d$/.test(time)) return list;
  const day = new Date(`${now.date}T00:00:00Z`);
  for (let i = 0; i < horizonDays && list.length < count; i++) {
    const date = day.toISOString().slice(0, 10);
    if (runsOn(s, day) && (date > now.date || time > now.time)) list.push({ date, time });
    day.setUTCDate(day.getUTCDate() + 1);
  }
  return list;
}

/** Splits seconds into the largest unit that fits whole. */
export function intervalOf(seconds: number): { number: number; unit: 60 | 3600 | 86_400 } {
  for (const unit of [86_400, 3600] as const) if (seconds % unit === 0) return { number: seconds / unit, unit };
  return { number: Math.max(1, Math.round(seconds / 60)), unit: 60 };
}
