/**
 * Reads a template into the pieces that an editor shows. The server decides what is valid; this only has to find the same places, by
 * the rules of the lexer in internal/expression.
 */

/** A step of a path: a name, the number of an element, or "first" for []. */
export type Step = string | number | { first: true };

export interface Segment {
  kind:
    | 'text' // outside of braces
    | 'open' // {{
    | 'close' // }}
    | 'reference'
    | 'function'
    | 'keyword'
    | 'operator'
    | 'bracket' // ( and )
    | 'separator' // ;
    | 'string'
    | 'number'
    | 'space'
    | 'bad'; // no part of the language, or a text without its closing quote
  from: number;
  to: number;
  text: string;
  /** Of a reference: the number of the module, or the name that it begins with. */
  module?: number;
  root?: string;
  path?: Step[];
}

export const keywords = [
  'now',
  'timestamp',
  'emptystring',
  'emptyarray',
  'true',
  'false',
  'null',
  'ignore',
  'erase',
  'space',
  'nbsp',
  'tab',
  'newline',
  'carriagereturn',
  'pi',
  'random',
  'uuid',
  'executionId',
] as const;

const words = new Set<string>(keywords);
const nameRune = '[\\p{L}\\p{Nd}\\p{Mn}_$]';
const namePattern = new RegExp(`${nameRune}+`, 'uy');
const numberPattern = /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const spacePattern = /\s+/y;
const signPattern = /!=|<=|>=|[-+*/%=<>&|]/y;
const indexPattern = /\[\s*(?:(-?\d+)|("(?:[^"\\]|\\.|"")*"))?\s*\]/y;

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** Where the text that begins at the offset ends: behind its closing quote, or at the end of the source. */
function stringEnd(text: string, at: number): { to: number; closed: boolean } {
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '"' && text[i + 1] === '"') i++;
    else if (text[i] === '"') return { to: i + 1, closed: true };
  }
  return { to: text.length, closed: false };
}

/** What a text in double quotes says. */
export function unquote(quoted: string): string {
  return quoted.slice(1, -1).replace(/""|\\(u[0-9a-fA-F]{4}|.)/gs, (whole, escaped: string | undefined) => {
    if (escaped === undefined) return '"';
    if (escaped.length === 5) return String.fromCharCode(parseInt(escaped.slice(1), 16));
    return { n: '\n', r: '\r', t: '\t', '\\': '\\', '"': '"', "'": "'" }[escaped] ?? whole;
  });
}

/** Reads the steps of a path that begins at the offset, as far as they are written out. */
function readPath(text: string, at: number): { path: Step[]; to: number } {
  const path: Step[] = [];
  for (;;) {
    if (text[at] === '.') {
      const end = text[at + 1] === '`' ? text.indexOf('`', at + 2) : -1;
      const name = match(namePattern, text, at + 1);
      if (end > 0) {
        path.push(text.slice(at + 2, end));
        at = end + 1;
      } else if (name) {
        path.push(name[0]);
        at += 1 + name[0].length;
      } else return { path, to: at };
      continue;
    }
    const index = text[at] === '[' ? match(indexPattern, text, at) : null;
    if (!index) return { path, to: at };
    path.push(index[1] ? Number(index[1]) : index[2] ? unquote(index[2]) : { first: true });
    at += index[0].length;
  }
}

type Read = Omit<Segment, 'from' | 'text'>;

function reference(text: string, at: number, head: string): Read {
  const { path, to } = readPath(text, at);
  if (path.length === 0 && text[at] === '.') return { kind: 'bad', to: at + 1 }; // its name is still to come
  return /^\d+$/.test(head)
    ? { kind: 'reference', to, module: Number(head), path }
    : { kind: 'reference', to, root: head, path };
}

function word(text: string, at: number, name: string): Read {
  const to = at + name.length;
  const behind = to + (match(spacePattern, text, to)?.[0].length ?? 0);
  if (text[behind] === '(') return { kind: 'function', to };
  if (/^(and|or)$/i.test(name)) return { kind: 'operator', to };
  if (words.has(name) && text[to] !== '.' && text[to] !== '[') return { kind: 'keyword', to };
  return reference(text, to, name);
}

function number(text: string, at: number, digits: string): Read {
  const to = at + digits.length;
  if (/^\d+$/.test(digits) && (text[to] === '.' || text[to] === '[')) return reference(text, to, digits);
  const glued = match(namePattern, text, to);
  return glued ? { kind: 'bad', to: to + glued[0].length } : { kind: 'number', to };
}

