import type { Key } from '../text/text';
import { family } from './tree';

/** The groups of operators, in the order in which they are offered. */
export const groups = ['basic', 'text', 'number', 'date', 'time', 'boolean', 'array', 'semver'] as const;
export type Group = (typeof groups)[number];

export interface Operator {
  /** As blueprints write it, without the ending for upper and lower case: "text:equal". */
  name: string;
  group: Group;
  label: Key;
  /** Compares with a second value. */
  isBinary: boolean;
  /** There is a form in which upper and lower case are the same. */
  folds: boolean;
}

const verbs = ['equal', 'contain', 'startwith', 'endwith', 'pattern'] as const;
const relations = ['equal', 'notequal', 'greater', 'less', 'greaterorequal', 'lessorequal'] as const;

function relational(group: Group, labels: 'op' | 'date' | 'length'): Operator[] {
  return relations.map((r) => ({
    name: `${group}:${r}`,
    group,
    label: `form.${labels}.${r}`,
    isBinary: true,
    folds: false,
  }));
}

/** All operators of filters. */
export const operators: Operator[] = [
  { name: 'exist', group: 'basic', label: 'form.op.exist', isBinary: false, folds: false },
  { name: 'notexist', group: 'basic', label: 'form.op.notexist', isBinary: false, folds: false },
  ...verbs.flatMap((v): Operator[] => [
    { name: `text:${v}`, group: 'text', label: `form.op.${v}`, isBinary: true, folds: true },
    { name: `text:not${v}`, group: 'text', label: `form.op.not${v}`, isBinary: true, folds: true },
  ]),
  ...relational('number', 'op'),
  ...relational('date', 'date'),
  ...relational('time', 'date'),
  { name: 'boolean:equal', group: 'boolean', label: 'form.op.equal', isBinary: true, folds: false },
  { name: 'boolean:notequal', group: 'boolean', label: 'form.op.notequal', isBinary: true, folds: false },
  { name: 'array:contain', group: 'array', label: 'form.op.contain', isBinary: true, folds: true },
  { name: 'array:notcontain', group: 'array', label: 'form.op.notcontain', isBinary: true, folds: true },
  ...relational('array', 'length'),
  ...relational('semver', 'op'),
];

const byName = new Map(operators.map((o) => [o.name, o]));
const fold = ':ci';

/** The operator that a condition names, and whether upper and lower case are the same for it; undefined for one that does not exist. */
export function operatorOf(written: string): { operator: Operator; isFolded: boolean } | undefined {
  const isFolded = written.endsWith(fold);
  const operator = byName.get(isFolded ? written.slice(0, -fold.length) : written);
  return operator && (!isFolded || operator.folds) ? { operator, isFolded } : undefined;
}

/** Writes an operator as blueprints have it. */
export function written(operator: Operator, isFolded: boolean): string {
  return operator.name + (isFolded && operator.folds ? fold : '');
}

/** The groups in the order that suits a type: its own first, after the question whether there is anything. */
export function groupsFor(type: string | undefined): Group[] {
  const own = type === undefined ? 'text' : groupOf(type);
  return ['basic', own, ...groups.filter((g) => g !== 'basic' && g !== own)];
}

/** The group that compares values of a type. */
export function groupOf(type: string): Group {
  const f = family(type);
  return f === 'number' || f === 'date' || f === 'time' || f === 'boolean' || f === 'array' ? f : 'text';
}
