import type { Blueprint } from '../blueprint/types';

/** What somebody edited and did not save, as this browser keeps it. */
export interface Kept {
  blueprint: Blueprint;
  /** The version on which it was begun. */
  version: number;
  at: string;
}

function place(user: number, scenario: number): string {
  return `ropeway.draft.${user}.${scenario}`;
}

export function keepDraft(user: number, scenario: number, kept: Kept) {
  try {
    localStorage.setItem(place(user, scenario), JSON.stringify(kept));
  } catch {
    // The browser keeps nothing, or is full: what is edited is on the page still.
  }
}

export function dropDraft(user: number, scenario: number) {
  localStorage.removeItem(place(user, scenario));
}

export function keptDraft(user: number, scenario: number): Kept | undefined {
  try {
    const kept = JSON.parse(localStorage.getItem(place(user, scenario)) ?? 'null') as Kept | null;
    return kept && Array.isArray(kept.blueprint.flow) ? kept : undefined;
  } catch {
    return undefined;
  }
}
