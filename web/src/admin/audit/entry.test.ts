import { describe, expect, it } from 'vitest';
import { write, type Speaker } from '../../text/text';
import {
  beginOf,
  changes,
  deed,
  detailsOf,
  fieldWord,
  nameIn,
  noFilter,
  pageOf,
  passes,
  queryOf,
  subjectWord,
  type Entry,
  type Filter,
} from './entry';

const t: Speaker['t'] = (key, values) => write('en', key, values);

const entry: Entry = {
  id: 7,
  at: '2026-11-27T09:00:00Z',
  actor: 'ada@example.com',
  action: 'scenario.change',
  subject: 'scenario 3',
  hash: 'ab',
  details: {
    request: { settings: { catchUp: 'skip' } },
    before: { name: 'Leads', revision: 1, settings: {} },
    after: { name: 'Leads', revision: 2, settings: { catchUp: 'skip' } },
  },
};

describe('an entry of the audit log', () => {
  it('is told in words, and by its name where nobody has written words', () => {
    expect(deed(entry, t)).toBe('Changed the settings of the scenario');
    expect(deed({ ...entry, action: 'thing.done' }, t)).toBe('thing.done');
    expect(subjectWord('incomplete execution 12', t)).toBe('Incomplete execution 12');
    expect(subjectWord('something else', t)).toBe('something else');
    expect(nameIn(entry)).toBe('Leads');
  });

  it('shows what has changed, without what changes each time', () => {
    expect(changes(detailsOf(entry)).map((c) => c.field)).toEqual(['name', 'settings']);
  });

  it.each<[Partial<Filter>, boolean]>([
    [{}, true],
    [{ text: 'ADA settings' }, true],
    [{ text: 'ada deleted' }, false],
  ])('with the filter %o passes: %s', (filter, passing) => {
    expect(passes(entry, { ...noFilter, ...filter }, t)).toBe(passing);
  });

  it('is looked for by the server, by whole days of the user', () => {
    const filter = { ...noFilter, actor: ' ada ', subject: 'people' as const, from: '2026-11-27', until: '2026-11-27' };
    expect(queryOf(filter, 'Europe/Rome')).toEqual({
      actor: 'ada',
      action: 'organization,team,invitation,user',
      from: '2026-11-26T23:00:00.000Z',
      until: '2026-11-27T23:00:00.000Z',
    });
    expect(Object.values(queryOf(noFilter, 'UTC')).every((x) => x === undefined)).toBe(true);
  });

  it.each([
    ['2026-03-29', 'Europe/Rome', 0, '2026-03-28T23:00:00.000Z'], // clocks go forward at night
    ['2026-03-29', 'Europe/Rome', 1, '2026-03-29T22:00:00.000Z'],
    ['2026-10-25', 'Europe/Rome', 1, '2026-10-25T23:00:00.000Z'], // and back
    ['2026-07-01', 'America/New_York', 0, '2026-07-01T04:00:00.000Z'],
    ['2026-07-01', 'Pacific/Auckland', 0, '2026-06-30T12:00:00.000Z'],
    ['', 'UTC', 0, undefined],
  ])('begins the day %s in %s, %i later, at %s', (day, zone, later, at) => {
    expect(beginOf(day, zone, later)).toBe(at);
  });

  it.each([
    ['scenario 3', '/scenarios/3'],
    ['data store 4', '/datastores/4'],
    ['incomplete execution 5', '/incomplete/5'],
    ['user ada@example.com', undefined],
    ['scenario 3/../../x', undefined],
    ['', undefined],
  ])('about %j leads to %j', (subject, page) => {
    expect(pageOf(subject)).toBe(page);
  });

  it.each([
    ['bytes_max', 'Bytes max'],
    ['catchUp', 'Catch up'],
    ['team_role', 'Role in the team'],
  ])('calls the field %j %j', (name, words) => {
    expect(fieldWord(name, t)).toBe(words);
  });
});
