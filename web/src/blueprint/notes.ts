import { withoutKey } from './tree';
import type { Blueprint } from './types';

/** A note at a module, or at the filter before it. Its content is HTML, as other systems write it. */
interface Note {
  moduleIds: number[];
  content: string;
  isFilterNote?: boolean;
  [field: string]: unknown;
}

function isNote(x: unknown): x is Note {
  return typeof x === 'object' && x !== null && Array.isArray((x as Note).moduleIds);
}

function notesOf(b: Blueprint): Note[] {
  const notes = b.metadata?.notes;
  return Array.isArray(notes) ? notes.filter(isNote) : [];
}

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", nbsp: ' ' };

/** Reads the text of a note: what is marked up in it is left away. */
export function textOf(html: string): string {
  return html
    .replace(/<\/p>/gi, '\n\n')
    .replace(/<(?:br|\/li|\/ol|\/ul|\/h\d)\b[^>]*>/gi, '\n')
    .replace(/<li\b[^>]*>/gi, '• ')
    .replace(/<[^>]*>/g, '')
    .replace(/&(#39|\w+);/g, (whole, name: string) => entities[name] ?? whole)
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

/** Writes a text as a note's content. */
export function contentOf(text: string): string {
  const safe = text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
  return safe
    .split(/\n{2,}/)
    .map((paragraph) => `<p>${paragraph.replace(/\n/g, '<br>')}</p>`)
    .join('');
}

/** A text as it reads once it was written as a note. */
export function readBack(text: string): string {
  return textOf(contentOf(text));
}

/** The note at a module, '' where there is none. */
export function noteOf(b: Blueprint, id: number): string {
  return notesOf(b)
    .filter((n) => !n.isFilterNote && n.moduleIds.includes(id))
    .map((n) => textOf(n.content))
    .join('\n\n');
}

/** Changes the note at a module; an empty one is gone. A note of several modules stays with the others. */
export function setNote(b: Blueprint, id: number, text: string): Blueprint {
  const all: unknown[] = Array.isArray(b.metadata?.notes) ? b.metadata.notes : [];
  const mine = (n: unknown): n is Note => isNote(n) && !n.isFilterNote && n.moduleIds.includes(id);
  const own = all.find((n) => mine(n) && n.moduleIds.length === 1);
  const rest = all.flatMap((n) => {
    if (!mine(n)) return [n];
    const moduleIds = n.moduleIds.filter((m) => m !== id);
    return moduleIds.length > 0 ? [{ ...n, moduleIds }] : [];
  });
  const before = own ?? { moduleIds: [id], isFilterNote: false, metadata: { color: '#9138FE' } };
  const notes = text ? [...rest, { ...before, content: contentOf(text) }] : rest;
  if (notes.length > 0 || all.length > 0) return { ...b, metadata: { ...b.metadata, notes } };
  return b.metadata ? { ...b, metadata: withoutKey(b.metadata, 'notes') } : b;
}
