import { createContext, useContext } from 'react';
import type { Mistake } from './fields';
import type { Values } from './values';

/** What is wrong with a field, as the check of the blueprint says: the path of the field in the module, such as "mapper.email". */
export interface FieldProblem {
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

/** The words for mistakes that the form finds by itself. */
export const mistakeKeys = {
  required: 'form.mistake.required',
  number: 'form.mistake.number',
  integer: 'form.mistake.integer',
  uinteger: 'form.mistake.uinteger',
  email: 'form.mistake.email',
  url: 'form.mistake.url',
} as const satisfies Record<Mistake, string>;

/** Changes a value with what it was before, so that changes of several fields do not undo each other. */
export type Update<T> = (change: (before: T) => T) => void;
