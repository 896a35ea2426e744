/** Finds references to modules in a template and lets fn give them other numbers: {{3.email}} and {{`3`}}. Texts stay as they are. */
export function renumberText(text: string, fn: (id: number) => number): string {
  if (!text.includes('{{')) return text;
  let out = '';
  let i = 0;
  let inside = false;
  while (i < text.length) {
    if (!inside && text.startsWith('{{', i)) {
      inside = true;
      out += '{{';
      i += 2;
    } else if (inside && text.startsWith('}}', i)) {
      inside = false;
      out += '}}';
      i += 2;
    } else {
      const piece = inside ? token(text, i, out.at(-1) ?? '', fn) : { from: text[i] ?? '', to: text[i] ?? '' };
      out += piece.to;
      i += piece.from.length;
    }
  }
  return out;
}

/** Reads the next piece of an expression. `before` is the sign in front of it: behind a dot stands a field, never a module. */
function token(text: string, at: number, before: string, fn: (id: number) => number): { from: string; to: string } {
  const rest = text.slice(at);
  const kept = (from: string) => ({ from, to: from });
  const quoted = /^"(?:[^"\\]|\\.)*"?/.exec(rest)?.[0];
  if (quoted) return kept(quoted);
  const ticked = /^`[^`]*`?/.exec(rest)?.[0];
  if (ticked) {
    const whole = before !== '.' && /^`(\d+)`$/.exec(ticked)?.[1];
    return whole ? { from: ticked, to: `\`${fn(Number(whole))}\`` } : kept(ticked);
  }
  const word = /^[\p{L}_$][\p{L}\p{N}_$]*/u.exec(rest)?.[0];
  if (word) return kept(word);
  const number = /^\d+/.exec(rest)?.[0];
  if (!number) return kept(rest.slice(0, 1));
  const reference = before !== '.' && /^\.(?:[^\d\s]|$)/.test(rest.slice(number.length));
  return reference ? { from: number, to: String(fn(Number(number))) } : kept(number);
}

/** Renumbers every template in a value of JSON. */
export function renumberValue(value: unknown, fn: (id: number) => number): unknown {
  if (typeof value === 'string') return renumberText(value, fn);
  if (Array.isArray(value)) return value.map((v) => renumberValue(v, fn));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, renumberValue(v, fn)]));
}
