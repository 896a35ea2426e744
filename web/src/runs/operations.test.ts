import { expect, it } from 'vitest';
import { settled } from './operations';

it('shows an operation once that was announced and done, and what was only announced', () => {
  const finished = '2026-11-27T12:00:00Z';
  const list = [
    { address: '1/1', finished },
    { address: '1/1.1/2', announced: true },
    { address: '1/1.1/2', finished },
    { address: '1/1.2/2', announced: true },
  ];
  expect(settled(list)).toEqual([list[0], list[2], list[3]]);
});
