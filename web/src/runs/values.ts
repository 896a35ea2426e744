/** The way to a part of a value: names of fields, and places in lists counted from 0. */
export type Way = readonly (string | number)[];

/** One line of a value that is shown as a tree. */
export interface Line {
  /** Tells lines apart, also when others are opened or closed. */
  id: string;
  way: Way;
  name: string;
  value: unknown;
  depth: number;
  /** How many parts it has, of collections and lists. */
  parts?: number;
  open?: boolean;
}

export interface Look {
  /** Tells whether the parts of a collection or a list are shown. */
  isOpen: (id: string, depth: number) => boolean;
  /** Only lines with this text in their name or value, and what they stand in; '' shows all. */
  search: string;
}

const idGap = '\u0001';

export function isBranch(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function parts(value: object): [string | number, unknown][] {
  return Array.isArray(value) ? value.map((v, i): [number, unknown] => [i, v]) : Object.entries(value);
}

/** The text of a value that has no parts. */
export function scalarText(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined ? 'null' : JSON.stringify(value);
}

function holds(name: string, value: unknown, search: string): boolean {
  return name.toLowerCase().includes(search) || (!isBranch(value) && scalarText(value).toLowerCase().includes(search));
}

/** Lists the lines of a value. Parts of what is closed are not looked at, unless they are searched. */
export function lines(root: object, { isOpen, search }: Look): Line[] {
  const wanted = search.trim().toLowerCase();
  const list: Line[] = [];
  // Returns whether something in it is wanted; lines that are not are taken back.
  const walk = (value: object, way: Way, id: string, all: boolean): boolean => {
    let found = false;
    for (const [step, v] of parts(value)) {
      const name = typeof step === 'number' ? String(step + 1) : step;
      const line: Line = { id: id + idGap + name, way: [...way, step], name, value: v, depth: way.length };
      const hit = all || holds(name, v, wanted);
      const at = list.push(line);
      if (!isBranch(v)) {
        if (hit) found = true;
        else list.length = at - 1;
        continue;
      }
      line.parts = parts(v).length;
      line.open = line.parts > 0 && (wanted && !all ? true : isOpen(line.id, line.depth));
      const below = line.open && walk(v, line.way, line.id, hit);
      if (hit || below) found = true;
      else list.length = at - 1;
    }
    return found;
  };
  walk(root, [], '', wanted === '');
  return list;
}

const plainName = /^[A-Za-z_]\w*$/;

/** Writes the expression that maps a part of a module's bundle: {{3.attributes.plan}}. */
export function mapping(module: number, way: Way): string {
  let text = String(module);
  for (const step of way) {
    if (typeof step === 'number') text += `[${step + 1}]`;
    else text += plainName.test(step) ? `.${step}` : `.\`${step}\``;
  }
  return `{{${text}}}`;
}

const mostColumns = 40;

/** The columns that a list of bundles has as a table: the fields of all, in the order in which they come; undefined where it is no table. */
export function columns(list: readonly unknown[]): string[] | undefined {
  const names = new Set<string>();
  for (const row of list) {
    if (!isBranch(row) || Array.isArray(row)) return undefined;
    for (const name of Object.keys(row)) names.add(name);
  }
  return names.size === 0 ? undefined : [...names].slice(0, mostColumns);
}

/** A value in one line, for a cell. */
export function brief(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** How many bytes a value takes as JSON. */
export function sizeOf(value: unknown): number {
  return value === undefined ? 0 : new TextEncoder().encode(JSON.stringify(value)).length;
}
