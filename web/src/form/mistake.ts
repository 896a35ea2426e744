import type { components } from '../api/schema';
import type { Speaker } from '../text/text';
import { isIncomplete } from './incomplete';

type Mistake = components['schemas']['Mistake'];

/** Says what is wrong in an expression, in words for people who fill in forms. */
export function mistakeText(mistake: Mistake, text: string, { t, told }: Pick<Speaker, 't' | 'told'>): string {
  const said = told(mistake);
  if (mistake.words?.code !== 'argument-count') return [said.message, said.hint].filter(Boolean).join(' · ');
  const name = mistake.words.args?.[0] ?? '';
  const way = said.hint ?? '';
  return t(isIncomplete(text) ? 'form.mistake.arguments.missing' : 'form.mistake.arguments', { name, way });
}
