import { address } from './address';

/** What was asked for early and not wanted within this time is asked for again: it may have changed. */
const freshMS = 5000;

const asked = new Map<string, { at: number; answer: Promise<Response> }>();

/** Asks for what a page is going to want, while that page is still being loaded. The answer is for whoever asks first. */
export function askEarly(path: string, query?: Parameters<typeof address>[1]): Promise<Response> {
  const url = address(path, query);
  const answer = fetch(url, { credentials: 'same-origin' });
  answer.catch(() => undefined); // who wants it is told
  asked.set(url, { at: performance.now(), answer });
  return answer;
}

/** The answer to what was asked for early, once; nothing where that did not work, so that it is asked for again. */
export async function early(url: string): Promise<Response | undefined> {
  const found = asked.get(url);
  asked.delete(url);
  if (!found || performance.now() - found.at >= freshMS) return undefined;
  const answer = await found.answer;
  return answer.ok ? answer : undefined;
}

/** Forgets all of it: something is about to change, such as who is signed in. */
export function forgetEarly() {
  asked.clear();
}
