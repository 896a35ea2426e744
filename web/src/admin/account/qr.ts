/**
 * QR codes (ISO/IEC 18004) of what a second factor needs: bytes, error correction level M (15 %), up to version 20, which holds 666 bytes.
 * Written here because the text is a secret that no service shall draw, and a library would bring all the other modes along.
 */

/** Rows of a square, true where it is dark. */
export type Matrix = boolean[][];

const versions = 20;
/** Bytes of error correction in a block, and number of blocks, by version at level M. */
const correctionBytes = [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26];
const blockCounts = [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16];

const at = (list: ArrayLike<number>, i: number): number => list[i] ?? 0;

/** Modules that hold data and error correction, in bits. */
function capacity(version: number): number {
  let bits = (16 * version + 128) * version + 64;
  if (version >= 2) {
    const patterns = Math.floor(version / 7) + 2;
    bits -= (25 * patterns - 10) * patterns - 55;
    if (version >= 7) bits -= 36;
  }
  return bits;
}

function dataBytes(version: number): number {
  return Math.floor(capacity(version) / 8) - at(correctionBytes, version - 1) * at(blockCounts, version - 1);
}

const lengthBits = (version: number) => (version < 10 ? 8 : 16);

/** Draws a text as a QR code. */
export function qrCode(text: string): Matrix {
  const bytes = new TextEncoder().encode(text);
  let version = 1;
  while (4 + lengthBits(version) + bytes.length * 8 > dataBytes(version) * 8) {
    if (++version > versions) throw new Error('the text is too long for a QR code');
  }
  const square = new Square(version);
  square.place(interleave(encode(bytes, version), version));
  return square.masked();
}

function encode(bytes: Uint8Array, version: number): number[] {
  const bits: number[] = [];
  const put = (value: number, length: number) => {
    for (let i = length - 1; i >= 0; i--) bits.push((value >>> i) & 1);
  };
  put(4, 4); // bytes
  put(bytes.length, lengthBits(version));
  for (const b of bytes) put(b, 8);
  const room = dataBytes(version) * 8;
  put(0, Math.min(4, room - bits.length));
  put(0, (8 - (bits.length % 8)) % 8);
  for (let pad = 0xec; bits.length < room; pad ^= 0xec ^ 0x11) put(pad, 8);
  const out: number[] = [];
  for (let i = 0; i < bits.length; i += 8) out.push(bits.slice(i, i + 8).reduce((sum, b) => (sum << 1) | b, 0));
  return out;
}

/** Multiplies in the field of 256 elements over x^8 + x^4 + x^3 + x^2 + 1. */
function multiply(a: number, b: number): number {
  let product = 0;
  for (let i = 7; i >= 0; i--) {
    product = (product << 1) ^ ((product >>> 7) * 0x11d);
    product ^= ((b >>> i) & 1) * a;
  }
  return product;
}

function divisor(degree: number): number[] {
  const result = new Array<number>(degree).fill(0);
  result[degree - 1] = 1;
  let root = 1;
  for (let i = 0; i < degree; i++) {
    for (let j = 0; j < degree; j++) result[j] = multiply(at(result, j), root) ^ at(result, j + 1);
    root = multiply(root, 2);
  }
  return result;
}

/** The bytes of error correction of a block. */
export function remainder(data: number[], degree: number): number[] {
  const by = divisor(degree);
  const result = new Array<number>(degree).fill(0);
  for (const b of data) {
    const factor = b ^ (result.shift() ?? 0);
    result.push(0);
    by.forEach((x, i) => (result[i] = at(result, i) ^ multiply(x, factor)));
  }
  return result;
}

function interleave(data: number[], version: number): number[] {
  const count = at(blockCounts, version - 1);
  const degree = at(correctionBytes, version - 1);
  const total = Math.floor(capacity(version) / 8);
  const short = count - (total % count);
  const length = Math.floor(total / count) - degree;
  const blocks: number[][] = [];
  for (let i = 0, from = 0; i < count; i++) {
    const size = length + (i < short ? 0 : 1);
    blocks.push(data.slice(from, from + size));
    from += size;
  }
  const out: number[] = [];
  for (let i = 0; i <= length; i++) for (const b of blocks) if (i < b.length) out.push(at(b, i));
  const corrections = blocks.map((b) => remainder(b, degree));
  for (let i = 0; i < degree; i++) for (const c of corrections) out.push(at(c, i));
  return out;
}

const masks: ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

/** Where the small squares stand that show how a code is bent. */
function alignments(version: number): number[] {
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2;
  const step = Math.floor((version * 8 + count * 3 + 5) / (count * 4 - 4)) * 2;
  const places = [6];
  for (let p = version * 4 + 10; places.length < count; p -= step) places.splice(1, 0, p);
  return places;
}

class Square {
  private readonly size: number;
  private dark: Matrix;
  private readonly fixed: Matrix;

