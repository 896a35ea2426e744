import { segments, type Segment, type Step } from './template';

const plain = /^[\p{L}_$][\p{L}\p{Nd}\p{Mn}_$]*$/u;

/** Writes a text as the expression language has it, in double quotes. */
export function quote(text: string): string {
  const escapes: Record<string, string> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };
  return `"${text.replace(/["\\\n\r\t]/g, (c) => escapes[c] ?? c)}"`;
}

function step(s: Step): string {
  if (typeof s === 'number') return `[${s}]`;
  if (typeof s === 'object') return '[]';
  if (plain.test(s)) return `.${s}`;
  return s.includes('`') || s === '' ? `[${quote(s)}]` : `.\`${s}\``;
}

/** Writes a reference to something in the output of a module. Names with spaces, signs or a digit in front stand in back-ticks. */
export function reference(module: number, path: Step[]): string {
  return path.length === 0 ? `\`${module}\`` : `${module}${path.map(step).join('')}`;
}

/** Writes a path for people: "address › city". */
export function pathText(path: Step[]): string {
  return path
    .map((s) => (typeof s === 'object' ? '' : typeof s === 'number' ? String(s) : s))
    .filter(Boolean)
    .join(' › ');
}

export interface Insertion {
  from: number;
  to: number;
  insert: string;
  /** Where the cursor goes, counted in the new text. */
  cursor: number;
}

/** What is put in: code of the language; where it is a function, the cursor goes behind its bracket. */
export interface Snippet {
  code: string;
  isCall?: boolean;
  /** An operator: it joins what stands beside it by itself. */
  isOperator?: boolean;
}

function segmentAt(list: Segment[], at: number): Segment | undefined {
  return list.find((s) => s.from < at && at < s.to);
}

/** Reports whether a place is inside of an expression. */
export function isInside(text: string, at: number): boolean {
  let open = false;
  for (const s of segments(text)) {
    if (s.kind === 'open' && at >= s.to) open = true;
    if (s.kind === 'close' && at >= s.to) open = false;
  }
  return open;
}

/** Takes the place behind a thing that must not be torn apart. */
function outOf(text: string, at: number): number {
  const s = segmentAt(segments(text), at);
  return s && s.kind !== 'text' && s.kind !== 'space' ? s.to : at;
}

/** Writes a call with as many separators as the function needs: "if(condition; then; [else])" becomes "if(; )". */
export function call(name: string, signature: string): Snippet {
  const list = signature.slice(signature.indexOf('(') + 1, signature.lastIndexOf(')')).replace(/\[[^\]]*\]/g, '');
  const needed = list.split(';').filter((a) => a.trim() !== '').length;
  return { code: `${name}(${'; '.repeat(Math.max(0, needed - 1))})`, isCall: true };
}

const operands = ['reference', 'keyword', 'number', 'string'];

/** Joins with what stands beside it in the expression, so that two values never touch. */
function joints(text: string, from: number, to: number): { before: string; after: string } {
  const list = segments(text).filter((s) => s.kind !== 'space');
  const left = list.findLast((s) => s.to <= from);
  const right = list.find((s) => s.from >= to);
  const isLeft = left && (operands.includes(left.kind) || left.text === ')');
  const isRight = right && (operands.includes(right.kind) || right.kind === 'function');
  return {
    before: isLeft ? (text[from - 1] === ' ' ? '+ ' : ' + ') : '',
    after: isRight ? (text[to] === ' ' ? ' +' : ' + ') : '',
  };
}

/** The expression of which a range is all, without its braces. */
function wrapped(text: string, from: number, to: number): string | undefined {
  const chosen = text.slice(from, to);
  const inner = /^\{\{(.*)\}\}$/s.exec(chosen)?.[1];
  return inner?.includes('{{') === false ? inner.trim() : undefined;
}

/** An operator goes on with the expression before the cursor, into its braces where they end there. */
function operatorAt(text: string, from: number, to: number, sign: string): Insertion {
  const close = segments(text).find((s) => s.kind === 'close' && s.to === from);
  if (close) [from, to] = [close.from, close.from];
  const isIn = isInside(text, from);
  const insert = `${text[from - 1] === ' ' || !isIn ? '' : ' '}${sign} `;
  if (!isIn) return { from, to, insert: `{{ ${insert}}}`, cursor: from + 2 };
  return { from, to, insert, cursor: from + insert.length };
}

/**
 * Says how to put code into a template at a cursor or in place of what is chosen: with braces in plain text, without them inside an
 * expression. A function that is put over a chosen expression takes it as its first argument.
 */
export function insertion(text: string, from: number, to: number, snippet: Snippet): Insertion {
  const start = outOf(text, from);
  const end = Math.max(start, outOf(text, to));
  if (snippet.isOperator) return operatorAt(text, start, end, snippet.code);
  const isIn = isInside(text, start);
  let { code } = snippet;
  let cursor = snippet.isCall ? code.indexOf('(') + 1 : code.length;
  const argument = isIn ? text.slice(start, end) : wrapped(text, start, end);
  if (snippet.isCall && argument) {
    code = code.slice(0, cursor) + argument + code.slice(cursor);
    cursor += argument.length;
  }
  if (isIn) {
    const { before, after } = joints(text, start, end);
    return { from: start, to: end, insert: before + code + after, cursor: start + before.length + cursor };
  }
  const at = start + 2 + cursor + (snippet.isCall ? 0 : 2);
  return { from: start, to: end, insert: `{{${code}}}`, cursor: at };
}
