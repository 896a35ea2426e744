import { RangeSet, StateEffect, StateField, type EditorState, type Extension, type Range } from '@codemirror/state';
import { Decoration, EditorView, ViewPlugin, WidgetType, type DecorationSet, type ViewUpdate } from '@codemirror/view';
import { pillNode } from './pillNode';
import type { Pill } from './pills';
import { pieces, type Piece } from './template';

/** Has what is shown made anew: the modules before have changed. */
export const refresh = StateEffect.define();
/** Shows the text as it is stored, or with pills. */
export const setRaw = StateEffect.define<boolean>();
/** Marks the place of a mistake. */
export const setMistake = StateEffect.define<{ from: number; to: number } | undefined>();

class PillWidget extends WidgetType {
  constructor(readonly pill: Pill) {
    super();
  }

  override eq(other: PillWidget) {
    const [a, b] = [this.pill, other.pill];
    return (
      a.badge === b.badge &&
      a.label === b.label &&
      a.state === b.state &&
      a.tone === b.tone &&
      a.color === b.color &&
      a.title === b.title
    );
  }

  toDOM() {
    return pillNode(this.pill);
  }

  override ignoreEvent() {
    return false;
  }
}

class CapWidget extends WidgetType {
  constructor(readonly isOpen: boolean) {
    super();
  }

  override eq(other: CapWidget) {
    return this.isOpen === other.isOpen;
  }

  toDOM() {
    const cap = document.createElement('span');
    cap.className = this.isOpen ? 'piece-cap open' : 'piece-cap close';
    cap.textContent = this.isOpen ? '{' : '}';
    return cap;
  }
}

const marks: Partial<Record<Piece['kind'], Decoration>> = Object.fromEntries(
  ['function', 'keyword', 'operator', 'bracket', 'separator', 'string', 'number', 'bad'].map((kind) => [
    kind,
    Decoration.mark({ class: `piece ${kind}` }),
  ]),
);
const group = Decoration.mark({ class: 'piece-group' });
const caps = {
  open: Decoration.replace({ widget: new CapWidget(true) }),
  close: Decoration.replace({ widget: new CapWidget(false) }),
};

/** Reports whether the cursor is at work in a piece, so that it must stay text. */
function isBusy(state: EditorState, piece: Piece, pill: Pill): boolean {
  const { main } = state.selection;
  if (piece.whole) return main.empty && main.head > piece.from && main.head < piece.to;
  return pill.state !== 'known' && main.empty && main.head >= piece.from && main.head <= piece.to;
}

interface Looks {
  all: DecorationSet;
  atoms: DecorationSet;
}

function looks(state: EditorState, hasFocus: boolean, pill: (piece: Piece) => Pill): Looks {
  const all: Range<Decoration>[] = [];
  const atoms: Range<Decoration>[] = [];
  let opened = -1;
  const put = (from: number, to: number, decoration: Decoration) => {
    const range = decoration.range(from, to);
    all.push(range);
    atoms.push(range);
  };
  for (const p of pieces(state.doc.toString())) {
    if (p.kind === 'reference') {
      const shown = pill(p);
      if (!hasFocus || !isBusy(state, p, shown))
        put(p.from, p.to, Decoration.replace({ widget: new PillWidget(shown) }));
    } else if (p.kind === 'open' || p.kind === 'close') {
      put(p.from, p.to, caps[p.kind]);
      if (p.kind === 'open') opened = p.from;
      else if (opened >= 0) all.push(group.range(opened, p.to));
    } else {
      const mark = marks[p.kind];
      if (mark) all.push(mark.range(p.from, p.to));
    }
  }
  return { all: RangeSet.of(all, true), atoms: RangeSet.of(atoms, true) };
}

const raw = StateField.define<boolean>({
  create: () => false,
  update: (value, tr) => tr.effects.reduce((v, e) => (e.is(setRaw) ? e.value : v), value),
});

const wavy = Decoration.mark({ class: 'wrong' });

const mistake = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(value, tr) {
    let next = tr.docChanged ? Decoration.none : value;
    for (const e of tr.effects) {
      if (!e.is(setMistake)) continue;
      const to = Math.min(e.value?.to ?? 0, tr.newDoc.length);
      const from = Math.max(0, (e.value?.from ?? 0) - 1); // begins before a pill, so that the pill stands in it
      next = e.value && from < to ? Decoration.set(wavy.range(from, to)) : Decoration.none;
    }
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** Shows references as pills and the rest of expressions in colours. pill is asked for each reference. */
export function look(pill: (piece: Piece) => Pill): Extension {
  const plugin = ViewPlugin.fromClass(
    class {
      looks: Looks;

      constructor(view: EditorView) {
        this.looks = this.make(view);
      }

      update(u: ViewUpdate) {
        const isAsked = u.transactions.some((tr) => tr.effects.some((e) => e.is(refresh) || e.is(setRaw)));
        if (u.docChanged || u.selectionSet || u.focusChanged || isAsked) this.looks = this.make(u.view);
      }

      make(view: EditorView): Looks {
        if (view.state.field(raw)) return { all: Decoration.none, atoms: Decoration.none };
        return looks(view.state, view.hasFocus, pill);
      }
    },
    {
      decorations: (p) => p.looks.all,
      provide: (p) => EditorView.atomicRanges.of((view) => view.plugin(p)?.looks.atoms ?? Decoration.none),
    },
  );
  return [raw, mistake, plugin];
}