  constructor(private readonly version: number) {
    this.size = version * 4 + 17;
    this.dark = this.empty();
    this.fixed = this.empty();
    for (let i = 0; i < this.size; i++) {
      this.set(6, i, i % 2 === 0);
      this.set(i, 6, i % 2 === 0);
    }
    const end = this.size - 4;
    for (const [x, y] of [
      [3, 3],
      [end, 3],
      [3, end],
    ] as const)
      this.ring(x, y, 4, (d) => d !== 2 && d !== 4);
    const places = alignments(version);
    const last = places.length - 1;
    places.forEach((x, i) =>
      places.forEach((y, j) => {
        const corner = (i === 0 && j === 0) || (i === 0 && j === last) || (i === last && j === 0);
        if (!corner) this.ring(x, y, 2, (d) => d !== 1);
      }),
    );
    this.format(0);
    this.versionBits();
  }

  private empty(): Matrix {
    return Array.from({ length: this.size }, () => new Array<boolean>(this.size).fill(false));
  }

  private get(x: number, y: number): boolean {
    return this.dark[y]?.[x] ?? false;
  }

  private set(x: number, y: number, dark: boolean) {
    const row = this.dark[y];
    const fixed = this.fixed[y];
    if (!row || !fixed || x < 0 || x >= this.size) return;
    row[x] = dark;
    fixed[x] = true;
  }

  private ring(x: number, y: number, reach: number, dark: (distance: number) => boolean) {
    for (let dy = -reach; dy <= reach; dy++)
      for (let dx = -reach; dx <= reach; dx++) this.set(x + dx, y + dy, dark(Math.max(Math.abs(dx), Math.abs(dy))));
  }

  private format(mask: number) {
    let rest = mask; // level M is 0
    for (let i = 0; i < 10; i++) rest = (rest << 1) ^ ((rest >>> 9) * 0x537);
    const bits = ((mask << 10) | rest) ^ 0x5412;
    const bit = (i: number) => ((bits >>> i) & 1) !== 0;
    for (let i = 0; i <= 5; i++) this.set(8, i, bit(i));
    this.set(8, 7, bit(6));
    this.set(8, 8, bit(7));
    this.set(7, 8, bit(8));
    for (let i = 9; i < 15; i++) this.set(14 - i, 8, bit(i));
    for (let i = 0; i < 8; i++) this.set(this.size - 1 - i, 8, bit(i));
    for (let i = 8; i < 15; i++) this.set(8, this.size - 15 + i, bit(i));
    this.set(8, this.size - 8, true);
  }

  private versionBits() {
    if (this.version < 7) return;
    let rest = this.version;
    for (let i = 0; i < 12; i++) rest = (rest << 1) ^ ((rest >>> 11) * 0x1f25);
    const bits = (this.version << 12) | rest;
    for (let i = 0; i < 18; i++) {
      const a = this.size - 11 + (i % 3);
      const b = Math.floor(i / 3);
      this.set(a, b, ((bits >>> i) & 1) !== 0);
      this.set(b, a, ((bits >>> i) & 1) !== 0);
    }
  }

  /** Fills in the bytes in columns of two, up and down from the right. */
  place(bytes: number[]) {
    let i = 0;
    for (let right = this.size - 1; right >= 1; right -= 2) {
      if (right === 6) right = 5;
      for (let step = 0; step < this.size; step++) {
        for (const x of [right, right - 1]) {
          const up = ((right + 1) & 2) === 0;
          const y = up ? this.size - 1 - step : step;
          const row = this.dark[y];
          if (!row || this.fixed[y]?.[x] || i >= bytes.length * 8) continue;
          row[x] = ((at(bytes, i >>> 3) >>> (7 - (i & 7))) & 1) !== 0;
          i++;
        }
      }
    }
  }

  /** The square with the mask that is easiest to read. */
  masked(): Matrix {
    const plain = this.dark;
    let best: Matrix = plain;
    let least = Infinity;
    masks.forEach((mask, number) => {
      this.dark = plain.map((row, y) => row.map((dark, x) => (this.fixed[y]?.[x] ? dark : dark !== mask(x, y))));
      this.format(number);
      const penalty = this.penalty();
      if (penalty >= least) return;
      least = penalty;
      best = this.dark;
    });
    return best;
  }

  private penalty(): number {
    let sum = 0;
    let dark = 0;
    for (let a = 0; a < this.size; a++) {
      sum += linePenalty(this.dark[a] ?? []) + linePenalty(this.dark.map((row) => row[a] ?? false));
      for (let b = 0; b < this.size; b++) {
        const here = this.get(a, b);
        if (here) dark++;
        const inside = a + 1 < this.size && b + 1 < this.size;
        if (inside && [this.get(a + 1, b), this.get(a, b + 1), this.get(a + 1, b + 1)].every((x) => x === here))
          sum += 3;
      }
    }
    const share = (dark * 20) / (this.size * this.size);
    return sum + Math.max(0, Math.ceil(Math.abs(share - 10)) - 1) * 10;
  }
}

/** Long runs of one colour are hard to read, and so is what looks like a corner of the code. */
function linePenalty(line: boolean[]): number {
  const text = line.map((dark) => (dark ? '1' : '0')).join('');
  let sum = 0;
  for (const run of text.match(/0{5,}|1{5,}/g) ?? []) sum += run.length - 2;
  for (const corner of ['10111010000', '00001011101'])
    for (let i = text.indexOf(corner); i >= 0; i = text.indexOf(corner, i + 1)) sum += 40;
  return sum;
}
