import type { Execution } from '../api/types';
import { statuses } from '../parts/status';

export const ranges = ['1h', '24h', '7d', '30d'] as const;
export type Range = (typeof ranges)[number];

const hourMS = 3_600_000;
const lengthMS: Record<Range, number> = { '1h': hourMS, '24h': 24 * hourMS, '7d': 168 * hourMS, '30d': 720 * hourMS };
const minuteMS = 60_000;

/** Which executions are shown, as the address says it. */
export interface Filters {
  scenario: number;
  statuses: string[];
  range: Range | '';
  /** Days or moments that were typed in place of a range. */
  from: string;
  until: string;
  text: string;
  /** What is looked for in the data: what executions began with, their bundles, requests and responses. */
  data: string;
  /** Only dry runs, only what was no dry run, or both. */
  kind: Kind | '';
}

export const kinds = ['real', 'dry'] as const;
export type Kind = (typeof kinds)[number];

/** Where a text is looked for. */
export const wheres = ['text', 'data'] as const;
export type Where = (typeof wheres)[number];

/** How many characters it takes to look in the data: fewer stand nearly everywhere. */
export const minSearched = 3;

export const noFilters = { scenario: '', status: '', range: '', from: '', until: '', text: '', data: '', kind: '' };

export function readFilters(parameters: URLSearchParams): Filters {
  const range = ranges.find((r) => r === parameters.get('range')) ?? '';
  return {
    scenario: Number(parameters.get('scenario')) || 0,
    statuses: (parameters.get('status') ?? '').split(',').filter((s) => statuses.some((x) => x === s)),
    range,
    from: range ? '' : (parameters.get('from') ?? ''),
    until: range ? '' : (parameters.get('until') ?? ''),
    text: parameters.get('text') ?? '',
    data: parameters.get('data') ?? '',
    kind: kinds.find((k) => k === parameters.get('kind')) ?? '',
  };
}

export function isFiltered(f: Filters): boolean {
  const texts = [f.range, f.from, f.until, f.text, f.data, f.kind];
  return f.scenario !== 0 || f.statuses.length > 0 || texts.some((x) => x !== '');
}

/** Reads what a field for date and time holds, which is in the zone of the browser. */
function moment(text: string): string | undefined {
  const at = new Date(text);
  return text === '' || Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}

/** The query that lists them. Ranges end now, rounded so that the same question has the same words for a while. */
export function queryOf(f: Filters, team: number, now: number) {
  const from = f.range
    ? new Date(Math.floor((now - lengthMS[f.range]) / minuteMS) * minuteMS).toISOString()
    : moment(f.from);
  return {
    team,
    scenario: f.scenario || undefined,
    status: f.statuses.join(',') || undefined,
    from,
    until: moment(f.until),
    text: f.text || undefined,
    data: f.data.trim().length < minSearched ? undefined : f.data.trim(),
    dry: f.kind === '' ? undefined : String(f.kind === 'dry'),
  };
}

export type Query = ReturnType<typeof queryOf>;

type Belonging = Pick<Execution, 'scenario' | 'status' | 'accepted' | 'name' | 'dry'>;

/** Tells whether an execution belongs to what a query lists, as far as that can be told from here: what is in its data cannot. */
export function belongs(e: Belonging, q: Query): boolean {
  if (q.data !== undefined) return false;
  if (q.dry !== undefined && String(e.dry ?? false) !== q.dry) return false;
  if (q.scenario !== undefined && e.scenario !== q.scenario) return false;
  if (q.status !== undefined && !q.status.split(',').includes(e.status)) return false;
  if (q.from !== undefined && new Date(e.accepted) < new Date(q.from)) return false;
  if (q.until !== undefined && new Date(e.accepted) >= new Date(q.until)) return false;
  return q.text === undefined || (e.name ?? '').toLowerCase().includes(q.text.toLowerCase());
}
