import { expect, it } from 'vitest';
import { settled, withFirst } from './operations';

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

it('lists what the first module took in before what came of it, cycle by cycle', () => {
  const at = (...addresses: string[]) => addresses.map((address) => ({ address }));
  const told = (list: { address: string }[]) => list.map((o) => o.address);
  const journal = at('1/1.1/2', '1/1.1/3', '3/1.1/2');
  expect(told(withFirst(journal, at('1/1', '2/1', '3/1', '4/1'), false))).toEqual([
    '1/1',
    '1/1.1/2',
    '1/1.1/3',
    '2/1',
    '3/1',
    '3/1.1/2',
    '4/1',
  ]);
  expect(told(withFirst(journal.slice(0, 2), at('1/1', '2/1'), true))).toEqual(['1/1', '1/1.1/2', '1/1.1/3']);
  expect(told(withFirst(journal, [], true))).toEqual(told(journal));
});
