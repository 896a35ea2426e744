import { describe, expect, it } from 'vitest';
import { match, safeReturn } from './routes';

describe('match', () => {
  it.each([
    ['/', { name: 'home', id: 0, text: '' }],
    ['/scenarios/new', { name: 'new-scenario', id: 0, text: '' }],
    ['/scenarios/12', { name: 'scenario', id: 12, text: '' }],
    ['/history/compare', { name: 'compare', id: 0, text: '' }],
    ['/apps/customerly', { name: 'app', id: 0, text: 'customerly' }],
    ['/scenarios/0', undefined],
    ['/scenarios/x', undefined],
    ['/scenarios/1/2', undefined],
    ['/apps/..', undefined],
    ['//evil.example', undefined],
  ])('%s', (path, want) => expect(match(path)).toEqual(want));
});

describe('safeReturn', () => {
  it.each([
    [null, '/scenarios'],
    ['/history?status=error', '/history?status=error'],
    ['https://evil.example/', '/scenarios'],
    ['//evil.example/scenarios', '/scenarios'],
    ['/\\evil.example', '/scenarios'],
  ])('%s', (to, want) => expect(safeReturn(to)).toBe(want));
});
