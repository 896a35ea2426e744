/** A scenario as its JSON says it. What the application does not know stays in it, untouched. */
export interface Blueprint {
  name: string;
  flow: Node[];
  metadata?: Record<string, unknown>;
  [field: string]: unknown;
}

/** A module in the flow, with what stands behind it. */
export interface Node {
  id: number;
  /** The app and its module: "customerly:listLeads". */
  module: string;
  version: number;
  /** What was chosen when the scenario was built. */
  parameters?: Record<string, unknown>;
  /** What is mapped for each bundle: texts may hold {{expressions}}. */
  mapper?: Record<string, unknown>;
  filter?: Filter;
  metadata?: NodeMetadata;
  /** What runs in place of the rest when the module fails. */
  onerror?: Node[];
  /** The ways out of a router. */
  routes?: Route[];
  /** The ways out of an if-else, of which a bundle takes one. */
  branches?: Route[];
  [field: string]: unknown;
}

export interface NodeMetadata {
  designer?: { x: number; y: number; name?: string; [field: string]: unknown };
  [field: string]: unknown;
}

export interface Route {
  flow: Node[];
  [field: string]: unknown;
}

/** Conditions on the link before a module: one group of them must hold whole. */
export interface Filter {
  name: string;
  conditions: Condition[][];
  [field: string]: unknown;
}

export interface Condition {
  a: unknown;
  /** Type and operator: "text:contain", "exist". */
  o: string;
  b?: unknown;
}
