import { useEffect, useImperativeHandle, useLayoutEffect, useRef, useState, type Ref } from 'react';
import type { Editor, EditorWorld } from './editor';
import { useText } from '../text/text';
import { useMapping, type Target } from './mapping';
import type { Snippet } from './paths';
import type { Known } from './suggest';
import { pillOf } from './pills';
import { Template } from './Template';
import { useFunctions } from './useFunctions';
import { loadEditor, useLive } from './useLive';

export interface MappingInputProps {
  label: string;
  text: string;
  /** Called when the typing rests, and before anything else happens on the page. */
  onChange: (text: string) => void;
  isMultiline?: boolean;
  isRequired?: boolean;
  placeholder?: string;
  /** Values that the app knows. */
  known?: Known;
  isRaw: boolean;
  /** Where a mistake is, in characters from 1. */
  mistakeColumn?: number;
  /** What is said of the field besides its label, for screen readers. */
  description: string;
  isWrong: boolean;
  ref?: Ref<MappingInputHandle>;
}

export interface MappingInputHandle {
  target: Target;
}

const restMS = 250;
const none: Known = [];

/** What somebody did with the field before the editor was there. */
interface Waiting {
  at?: { x: number; y: number };
  snippet?: Snippet;
  typed?: string;
}

/**
 * The text of a field with its pills. It is drawn by React until the editor takes over; both look the same. What is typed reaches the
 * form when the typing rests: a scenario of hundreds of modules is not drawn anew for each key.
 */
export function MappingInput(props: MappingInputProps) {
  const { label, text, isMultiline = false, isRequired = false, placeholder = '', isRaw, mistakeColumn } = props;
  const { description, isWrong, known = none, ref } = props;
  const mapping = useMapping();
  const functions = useFunctions();
  const { language, t } = useText();
  const live = useLive(!mapping.readOnly);
  const host = useRef<HTMLDivElement>(null);
  const still = useRef<HTMLDivElement>(null);
  const editor = useRef<Editor>(undefined);
  const pending = useRef<{ text: string; timer: number }>(undefined);
  const waiting = useRef<Waiting>(undefined);
  const world = useRef<EditorWorld>(undefined);
  const target = useRef<Target>(undefined);
  const [isLive, setIsLive] = useState(false);

  useLayoutEffect(() => {
    const flush = () => {
      const early = editor.current ? undefined : waiting.current?.typed;
      const next = pending.current?.text ?? (early && text + early);
      window.clearTimeout(pending.current?.timer);
      pending.current = undefined;
      if (early) waiting.current = { ...waiting.current, typed: undefined };
      if (next !== undefined) props.onChange(next);
    };
    const onText = (text: string) => {
      if (pending.current) window.clearTimeout(pending.current.timer);
      pending.current = { text, timer: window.setTimeout(() => world.current?.onFlush(), restMS) };
    };
    const put = (snippet: Snippet) => {
      waiting.current = { ...waiting.current, snippet };
      live.wake();
    };
    target.current = {
      label,
      insert: (snippet) => (editor.current ? editor.current.insert(snippet) : put(snippet)),
      focus: () => (editor.current ?? still.current)?.focus(), // what gets the focus wakes the editor
    };
    world.current = {
      sources: mapping.sources,
      functions,
      language,
      known,
      own: (text) => t('form.choose.own', { text }),
      pill: (piece) => pillOf(piece, mapping.byId, mapping.words),
      onText,
      onFlush: flush,
      onFocus: () => target.current && mapping.enter(target.current),
      onEscape: mapping.close,
    };
  });
  useImperativeHandle(ref, () => ({
    get target() {
      if (!target.current) throw new Error('the field is not there yet');
      return target.current;
    },
  }));

  const { make } = live;
  useLayoutEffect(() => {
    if (!make || !host.current) return;
    // Whoever has gone on meanwhile, to the buttons of the field or into the panel, is not called back.
    const hadFocus = still.current !== null && document.activeElement === still.current;
    const made = make({
      host: host.current,
      text,
      label,
      isMultiline,
      isRequired,
      placeholder,
      world: () => world.current as EditorWorld,
    });
    editor.current = made;
    if (still.current) still.current.hidden = true; // at its place is the editor, where the mouse was pressed
    host.current.hidden = false;
    setIsLive(true);
    const wanted = waiting.current;
    waiting.current = undefined;
    if (hadFocus) made.focus(wanted?.at);
    if (wanted?.snippet) made.insert(wanted.snippet);
    if (wanted?.typed) made.type(wanted.typed);
    return () => {
      world.current?.onFlush();
      editor.current = undefined;
      made.destroy();
    };
    // The text is handed over below; the editor is made once.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [make, label, isMultiline, isRequired, placeholder]);

  useEffect(() => {
    if (!pending.current) editor.current?.setText(text);
  }, [text]);
  useEffect(() => () => world.current?.onFlush(), []);
  useEffect(() => {
    editor.current?.refresh();
  }, [mapping.byId, mapping.words, isLive]);
  useEffect(() => {
    if (known.length > 0) editor.current?.offer(); // they may come after the cursor
  }, [known, isLive]);
  useEffect(() => {
    editor.current?.setRaw(isRaw);
  }, [isRaw, isLive]);
  useEffect(() => {
    editor.current?.setMistake(mistakeColumn);
  }, [mistakeColumn, isLive]);
  useEffect(() => {
    editor.current?.describe(description, isWrong);
  }, [description, isWrong, isLive]);

  return (
    <>
      {!isLive && (
        <div
          ref={still}
          className={isMultiline ? 'template multiline' : 'template'}
          role="textbox"
          aria-label={label}
          aria-readonly={mapping.readOnly || undefined}
          aria-multiline={isMultiline || undefined}
          aria-description={description || undefined}
          aria-invalid={isWrong || undefined}
          tabIndex={0}
          onPointerEnter={() => void loadEditor()}
          onPointerDown={(e) => {
            waiting.current = { ...waiting.current, at: { x: e.clientX, y: e.clientY } };
            live.wake();
          }}
          onFocus={live.wake}
          onBlur={() => world.current?.onFlush()}
          onKeyDown={(e) => {
            if (e.ctrlKey || e.metaKey) world.current?.onFlush();
            if (e.key.length !== 1 || e.ctrlKey || e.metaKey || mapping.readOnly) return;
            e.preventDefault();
            waiting.current = { ...waiting.current, typed: (waiting.current?.typed ?? '') + e.key };
          }}
        >
          {text ? <Template text={text} /> : <span className="placeholder">{placeholder}</span>}
        </div>
      )}
      <div ref={host} className={isMultiline ? 'editor-host multiline' : 'editor-host'} hidden={!isLive} />
    </>
  );
}
