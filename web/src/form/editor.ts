import {
  autocompletion,
  completionKeymap,
  completionStatus,
  startCompletion,
  type Completion,
  type CompletionContext,
} from '@codemirror/autocomplete';
import { history, historyKeymap, standardKeymap } from '@codemirror/commands';
import { Compartment, EditorState, type Extension } from '@codemirror/state';
import { EditorView, keymap, placeholder, tooltips } from '@codemirror/view';
import type { Language } from '../text/text';
import { dragType } from './drag';
import { look, refresh, setMistake, setRaw } from './editorLook';
import { insertion, isInside, type Snippet } from './paths';
import type { Pill } from './pills';
import pillStyles from './pills.css?inline';
import editorStyles from './editor.css?inline';
import type { Source } from './source';
import { suggest, suggestKnown, wordBefore, type FunctionHelp, type Known, type Suggestion } from './suggest';
import { placeOf, type Piece } from './template';
import { sampleText } from './tree';

/** What an editor asks for while it is used; it may change at any time. */
export interface EditorWorld {
  sources: Source[];
  functions: FunctionHelp[];
  language: Language;
  /** Values that the app knows for the whole text. */
  known: Known;
  /** How to take what was typed in place of them. */
  own: (text: string) => string;
  pill: (piece: Piece) => Pill;
  /** Called for each change, with the text. */
  onText: (text: string) => void;
  /** The text must be handed over now: somebody is about to save it. */
  onFlush: () => void;
  onFocus: () => void;
  /** Escape was pressed; true where it meant something. */
  onEscape: () => boolean;
}

export interface EditorOptions {
  host: HTMLElement;
  text: string;
  label: string;
  isMultiline: boolean;
  isRequired: boolean;
  placeholder: string;
  world: () => EditorWorld;
}

export interface Editor {
  /** Takes the focus; the cursor goes to a place of the window, or stays where it was. */
  focus: (at?: { x: number; y: number }) => void;
  setText: (text: string) => void;
  insert: (snippet: Snippet) => void;
  /** Writes what was typed before the editor was there. */
  type: (text: string) => void;
  /** Offers the known values where nothing is written yet and the cursor is. */
  offer: () => void;
  refresh: () => void;
  setRaw: (isRaw: boolean) => void;
  /** Marks the mistake at a column, in characters from 1. */
  setMistake: (column: number | undefined) => void;
  describe: (text: string, isWrong: boolean) => void;
  destroy: () => void;
}

let sheet: CSSStyleSheet | undefined;

/** The styles of editors, which live behind shadow roots: a sheet there needs no element that the content security policy would refuse. */
function styles(): CSSStyleSheet {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(pillStyles + editorStyles);
  }
  return sheet;
}

function put(view: EditorView, snippet: Snippet, from: number, to: number) {
  const i = insertion(view.state.doc.toString(), from, to, snippet);
  view.dispatch({
    changes: { from: i.from, to: i.to, insert: i.insert },
    selection: { anchor: i.cursor },
    scrollIntoView: true,
    userEvent: 'input.insert',
  });
}

/** Puts a suggestion in place of what was typed of it. */
function accept(view: EditorView, s: Suggestion, from: number, to: number) {
  view.dispatch({ changes: { from, to }, userEvent: 'input.complete' });
  put(view, s.snippet, from, from);
}

function help(s: Suggestion): HTMLElement | null {
  const text = s.call
    ? [s.call.signature, s.call.summary]
    : [s.snippet.code, sampleText(s.item?.sample), s.item?.help ?? ''];
  const box = document.createElement('div');
  for (const line of text.filter(Boolean)) {
    const p = document.createElement('p');
    p.textContent = line;
    box.append(p);
  }
  return box;
}

/** Puts a known value in place of the text. */
function valueCompletion(o: { label: string; value: string; help: string }, i: number): Completion {
  return {
    label: o.label,
    detail: o.help,
    boost: -i,
    apply: (view, _, from, to) =>
      view.dispatch({
        changes: { from, to, insert: o.value },
        selection: { anchor: from + o.value.length },
        userEvent: 'input.complete',
      }),
  };
}

function completions(world: () => EditorWorld) {
  return (context: CompletionContext) => {
    const text = context.state.doc.toString();
    const word = wordBefore(text, context.pos);
    const { sources, functions, language, known, own } = world();
    if (known.length > 0 && !word) {
      const values = suggestKnown(text, known, own);
      // Who writes something new is offered nothing, or Enter would put that in place of it.
      return values.length > 0
        ? { from: 0, to: text.length, options: values.map(valueCompletion), filter: false }
        : null;
    }
    if (!word && !context.explicit) return null;
    const options = suggest(word?.query ?? '', sources, functions, language).map((s, i): Completion => ({
      label: s.label,
      detail: s.detail,
      boost: -i,
      info: () => help(s),
      apply: (view, _, from, to) => accept(view, s, from, to),
    }));
    return { from: word?.from ?? context.pos, options, filter: false };
  };
}

const pairs: Record<string, string> = { '(': ')', '"': '"' };

