import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { matters, same } from '../blueprint/compare';
import { begin, redo, step, undo, type History } from '../blueprint/history';
import type { Blueprint } from '../blueprint/types';
import { dropDraft, keepDraft, keptDraft, type Kept } from './draft';

/** The state of a scenario that was saved, which edits begin from. */
export interface Base {
  blueprint: Blueprint;
  version: number;
  revision: number;
}

export type Edit = (change: (b: Blueprint) => Blueprint, mark?: string) => void;

export interface Edited {
  blueprint: Blueprint;
  history: History<Blueprint>;
  base: Base;
  dirty: boolean;
  canUndo: boolean;
  canRedo: boolean;
  edit: Edit;
  undo: () => void;
  redo: () => void;
  /** Takes a saved state as the base: with its blueprint, or keeping what is edited. */
  rebase: (base: Base, blueprint?: Blueprint) => void;
  /** What was edited before and not saved, until it is taken or dropped. */
  kept: Kept | undefined;
  takeKept: () => void;
  dropKept: () => void;
  /** Ends keeping: it is saved as another scenario, whose page goes on. */
  handOn: () => void;
}

const keepMS = 400;

/** A blueprint that is edited, with undoing, and kept in this browser until it is saved. */
export function useEdited(user: number, scenario: number, first: Base, handed?: History<Blueprint>): Edited {
  const [base, setBase] = useState(first);
  const [history, setHistory] = useState<History<Blueprint>>(() => handed ?? begin(first.blueprint));
  const [kept, setKept] = useState(() => {
    const found = keptDraft(user, scenario);
    if (!found || same(found.blueprint, first.blueprint)) return undefined;
    const isOld = found.version < first.version;
    return isOld && !matters(found.blueprint, first.blueprint) ? undefined : found;
  });
  const { now: blueprint } = history;
  const dirty = useMemo(() => !same(blueprint, base.blueprint), [blueprint, base]);
  const isHandedOn = useRef(false);
  const keep = useCallback(() => {
    if (kept || isHandedOn.current) return; // what was kept is not overwritten before somebody has decided about it
    if (dirty) keepDraft(user, scenario, { blueprint, version: base.version, at: new Date().toISOString() });
    else dropDraft(user, scenario);
  }, [user, scenario, blueprint, dirty, kept, base.version]);
  useEffect(() => {
    const timer = window.setTimeout(keep, keepMS);
    return () => window.clearTimeout(timer);
  }, [keep]);
  const last = useRef(keep);
  useEffect(() => {
    last.current = keep;
  }, [keep]);
  useEffect(() => () => last.current(), []); // a page that is left keeps what was edited a moment before

  const edit = useCallback<Edit>((change, mark) => {
    setHistory((h) => step(h, change(h.now), performance.now(), mark));
  }, []);
  return {
    blueprint,
    history,
    base,
    dirty,
    canUndo: history.past.length > 0,
    canRedo: history.future.length > 0,
    edit,
    undo: useCallback(() => setHistory(undo), []),
    redo: useCallback(() => setHistory(redo), []),
    rebase: useCallback((next, content) => {
      setBase(next);
      if (content) setHistory((h) => step(h, content, performance.now()));
    }, []),
    kept,
    takeKept: () => {
      if (!kept) return;
      setBase((b) => ({ ...b, version: kept.version }));
      setHistory((h) => step(h, kept.blueprint, performance.now()));
      setKept(undefined);
    },
    dropKept: () => {
      dropDraft(user, scenario);
      setKept(undefined);
    },
    handOn: useCallback(() => {
      isHandedOn.current = true;
      dropDraft(user, scenario);
    }, [user, scenario]),
  };
}
