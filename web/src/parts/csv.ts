export interface Line {
  /** Of the file, counted from 1. */
  at: number;
  cells: string[];
}

export interface Sheet {
  lines: Line[];
  /** Line at which a quotation began that never ends. */
  open?: number;
}

/** Guesses what divides cells: whichever the first line has most of, outside of quotations. */
export function dividerOf(text: string): string {
  const first = (text.split(/\r?\n/, 1)[0] ?? '').replace(/"[^"]*"/g, '');
  const counts = [',', ';', '\t'].map((c): [string, number] => [c, first.split(c).length - 1]);
  counts.sort((a, b) => b[1] - a[1]);
  return counts[0]?.[0] ?? ',';
}

/** Reads a file of RFC 4180, also one with another divider, as spreadsheets of many countries write them. Empty lines are left away. */
export function readCSV(source: string, divider = dividerOf(source)): Sheet {
  const text = source.replace(/^\uFEFF/, '');
  const lines: Line[] = [];
  let cells: string[] = [];
  let cell = '';
  let at = 1;
  let begun = 1;
  let quoted = 0; // line at which the quotation began
  const end = () => {
    cells.push(cell);
    if (cells.length > 1 || cells[0] !== '') lines.push({ at: begun, cells });
    cells = [];
    cell = '';
    begun = at;
  };
  for (let i = 0; i < text.length; i++) {
    const c = text.charAt(i);
    if (c === '\n') at++;
    if (quoted) {
      if (c !== '"') cell += c;
      else if (text.charAt(i + 1) === '"') cell += text.charAt(++i);
      else quoted = 0;
    } else if (c === '"' && cell === '') quoted = at;
    else if (c === divider) {
      cells.push(cell);
      cell = '';
    } else if (c === '\n') end();
    else if (c !== '\r' || text.charAt(i + 1) !== '\n') cell += c;
  }
  if (quoted) return { lines, open: quoted };
  if (cell !== '' || cells.length > 0) end();
  return { lines };
}
