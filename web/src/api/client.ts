import { address } from './address';
import { early, forgetEarly } from './early';
import type { Problem } from './types';

export { address };

/** A call that did not work: with the problem that the server tells, or without one where no server answered. */
export class CallError extends Error {
  constructor(
    readonly status: number,
    readonly problem?: Problem,
  ) {
    super(problem?.detail ?? `status ${status}`);
  }
}

interface Call {
  query?: Parameters<typeof address>[1];
  body?: unknown;
  /** The revision that is changed; where it was changed in between, the call fails with 412. */
  revision?: number;
  /** Ends the call when its answer is no longer wanted. */
  signal?: AbortSignal;
}

async function send(method: string, path: string, { query, body, revision, signal }: Call): Promise<Response> {
  const headers: Record<string, string> = {};
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (revision !== undefined) headers['If-Match'] = `"${revision}"`;
  const url = address(path, query);
  try {
    if (method !== 'GET') forgetEarly();
    const answer = await early(url);
    if (answer) return answer;
    return await fetch(url, {
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
