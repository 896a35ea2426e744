import type { Words } from '../api/types';
import { isKey, type Speaker } from '../text/text';

/** A finding of the server: its text, and what it is made of where it has a code. */
interface Said {
  problem: string;
  hint?: string;
  code?: string;
  args?: string[];
  modules?: number[];
  words?: Words;
}

/** Says a finding in the language of who reads it; full names its modules as people see them. What has no code stays as the server says it. */
export function inWords<T extends Said>(
  finding: T,
  { t, told }: Pick<Speaker, 't' | 'told'>,
  full: (module: number) => string,
): T {
  const { code, args = [], modules = [] } = finding;
  const key = `problem.${code ?? ''}`;
  if (finding.words) {
    const { message, hint } = told({ ...finding, message: finding.problem });
    return { ...finding, problem: message, hint };
  }
  if (!isKey(key)) return finding;
  const values = Object.fromEntries([
    ...args.map((value, i) => [String(i), value]),
    ...modules.map((module, i) => [`m${i}`, full(module)]),
  ]) as Record<string, string>;
  const hint = `${key}.hint`;
  return { ...finding, problem: t(key, values), hint: isKey(hint) ? t(hint) : finding.hint };
}
