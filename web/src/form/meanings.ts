import { useMemo } from 'react';
import { useText, type Key } from '../text/text';
import type { Meaning } from './rows';
import { keywords } from './template';

const operators = [
  ['=', 'form.op.equal'],
  ['!=', 'form.op.notequal'],
  ['>', 'form.op.greater'],
  ['>=', 'form.op.greaterorequal'],
  ['<', 'form.op.less'],
  ['<=', 'form.op.lessorequal'],
  ['and', 'form.op.and'],
  ['or', 'form.op.or'],
  ['+', 'form.op.plus'],
  ['-', 'form.op.minus'],
  ['*', 'form.op.times'],
  ['/', 'form.op.divided'],
  ['%', 'form.op.rest'],
] as const satisfies [string, Key][];

/** The words and operators of expressions with what they mean. */
export function useMeanings(): Meaning[] {
  const { t } = useText();
  return useMemo(
    () => [
      ...keywords.map((k): Meaning => ({ code: k, text: t(`form.word.${k}`), isOperator: false })),
      ...operators.map(([code, key]): Meaning => ({ code, text: t(key), isOperator: true })),
    ],
    [t],
  );
}
