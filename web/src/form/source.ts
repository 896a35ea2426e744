import type { Field } from '../api/types';

/** A module before the one whose form is shown, with what can be mapped of it. */
export interface Source {
  /** Its number in the blueprint, which expressions begin with. */
  id: number;
  module: string;
  label: string;
  fields: Field[];
  /** A bundle that it gave, or could give. */
  sample?: unknown;
  /** Where the sample comes from. */
  origin?: 'pinned' | 'received' | 'alone' | 'execution' | 'definition';
  /** The execution that put it out. */
  execution?: number;
  /** When it was pinned, received or put out. */
  at?: string;
  /** Its execution was one of an earlier version of the scenario. */
  isOutdated?: boolean;
}
