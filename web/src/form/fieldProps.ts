import type { Field } from '../api/types';

/** What every kind of field gets. */
export interface FieldProps {
  field: Field;
  value: unknown;
  set: (value: unknown) => void;
  /** Changes the value with what it was before. */
  update: (change: (before: unknown) => unknown) => void;
  error?: string;
  /** Expressions may stand in it: it is computed for each bundle. */
  canMap: boolean;
  /** Where it stands in the module: "mapper.email". */
  path: string;
}
