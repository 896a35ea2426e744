import type { Words } from '../api/types';

/** Texts by code, as the server gives it. {0} is a value. */
export type FailureTable = Record<string, string>;

/** What the server says of a failure: in English, and what that is made of where it can be said in another language. */
export interface Said {
  message: string;
  hint?: string;
  words?: Words;
}

/** Says a failure by a table. What has no text there, such as what a service has answered, stays as the server says it. */
export function say(
  { message, hint, words }: Said,
  table: FailureTable | undefined,
): { message: string; hint?: string } {
  if (!table || !words) return { message, hint };
  return {
    message: placed(words, sentence(textOf(words, table)), message),
    hint: sentence(words.hint && textOf(words.hint, table)) ?? hint,
  };
}

/** Puts the field that a text is about before it. */
function placed(words: Words, text: string | undefined, english: string): string {
  if (text === undefined) return english;
  return words.field ? `${words.field}: ${text}` : text;
}

function textOf(words: Words, table: FailureTable): string | undefined {
  const code = words.code ?? '';
  if (!Object.hasOwn(table, code)) return undefined;
  const values = [...(words.args ?? [])];
  const lists = new Map<number, string[]>();
  for (const part of words.parts ?? []) {
    const text = placed(part.words, textOf(part.words, table), part.text);
    lists.set(part.at, [...(lists.get(part.at) ?? []), text]);
  }
  for (const [at, texts] of lists) values[at] = texts.map((one) => one.replace(/\.$/, '')).join('; ');
  const text = table[code]?.replace(/\{(\d+)\}/g, (whole, at: string) => values[Number(at)] ?? whole);
  return text?.replace(/([.!?…])\.$/, '$1'); // a part may end its sentence itself
}

/** Begins a text with a capital. */
export function sentence(text: string | undefined): string | undefined {
  return text && text.charAt(0).toUpperCase() + text.slice(1);
}
