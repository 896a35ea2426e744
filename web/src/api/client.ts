import type { Problem } from './types';

const prefix = '/api/v1';

/** A call that did not work: with the problem that the server tells, or without one where no server answered. */
export class CallError extends Error {
  constructor(
    readonly status: number,
    readonly problem?: Problem,
  ) {
    super(problem?.detail ?? `status ${status}`);
  }
}

type Value = string | number | undefined;

interface Call {
  query?: Record<string, Value>;
  body?: unknown;
  /** The revision that is changed; where it was changed in between, the call fails with 412. */
  revision?: number;
  /** Ends the call when its answer is no longer wanted. */
  signal?: AbortSignal;
}

/** Writes the address of a call. Parameters that are empty are left away. */
export function address(path: string, query: Record<string, Value> = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return prefix + path + (text && '?' + text);
}

async function send(method: string, path: string, { query, body, revision, signal }: Call): Promise<Response> {
  const headers: Record<string, string> = {};
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (revision !== undefined) headers['If-Match'] = `"${revision}"`;
  try {
    return await fetch(address(path, query), {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
      credentials: 'same-origin',
      signal: signal ?? null,
    });
  } catch {
    throw new CallError(0);
  }
}

async function call<T>(method: string, path: string, details: Call = {}): Promise<T> {
  const answer = await send(method, path, details);
  const text = await answer.text();
  const isJSON = /json/.test(answer.headers.get('Content-Type') ?? '');
  if (!answer.ok) throw new CallError(answer.status, isJSON ? (JSON.parse(text) as Problem) : undefined);
  return (text && isJSON ? JSON.parse(text) : undefined) as T;
}

export const api = {
  get: <T>(path: string, query?: Call['query']) => call<T>('GET', path, { query }),
  post: <T>(path: string, body?: unknown, revision?: number, signal?: AbortSignal) =>
    call<T>('POST', path, { body, revision, signal }),
  put: <T>(path: string, body?: unknown, revision?: number) => call<T>('PUT', path, { body, revision }),
  patch: <T>(path: string, body: unknown, revision?: number) => call<T>('PATCH', path, { body, revision }),
  delete: <T = void>(path: string, query?: Call['query'], revision?: number) =>
    call<T>('DELETE', path, { query, revision }),
};
