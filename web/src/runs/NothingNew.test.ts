import { expect, test } from 'vitest';
import type { Execution } from '../api/types';
import { isEmpty } from './NothingNew';

const counts = { errors: 0, filtered: 0, in: 1, operations: 1, out: 0 };
const over = (modules: object[], status = 'success') => ({ status, modules }) as unknown as Execution;

test.each([
  { name: 'a trigger that found nothing', execution: over([{ ...counts, module: 1 }]), empty: true },
  {
    name: 'a trigger that found nothing, with modules behind it',
    execution: over([
      { ...counts, module: 1 },
      { ...counts, module: 2, in: 0, operations: 0 },
    ]),
    empty: true,
  },
  { name: 'a trigger that found something', execution: over([{ ...counts, module: 1, out: 3 }]), empty: false },
  { name: 'a failure', execution: over([{ ...counts, module: 1, errors: 1 }], 'error'), empty: false },
  { name: 'an execution at work', execution: over([{ ...counts, module: 1 }], 'running'), empty: false },
  { name: 'no execution', execution: undefined, empty: false },
])('$name', ({ execution, empty }) => expect(isEmpty(execution)).toBe(empty));
