import { describe, expect, it } from 'vitest';
import { write, type Speaker } from '../../text/text';
import {
  changes,
  deed,
  detailsOf,
  fieldWord,
  nameIn,
  pageOf,
  passes,
  subjectWord,
  type Entry,
  type Filter,
} from './entry';

const t: Speaker['t'] = (key, values) => write('en', key, values);
const day = (iso: string) => iso.slice(0, 10);
const none: Filter = { text: '', subject: '', from: '', until: '' };

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
    [{ subject: 'scenarios' }, true],
    [{ subject: 'people' }, false],
    [{ from: '2026-11-27', until: '2026-11-27' }, true],
    [{ from: '2026-11-28' }, false],
    [{ until: '2026-11-26' }, false],
  ])('with the filter %o passes: %s', (filter, passing) => {
    expect(passes(entry, { ...none, ...filter }, day, t)).toBe(passing);
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
