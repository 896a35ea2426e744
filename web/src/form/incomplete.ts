import { segments, type Segment } from './template';

/** What a value must stand behind or before: where nothing stands between two of these, something is still to be written. */
const waitsFor = (s: Segment) =>
  s.kind === 'operator' || s.kind === 'separator' || (s.kind === 'bracket' && s.text === '(');
const endsAt = (s: Segment) => s.kind === 'separator' || s.kind === 'close' || (s.kind === 'bracket' && s.text === ')');

/** Reports whether something is still to be written in an expression: brackets with nothing in them, an operator with nothing behind it, an end that is missing. */
export function isIncomplete(text: string): boolean {
  let depth = 0;
  let isOpen = false;
  let last: Segment | undefined;
  for (const s of segments(text)) {
    if (s.kind === 'space' || s.kind === 'text') continue;
    if (last && waitsFor(last) && endsAt(s)) return true;
    if (s.kind === 'open') isOpen = true;
    if (s.kind === 'bracket') depth += s.text === '(' ? 1 : -1;
    if (s.kind === 'close') {
      if (depth > 0 || last?.kind === 'open') return true;
      isOpen = false;
    }
    last = s;
  }
  return isOpen;
}
