import { createContext, useContext } from 'react';
import type { Why } from './limits';
import type { Values } from './values';

/** What is wrong with a field, as the check of the blueprint says: the path of the field in the module, such as "mapper.email". */
export interface FieldProblem {
  /** What is found, as the server names it. */
  code?: string;
  path: string;
  problem: string;
  hint?: string;
  warning?: boolean;
}

/** What the fields of a form know of it. */
export interface FormWorld {
  scenario: number;
  team: number;
  app: string;
  /** Number of the connection that is chosen, 0 for none. */
  connection: number;
  /** Procedures need a connection, and there is none yet. */
  needsConnection: boolean;
  readOnly: boolean;
  /** Somebody has tried to save it, or runs it: what is missing is said at once, and not only where a field was left empty. */
  wasSaved: boolean;
  /** Everything that is filled in, for procedures that depend on it. */
  all: () => Values;
  problems: FieldProblem[];
}

export const FormContext = createContext<FormWorld | undefined>(undefined);

export function useForm(): FormWorld {
  const world = useContext(FormContext);
  if (!world) throw new Error('fields stand in a form');
  return world;
}

/** What is wrong, and what to do: that it is of this module is plain here. */
export function said({ problem, hint }: FieldProblem): string {
  return hint ? `${withoutModule(problem)}${beforeHint(problem)}${hint}` : withoutModule(problem);
}

/** What stands between a text and its hint. */
export function beforeHint(problem: string): string {
  return problem.endsWith('.') ? ' ' : ' · ';
}

export function withoutModule(problem: string): string {
  const text = problem.replace(/ of module \d+ \([^)]*\)/, '').replace(/^(module \d+) \([^)]*\)/, '$1');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The words for mistakes that the form finds by itself. */
export const mistakeKeys = {
  required: 'form.mistake.required',
  number: 'form.mistake.number',
  integer: 'form.mistake.integer',
  uinteger: 'form.mistake.uinteger',
  email: 'form.mistake.email',
  url: 'form.mistake.url',
  least: 'form.mistake.least',
  most: 'form.mistake.most',
  shorter: 'form.mistake.shorter',
  longer: 'form.mistake.longer',
  fewer: 'form.mistake.fewer',
  more: 'form.mistake.more',
  pattern: 'form.mistake.pattern',
  choice: 'form.mistake.choice',
} as const satisfies Record<Why, string>;

/** Changes a value with what it was before, so that changes of several fields do not undo each other. */
export type Update<T> = (change: (before: T) => T) => void;
