import { describe, expect, it } from 'vitest';
import { groupModules } from '../apps/words';
import { rank } from '../app/goals';
import type { ModuleName } from '../api/types';
import { agentName } from './account/agent';
import { purposeNames, purposeOf, purposes } from './rights';
import { bytesWord } from './server/bytes';

describe('words for people', () => {
  it.each([
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox, Linux'],
    ['Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/143.0 Safari/537.36 Edg/143.0', 'Edge, Windows'],
    ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1', 'Safari, iOS'],
    ['curl/8.5.0', 'curl'],
    ['', ''],
  ])('call the agent %j %j', (agent, words) => {
    expect(agentName(agent)).toBe(words);
  });

  it.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [1023, '1,023 bytes'],
    [1024, '1 kB'],
    [1536, '1.5 kB'],
    [10 * 1024 ** 3, '10 GB'],
  ])('write %i bytes as %j', (bytes, words) => {
    expect(bytesWord(bytes, 'en')).toBe(words);
  });

  it('know the purpose of a token again by its rights, in any order', () => {
    for (const p of purposeNames) expect(purposeOf([...purposes[p]].reverse())).toBe(p);
    expect(purposeOf(['scenario.view'])).toBeUndefined();
  });
});

describe('searching', () => {
  it.each([
    ['Città nuove', 'citta', 0],
    ['Nuove città', 'citta', 1],
    ['Sottocittà', 'citta', 2],
    ['Leads', 'citta', -1],
  ])('ranks %j for %j as %i', (name, typed, place) => {
    expect(rank(name, typed)).toBe(place);
  });

  it('keeps modules that hold all words, by kind', () => {
    const module = (label: string, kind: string): ModuleName => ({
      module: `app:${label}`,
      version: 1,
      label,
      summary: '',
      kind,
      delivery: 'read',
    });
    const groups = groupModules(
      [
        module('Get User', 'search'),
        module('New User', 'instant trigger'),
        module('Odd User', 'odd'),
        module('Tag', 'action'),
      ],
      'user',
    );
    expect(groups.map((g) => g.kind)).toEqual(['instant trigger', 'search', 'odd']);
  });
});
