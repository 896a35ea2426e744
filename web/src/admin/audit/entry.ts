import type { components } from '../../api/schema';
import { isKey, type Speaker } from '../../text/text';

export type Entry = components['schemas']['AuditEntry'];

/** The kinds of things that people filter by, with the beginnings of the actions that are about them. */
export const subjects = {
  scenarios: ['scenario', 'version', 'module', 'blueprint', 'folder'],
  executions: ['execution', 'incomplete'],
  data: ['connection', 'webhook', 'queue', 'datastore', 'record'],
  people: ['organization', 'team', 'invitation', 'user'],
  accounts: ['me', 'token', 'two-factor', 'session', 'password-reset'],
  server: ['installation', 'backup', 'key', 'mcp', 'setup', 'storage', 'server'],
} as const;

export type Subject = keyof typeof subjects;
export const subjectNames = Object.keys(subjects) as Subject[];

export interface Filter {
  /** Words in what stands in an entry. */
  text: string;
  /** A part of who did it. */
  actor: string;
  subject: Subject | '';
  /** Days of the user's zone, "2026-11-27"; "" is no limit. Both days count. */
  from: string;
  until: string;
}

export const noFilter: Filter = { text: '', actor: '', subject: '', from: '', until: '' };

export function isFiltered(f: Filter): boolean {
  return f.text.trim() !== '' || f.actor.trim() !== '' || f.subject !== '' || f.from !== '' || f.until !== '';
}

const dayMS = 86_400_000;

/** The moment at which a day begins in a zone, some days later where that is asked for. */
export function beginOf(day: string, zone: string | undefined, later = 0): string | undefined {
  const utc = Date.parse(`${day}T00:00:00Z`) + later * dayMS;
  if (Number.isNaN(utc)) return undefined;
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
  const shift = (at: number) => Date.parse(`${format.format(at).replace(' ', 'T')}Z`) - at;
  // The shift of midnight is not that of the same hour in UTC on the days on which clocks are changed.
  const near = utc - shift(utc);
  return new Date(utc - shift(near)).toISOString();
}

/** What the server looks for of a filter: everything but the words, which stand in texts that only this application has. */
export function queryOf(f: Filter, zone: string | undefined) {
  return {
    actor: f.actor.trim() || undefined,
    action: f.subject ? subjects[f.subject].join(',') : undefined,
    from: beginOf(f.from, zone),
    until: beginOf(f.until, zone, 1),
  };
}

/** Says in words what was done. */
export function deed(entry: Entry, t: Speaker['t']): string {
  const key = `deed.${entry.action}`;
  return isKey(key) ? t(key) : entry.action;
}

/** Tells whether an entry has all words that are looked for. */
export function passes(entry: Entry, f: Filter, t: Speaker['t']): boolean {
  const all = `${entry.actor} ${entry.action} ${deed(entry, t)} ${entry.subject ?? ''} ${nameIn(entry)}`.toLowerCase();
  return f.text
    .toLowerCase()
    .split(/\s+/)
    .every((w) => all.includes(w));
}

export type Fields = Record<string, unknown>;

export interface Details {
  request: Fields;
  before: Fields;
  after: Fields;
  error?: string;
  /** Whatever else the entry says: where it came from, and about whom it is. */
  rest: Fields;
}

function isFields(x: unknown): x is Fields {
  return typeof x === 'object' && x !== null && !Array.isArray(x);
}

/** What changes with every change says nothing. */
const noise = ['revision', 'updated'];

function fields(x: unknown): Fields {
  if (!isFields(x)) return {};
  return Object.fromEntries(Object.entries(x).filter(([name]) => !noise.includes(name)));
}

/** Takes the details of an entry apart. */
export function detailsOf(entry: Entry): Details {
  const all = isFields(entry.details) ? entry.details : {};
  const { request, before, after, error, ...rest } = all;
  return {
    request: fields(request),
    before: fields(before),
    after: fields(after),
    error: typeof error === 'string' ? error : undefined,
    rest,
  };
}

/** The name of what an entry is about, where it tells it. */
export function nameIn(entry: Entry): string {
  const { request, before, after } = detailsOf(entry);
  for (const source of [after, before, request]) if (typeof source.name === 'string') return source.name;
  return '';
}

export interface Change {
  field: string;
  before: unknown;
  after: unknown;
}

/** The fields that are not what they were. */
export function changes({ before, after }: Details): Change[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.map((field) => ({ field, before: before[field], after: after[field] }));
}

const pages: Record<string, string> = {
  scenario: '/scenarios/',
  execution: '/history/',
  'incomplete execution': '/incomplete/',
  webhook: '/webhooks/',
  'data store': '/datastores/',
};

/** The page of what an entry is about; undefined where it has none. */
export function pageOf(subject: string): string | undefined {
  const [kind = '', id = ''] = subject.split(/ (?=\S+$)/);
  const page = pages[kind];
  return page && /^[1-9]\d*$/.test(id) ? page + id : undefined;
}

/** Says in words what an entry is about: "Scenario 7". */
export function subjectWord(subject: string, t: Speaker['t']): string {
  const [kind = '', id = ''] = subject.split(/ (?=\S+$)/);
  const key = `subject.${kind.replaceAll(' ', '-')}`;
  return isKey(key) && id ? t(key, { id }) : subject;
}

/** Writes the name of a field as words: "bytes_max" is "Bytes max". */
export function fieldWord(name: string, t: Speaker['t']): string {
  const key = `audit.field.${name}`;
  if (isKey(key)) return t(key);
  const words = name
    .replaceAll('_', ' ')
    .replace(/([a-z])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}