function quotedOrTicked(text: string, at: number): Read {
  if (text[at] === '"') {
    const { to, closed } = stringEnd(text, at);
    return { kind: closed ? 'string' : 'bad', to };
  }
  const end = text.indexOf('`', at + 1);
  return end < 0 ? { kind: 'bad', to: text.length } : reference(text, end + 1, text.slice(at + 1, end));
}

/** Reads the piece of an expression that begins at the offset. */
function inside(text: string, at: number): Read {
  const c = text[at];
  if (text.startsWith('}}', at)) return { kind: 'close', to: at + 2 };
  if (c === '"' || c === '`') return quotedOrTicked(text, at);
  const space = match(spacePattern, text, at);
  if (space) return { kind: 'space', to: at + space[0].length };
  const digits = match(numberPattern, text, at);
  if (digits) return number(text, at, digits[0]);
  const name = match(namePattern, text, at);
  if (name) return word(text, at, name[0]);
  if (c === '(' || c === ')') return { kind: 'bracket', to: at + 1 };
  if (c === ';') return { kind: 'separator', to: at + 1 };
  const sign = match(signPattern, text, at);
  return sign ? { kind: 'operator', to: at + sign[0].length } : { kind: 'bad', to: at + 1 };
}

/** Divides a template into segments, which lie side by side and cover all of it. */
export function segments(text: string): Segment[] {
  const list: Segment[] = [];
  const add = (from: number, read: Read) => list.push({ ...read, from, text: text.slice(from, read.to) });
  let at = 0;
  while (at < text.length) {
    const open = text.indexOf('{{', at);
    if (open !== at) add(at, { kind: 'text', to: open < 0 ? text.length : open });
    if (open < 0) break;
    add(open, { kind: 'open', to: open + 2 });
    at = open + 2;
    while (at < text.length) {
      const read = inside(text, at);
      add(at, read);
      at = read.to;
      if (read.kind === 'close') break;
    }
  }
  return list;
}

/** What is shown as one thing: an expression that is a reference alone, braces and all, or else a segment. */
export interface Piece extends Segment {
  /** The reference stands alone between its braces. */
  whole?: boolean;
}

/** The segments of a template, with references that are a whole expression as one piece. */
export function pieces(text: string): Piece[] {
  const list = segments(text);
  const out: Piece[] = [];
  for (let i = 0; i < list.length; i++) {
    const s = list[i];
    if (!s) break;
    let j = i + 1;
    while (list[j]?.kind === 'space') j++;
    const ref = list[j];
    let k = j + 1;
    while (list[k]?.kind === 'space') k++;
    const close = list[k];
    if (s.kind === 'open' && ref?.kind === 'reference' && close?.kind === 'close') {
      out.push({ ...ref, from: s.from, to: close.to, text: text.slice(s.from, close.to), whole: true });
      i = k;
    } else out.push(s);
  }
  return out;
}

/** Reports whether a value holds an expression. */
export function isMapped(value: unknown): value is string {
  return typeof value === 'string' && value.includes('{{');
}

/** The numbers of the modules that a template reads from. */
export function modulesOf(text: string): number[] {
  const found = new Set<number>();
  if (text.includes('{{')) for (const s of segments(text)) if (s.module !== undefined) found.add(s.module);
  return [...found];
}

/** Turns a column of the server, in characters from 1, into an offset. */
export function offsetOf(text: string, column: number): number {
  let offset = 0;
  let left = column - 1;
  for (const c of text) {
    if (left-- <= 0) break;
    offset += c.length;
  }
  return offset;
}

/**
 * The part to mark for a mistake at the column: the piece there; where an expression ends too early, what stands last in it; the last
 * character where the text ends.
 */
export function placeOf(text: string, column: number): { from: number; to: number } {
  const at = offsetOf(text, column);
  const list = segments(text);
  const s = list.find((x) => x.from <= at && at < x.to && x.kind !== 'text');
  const before = list.findLast((x) => x.to <= at && x.kind !== 'space');
  if (s?.kind === 'close' && before) return { from: before.from, to: before.to }; // what should go on there
  if (s) return { from: s.from, to: s.to };
  return at < text.length ? { from: at, to: at + 1 } : { from: Math.max(0, text.length - 1), to: text.length };
}
