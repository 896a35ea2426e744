import { describe, expect, it } from 'vitest';
import { together } from './RecordConflict';

const base = { name: 'Ada', plan: 'free', notes: '' };

describe('two changes of one record', () => {
  it.each([
    [
      'of different fields',
      { ...base, plan: 'gold' },
      { ...base, notes: 'Call' },
      { ...base, plan: 'gold', notes: 'Call' },
    ],
    ['of the same field', { ...base, plan: 'gold' }, { ...base, plan: 'silver' }, undefined],
    ['that are the same', { ...base, plan: 'gold' }, { ...base, plan: 'gold' }, { ...base, plan: 'gold' }],
    [
      'a field taken away here',
      { ...base, plan: 'gold' },
      { name: 'Ada', plan: 'free' },
      { name: 'Ada', plan: 'gold' },
    ],
    [
      'a field taken away there',
      { name: 'Ada', plan: 'free' },
      { ...base, plan: 'gold' },
      { name: 'Ada', plan: 'gold' },
    ],
  ])('%s', (_, theirs, mine, both) => expect(together(base, theirs, mine)).toEqual(both));
});
