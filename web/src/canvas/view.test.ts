import { expect, test } from 'vitest';
import { afterResize, shift } from './useInView';
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
  [0.25, 4],
  [0.1, 5],
])('at a zoom of %d signs are drawn %d times as large', (zoom, want) => expect(counterScale(zoom)).toBe(want));

test('when a canvas becomes smaller, what could be seen as a whole stays in sight', () => {
  const before = { width: 1000, height: 600 };
  const after = { width: 600, height: 600 };
  const at = (x: number, width: number) => afterResize({ x, y: 100, width, height: 100 }, before, after);
  expect(at(100, 300)).toBeUndefined();
  expect(at(500, 400)).toEqual({ dx: -324, dy: 0 });
  expect(at(50, 900)).toBe('fit');
  expect(at(800, 400)).toBeUndefined(); // it was cut off before
});
