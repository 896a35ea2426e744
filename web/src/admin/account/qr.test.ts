import { describe, expect, it } from 'vitest';
import { qrCode, remainder, type Matrix } from './qr';

/** Draws a part of a code as text. */
function drawn(rows: Matrix, size: number): string[] {
  return rows.slice(0, size).map((row) =>
    row
      .slice(0, size)
      .map((dark) => (dark ? '#' : '.'))
      .join(''),
  );
}

const corner = ['#######.', '#.....#.', '#.###.#.', '#.###.#.', '#.###.#.', '#.....#.', '#######.', '........'];

/** The 15 bits beside the first corner, which say level and mask. */
function formatBits(rows: Matrix): number {
  const places = [0, 1, 2, 3, 4, 5, 7, 8].map((y): [number, number] => [8, y]);
  for (const x of [7, 5, 4, 3, 2, 1, 0]) places.push([x, 8]);
  return places.reduce((sum, [x, y], i) => sum | (rows[y]?.[x] ? 1 << i : 0), 0);
}

/** The bits of format for level M, by mask, as the standard lists them. */
const formats = [0x5412, 0x5125, 0x5e7c, 0x5b4b, 0x45f9, 0x40ce, 0x4f97, 0x4aa0];

describe('a QR code', () => {
  it('has the error correction of the example in the standard', () => {
    // "01234567" as a code of version 1-M
    const data = [0x10, 0x20, 0x0c, 0x56, 0x61, 0x80, 0xec, 0x11, 0xec, 0x11, 0xec, 0x11, 0xec, 0x11, 0xec, 0x11];
    expect(remainder(data, 10)).toEqual([0xa5, 0x24, 0xd4, 0xc1, 0xed, 0x36, 0xc7, 0x87, 0x2c, 0x55]);
  });

  it.each([
    [1, 21],
    [14, 21],
    [15, 25],
    [180, 53],
    [181, 57],
    [666, 97],
  ])('of %i bytes is %i modules wide', (bytes, size) => {
    const rows = qrCode('x'.repeat(bytes));
    expect(rows).toHaveLength(size);
    expect(rows.every((row) => row.length === size)).toBe(true);
  });

  it('refuses what does not fit', () => {
    expect(() => qrCode('x'.repeat(667))).toThrow('too long');
  });

  it('has its corners, its timing and a format of level M', () => {
    const rows = qrCode('otpauth://totp/Ropeway:ada@example.com?secret=JBSWY3DPEHPK3PXP&issuer=Ropeway');
    expect(drawn(rows, 8)).toEqual(corner);
    expect(
      drawn(
        rows.map((row) => [...row].reverse()),
        8,
      ),
    ).toEqual(corner);
    expect(drawn([...rows].reverse(), 8)).toEqual(corner);
    const timing = rows[6]?.slice(8, -8) ?? [];
    expect(timing.every((dark, i) => dark === (i % 2 === 0))).toBe(true);
    expect(formats).toContain(formatBits(rows));
  });
});
