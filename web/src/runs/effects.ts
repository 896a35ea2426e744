/** What an operation of a dry run would have done and did not. */
export interface Effect {
  kind: string;
  request?: {
    method: string;
    url: string;
    headers?: Record<string, string | string[]>;
    body?: string | { text?: string; bytes?: number; note?: string };
  };
  record?: { data_store: string; action: 'insert' | 'put' | 'remove' | 'clear'; key?: string };
  answer?: { status: number; headers?: Record<string, string | string[]>; body?: string };
  scenario?: { scenario: number; execution: number };
  operation?: { module: string; parameters: unknown; input: unknown };
  comparison?: Comparison;
  made_up: boolean;
  further_requests?: number;
  note?: string;
}

/** In which fields a record would differ from what it is. */
export interface Comparison {
  change: 'created' | 'changed' | 'deleted' | 'none';
  fields: { field: string; change: 'added' | 'changed' | 'removed'; before?: unknown; after?: unknown }[];
  more?: boolean;
}
