import { expect, test } from 'vitest';
import { shift } from './useInView';
import { counterScale } from './useReadable';

test.each([
  [10, 20, 0, 100, 0],
  [-10, 20, 0, 100, 10],
  [90, 120, 0, 100, -20],
  [-50, 200, 0, 100, 50],
  [0, 100, 0, 100, 0],
])('%d..%d within %d..%d moves by %d', (from, to, low, high, want) => expect(shift(from, to, low, high)).toBe(want));

test.each([
  [1.6, 1],
  [1, 1],
  [0.5, 2],
  [0.1, 3.5],
])('at a zoom of %d signs are drawn %d times as large', (zoom, want) => expect(counterScale(zoom)).toBe(want));
