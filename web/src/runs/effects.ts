import type { components } from '../api/schema';

/** What an operation of a dry run would have done and did not. */
export type Effect = components['schemas']['Effect'];
/** In which fields a record would differ from what it is. */
export type Comparison = components['schemas']['Comparison'];
