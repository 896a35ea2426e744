/** A call that a module made, as the journal keeps it: without secrets, and long bodies cut. */
export interface Exchange {
  request: Message;
  response?: Message & { status?: number };
  duration_ms?: number;
  redirects?: string[];
  error?: string;
}

export interface Message {
  method?: string;
  url?: string;
  headers?: Record<string, string | string[]>;
  /** A text, or its beginning with how long it is. */
  body?: string | { text?: string; bytes?: number; note?: string };
}

type Header = Message['headers'];

interface FlatBody {
  text?: string;
  bytes?: number;
  note?: string;
}

/** A call as the modules of the app HTTP record it: all in one object. */
interface Flat {
  method?: string;
  url?: string;
  requestHeader?: Header;
  requestBody?: FlatBody;
  redirects?: string[];
  status?: number;
  responseHeader?: Header;
  responseBody?: FlatBody;
  /** In nanoseconds. */
  duration?: number;
  error?: string;
}

const nanosInMS = 1e6;

function bodyOf(body: FlatBody | undefined): Message['body'] {
  if (!body?.bytes) return undefined;
  return body.note ? body : body.text;
}

function fromFlat(f: Flat): Exchange {
  const { method, url, status, redirects, error } = f;
  return {
    request: { method, url, headers: f.requestHeader, body: bodyOf(f.requestBody) },
    response: status ? { status, headers: f.responseHeader, body: bodyOf(f.responseBody) } : undefined,
    duration_ms: f.duration === undefined ? undefined : f.duration / nanosInMS,
    redirects,
    error,
  };
}

/** Reads the calls that an operation has recorded, in either form. */
export function readExchanges(list: readonly unknown[] | null | undefined): Exchange[] {
  return (list ?? [])
    .filter((x) => typeof x === 'object' && x !== null)
    .flatMap((x) => ('request' in x ? (x as Exchange) : 'url' in x ? fromFlat(x as Flat) : []));
}
