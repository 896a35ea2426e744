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

/** The answer to what was asked for early, once. */
export function early(url: string): Promise<Response> | undefined {
  const found = asked.get(url);
  asked.delete(url);
  return found && performance.now() - found.at < freshMS ? found.answer : undefined;
}
