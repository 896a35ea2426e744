import { createContext, useContext } from 'react';
import type { Point } from '../blueprint/place';
import type { Blueprint } from '../blueprint/types';
import type { Target } from '../canvas/FlowCanvas';
import type { Labels } from '../canvas/labels';
import type { Edit } from './useEdited';

/** Where a module is to be added. */
export type Slot =
  | { at: 'first' }
  | { at: 'behind'; module: number; point?: Point }
  | { at: 'between'; module: number }
  | { at: 'route'; module: number }
  | { at: 'error'; module: number }
  | { at: 'replace'; module: number }
  | { at: 'loose'; point: Point };

export type Tool = 'schedule' | 'settings' | 'versions' | 'problems';

/** What the parts of the builder need of one another. */
export interface BuilderValue {
  scenario: number;
  blueprint: Blueprint;
  edit: Edit;
  labels: Labels;
  readOnly: boolean;
  /** Time zone of the scenario. */
  zone: string;
  selection: number[];
  link: number | undefined;
  select: (modules: number[]) => void;
  selectLink: (to: number | undefined) => void;
  /** Asks which module to add. */
  add: (slot: Slot) => void;
  menu: (target: Target, at: Point) => void;
  /** The module that can be run by itself at the moment, as its part of the panel is open. */
  tried: number | undefined;
  tryModule: (module: number | undefined) => void;
  copy: (modules: number[]) => void;
  paste: (after: number | undefined) => void;
}

export const BuilderContext = createContext<BuilderValue | undefined>(undefined);

export function useBuilder(): BuilderValue {
  const value = useContext(BuilderContext);
  if (!value) throw new Error('only parts of the builder use it');
  return value;
}