/** Writes the second half of what is opened, and steps over what stands there already. */
const closing = EditorView.inputHandler.of((view, from, to, typed) => {
  const text = view.state.doc.toString();
  const next = text[to] ?? '';
  const change = (insert: string, complete = false) => {
    view.dispatch({ changes: { from, to, insert }, selection: { anchor: from + 1 }, userEvent: 'input.type' });
    if (complete) startCompletion(view);
    return true;
  };
  if (typed === '{' && text[from - 1] === '{' && text[from - 2] !== '{' && !isInside(text, from))
    return change('{}}', true);
  if (!isInside(text, from)) return false;
  const steps = (typed === ')' || typed === '"' || typed === '}') && next === typed && from === to;
  if (steps && (typed !== '"' || text[from - 1] !== '\\')) {
    view.dispatch({ selection: { anchor: from + 1 }, userEvent: 'input.type' });
    return true;
  }
  const second = pairs[typed];
  return second && from === to && !/[\p{L}\p{Nd}"]/u.test(next) ? change(typed + second) : false;
});

function keys(world: () => EditorWorld, isMultiline: boolean): Extension {
  return [
    keymap.of(completionKeymap),
    keymap.of([
      { key: 'Escape', run: () => world().onEscape(), stopPropagation: true },
      { key: 'Enter', run: () => !isMultiline },
      { key: 'Shift-Enter', run: (view) => (view.dispatch(view.state.replaceSelection('\n')), true) },
    ]),
    keymap.of([...standardKeymap, ...historyKeymap]),
  ];
}

/** What the page does with the editor besides typing: dragging into it, saving. */
function events(world: () => EditorWorld): Extension {
  return EditorView.domEventHandlers({
    focus: (_, view) => {
      world().onFocus();
      if (view.state.doc.length === 0 && world().known.length > 0) startCompletion(view);
    },
    blur: () => world().onFlush(),
    keydown: (e) => {
      if (e.ctrlKey || e.metaKey) world().onFlush();
      return false;
    },
    drop: (e, view) => {
      const code = e.dataTransfer?.getData(dragType);
      const at = view.posAtCoords({ x: e.clientX, y: e.clientY }, false);
      if (!code) return false;
      e.preventDefault();
      put(view, JSON.parse(code) as Snippet, at, at);
      view.focus();
      return true;
    },
  });
}

/** Does what the key of a letter does, with all that follows from it. */
function key(view: EditorView, letter: string) {
  const { from, to } = view.state.selection.main;
  const insert = () => view.state.update(view.state.replaceSelection(letter), { userEvent: 'input.type' });
  const isDone = view.state.facet(EditorView.inputHandler).some((handle) => handle(view, from, to, letter, insert));
  if (!isDone) view.dispatch(insert());
}

/** Makes an editor for a template inside of the host. */
export function makeEditor({
  host,
  text,
  label,
  isMultiline,
  isRequired,
  placeholder: hint,
  world,
}: EditorOptions): Editor {
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
  root.replaceChildren();
  root.adoptedStyleSheets = [styles()];
  const attributes = new Compartment();
  const described = (description: string, isWrong: boolean) =>
    EditorView.contentAttributes.of({
      'aria-label': label,
      ...(isRequired && { 'aria-required': 'true' }),
      ...(isWrong && { 'aria-invalid': 'true' }),
      ...(description && { 'aria-description': description }),
    });
  let isSetting = false;
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: text,
      selection: { anchor: text.length },
      extensions: [
        history(),
        keys(world, isMultiline),
        EditorView.lineWrapping,
        placeholder(hint),
        look((piece) => world().pill(piece)),
        autocompletion({
          override: [completions(world)],
          icons: false,
          activateOnTypingDelay: 50,
          interactionDelay: 0, // Enter means nothing else in a field of one line: who types fast need not wait
          maxRenderedOptions: 24,
          // Below the list: the panel is beside it.
          positionInfo: () => ({ style: 'left: -1px; right: -1px; top: 100%; max-width: none' }),
        }),
        tooltips({ position: 'fixed' }),
        closing,
        events(world),
        attributes.of(described('', false)),
        EditorView.updateListener.of((u) => {
          // Before the list finds its place: the page lets it out of what holds the editor.
          host.toggleAttribute('data-suggests', completionStatus(u.state) === 'active');
          if (u.docChanged && !isSetting) world().onText(u.state.doc.toString());
        }),
      ],
    }),
  });
  return {
    focus: (at) => {
      view.focus();
      if (at) view.dispatch({ selection: { anchor: view.posAtCoords(at, false) } });
    },
    setText: (next) => {
      if (next === view.state.doc.toString()) return;
      isSetting = true;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: next } });
      isSetting = false;
    },
    insert: (snippet) => {
      const { from, to } = view.state.selection.main;
      put(view, snippet, from, to);
    },
    type: (typed) => Array.from(typed).forEach((letter) => key(view, letter)),
    offer: () => {
      if (view.hasFocus && view.state.doc.length === 0) startCompletion(view);
    },
    refresh: () => view.dispatch({ effects: refresh.of(null) }),
    setRaw: (isRaw) => view.dispatch({ effects: setRaw.of(isRaw) }),
    setMistake: (column) =>
      view.dispatch({ effects: setMistake.of(column ? placeOf(view.state.doc.toString(), column) : undefined) }),
    describe: (description, isWrong) =>
      view.dispatch({ effects: attributes.reconfigure(described(description, isWrong)) }),
    destroy: () => {
      view.destroy();
      host.removeAttribute('data-suggests');
    },
  };
}
