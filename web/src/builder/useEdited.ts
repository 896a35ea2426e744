import { useCallback, useEffect, useMemo, useState } from 'react';
import { same } from '../blueprint/compare';
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
}

const keepMS = 400;

/** A blueprint that is edited, with undoing, and kept in this browser until it is saved. */
export function useEdited(user: number, scenario: number, first: Base, handed?: History<Blueprint>): Edited {
  const [base, setBase] = useState(first);
  const [history, setHistory] = useState<History<Blueprint>>(() => handed ?? begin(first.blueprint));
  const [kept, setKept] = useState(() => {
    const found = keptDraft(user, scenario);
    return found && !same(found.blueprint, first.blueprint) ? found : undefined;
  });
  const { now: blueprint } = history;
  const dirty = useMemo(() => !same(blueprint, base.blueprint), [blueprint, base]);
  useEffect(() => {
    if (kept) return; // what was kept is not overwritten before somebody has decided about it
    const timer = window.setTimeout(() => {
      if (dirty) keepDraft(user, scenario, { blueprint, version: base.version, at: new Date().toISOString() });
      else dropDraft(user, scenario);
    }, keepMS);
    return () => window.clearTimeout(timer);
  }, [user, scenario, blueprint, dirty, kept, base.version]);

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
  };
}
