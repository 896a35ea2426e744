import type { CSSProperties } from 'react';
import { toneClass } from '../parts/apps';
import { appOf } from '../parts/flow';
import type { Source } from './source';
import type { Piece } from './template';
import { itemAt, labelOf, sampleText } from './tree';

/** How a reference is shown. */
export interface Pill {
  /** The number of the module, or the name that the reference begins with. */
  badge: string;
  label: string;
  tone: string;
  /** The colour that the app gives itself. */
  color?: string;
  /** Nothing is known of what it leads to; or its module does not come before this one. */
  state: 'known' | 'unknown' | 'missing';
  title: string;
}

export interface PillWords {
  /** Stands for everything that a module gave. */
  all: string;
  missing: (module: number) => string;
  /** The colour of an app, where it has one. */
  color: (app: string) => string | undefined;
}

/** Says how a reference is shown. */
export function pillOf(piece: Piece, sources: ReadonlyMap<number, Source>, words: PillWords): Pill {
  const path = piece.path ?? [];
  if (piece.module === undefined) {
    const label = path
      .map((s) => (typeof s === 'string' ? s : ''))
      .filter(Boolean)
      .join(' › ');
    return { badge: piece.root ?? '', label, tone: 'tone-tool', state: 'known', title: piece.text };
  }
  const source = sources.get(piece.module);
  if (!source) {
    const label = path.filter((s) => typeof s === 'string').join(' › ');
    const title = words.missing(piece.module);
    return { badge: String(piece.module), label: label || words.all, tone: 'tone-tool', state: 'missing', title };
  }
  const item = path.length > 0 ? itemAt(source, path) : undefined;
  const sample = sampleText(item?.sample, 60);
  return {
    badge: String(piece.module),
    label: labelOf(source, path) || words.all,
    tone: toneClass(appOf(source.module)),
    color: words.color(appOf(source.module)),
    state: path.length === 0 || item ? 'known' : 'unknown',
    title: [`${piece.module} · ${source.label}`, piece.text, sample].filter(Boolean).join('\n'),
  };
}

/** Gives an element the colour of its app. */
export function toneStyle(color: string | undefined): CSSProperties | undefined {
  return color ? ({ '--pill-tone': color } as CSSProperties) : undefined;
}
