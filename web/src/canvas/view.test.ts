import { describe, expect, test } from 'vitest';
import { Stands } from './stands';
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

describe('where the canvas stood', () => {
  const size = (width: number) => ({ width, height: 600 });
  const at = (x: number) => ({ x, y: 0, zoom: 1 });

  test('is where it goes when there is as much room again', () => {
    const stands = new Stands();
    stands.leave(size(1000), at(0));
    stands.moved(at(0), at(-200));
    stands.leave(size(600), at(-200));
    stands.moved(at(-200), at(-400));
    expect(stands.back(size(500), at(-400))).toBeUndefined();
    expect(stands.back(size(600), at(-400))).toEqual(at(-200));
    expect(stands.back(size(1000), at(-200))).toEqual(at(0));
    expect(stands.back(size(1200), at(0))).toBeUndefined();
  });

  test('is the larger one where both sizes are there again', () => {
    const stands = new Stands();
    stands.leave(size(1000), at(0));
    stands.leave(size(600), at(0));
    stands.moved(at(0), at(-400));
    expect(stands.back(size(1000), at(-400))).toEqual(at(0));
  });

  test('counts no more once somebody has moved the canvas', () => {
    const stands = new Stands();
    stands.leave(size(1000), at(0));
    stands.moved(at(0), at(-200));
    expect(stands.back(size(1000), at(-150))).toBeUndefined();
    stands.leave(size(1000), at(-150));
    stands.moved(at(-150), at(-300));
    stands.leave(size(600), at(-250));
    expect(stands.back(size(1000), at(-250))).toEqual(at(-250));
  });
});
