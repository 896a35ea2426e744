import { Plus, X } from 'lucide-react';
import type { Condition } from '../blueprint/types';
import { useText } from '../text/text';
import type { Update } from './formContext';
import { useMapping, type Mapping } from './mapping';
import { MappingField } from './MappingField';
import { groupsFor, operatorOf, operators, written, type Operator } from './operators';
import { pieces } from './template';
import { itemAt } from './tree';
import { textOf, typed } from './values';

/** The type of an operand, where it is one field of an earlier module. */
function typeOfOperand(text: string, byId: Mapping['byId']): string | undefined {
  const [piece, more] = pieces(text);
  if (!piece?.whole || more || piece.module === undefined) return undefined;
  const source = byId.get(piece.module);
  return source && itemAt(source, piece.path ?? [])?.type;
}

function OperatorSelect({ condition, type, set }: { condition: Condition; type?: string; set: (o: string) => void }) {
  const { t } = useText();
  const { readOnly } = useMapping();
  const found = operatorOf(condition.o);
  const choose = (name: string) => {
    const next = operators.find((o) => o.name === name);
    if (next) set(written(next, found?.isFolded ?? false));
  };
  return (
    <div className="operator">
      <select
        aria-label={t('form.filter.operator')}
        disabled={readOnly}
        value={found?.operator.name ?? ''}
        onChange={(e) => choose(e.target.value)}
      >
        {!found && (
          <option value="">{condition.o ? t('form.filter.unknown', { name: condition.o }) : t('form.choose')}</option>
        )}
        {groupsFor(type).map((group) => (
          <optgroup key={group} label={t(`form.filter.group.${group}`)}>
            {operators
              .filter((o) => o.group === group)
              .map((o) => (
                <option key={o.name} value={o.name}>
                  {t(o.label)}
                </option>
              ))}
          </optgroup>
        ))}
      </select>
      {found?.operator.folds && (
        <label className="check match-case" title={t('form.filter.case.title')}>
          <input
            type="checkbox"
            disabled={readOnly}
            checked={!found.isFolded}
            onChange={(e) => set(written(found.operator, !e.target.checked))}
          />
          {t('form.filter.case')}
        </label>
      )}
    </div>
  );
}

interface RowProps {
  condition: Condition;
  update: Update<Condition>;
  remove: () => void;
  n: number;
  /** The left side names a field of what is searched; nothing is mapped into it. */
  isName: boolean;
}

function without(c: Condition, operator: Operator | undefined): Condition {
  if (operator?.isBinary !== false) return c;
  const rest = { ...c };
  delete rest.b;
  return rest;
}

function ConditionRow({ condition, update, remove, n, isName }: RowProps) {
  const { t } = useText();
  const { readOnly, byId } = useMapping();
  const a = textOf(condition.a) ?? JSON.stringify(condition.a);
  const b = textOf(condition.b) ?? JSON.stringify(condition.b);
  const isBinary = operatorOf(condition.o)?.operator.isBinary ?? true;
  const put = (side: 'a' | 'b') => (text: string) =>
    update((c) => ({ ...c, [side]: typed({ name: side, type: 'text' }, text) ?? '' }));
  return (
    <li className="condition">
      <div className="condition-parts">
        <MappingField
          label={t(isName ? 'form.filter.name.n' : 'form.filter.a', { n })}
          isLabelHidden
          placeholder={t(isName ? 'form.filter.name' : 'form.filter.a.hint')}
          text={a}
          onChange={put('a')}
        />
        <OperatorSelect
          condition={condition}
          type={typeOfOperand(a, byId)}
          set={(o) => update((c) => without({ ...c, o }, operatorOf(o)?.operator))}
        />
        {isBinary && (
          <MappingField
            label={t('form.filter.b', { n })}
            isLabelHidden
            placeholder={t('form.filter.b.hint')}
            text={b}
            onChange={put('b')}
          />
        )}
      </div>
      {!readOnly && (
        <button
          type="button"
          className="icon-button small"
          aria-label={t('form.filter.remove', { n })}
          onClick={remove}
        >
          <X aria-hidden />
        </button>
      )}
    </li>
  );
}

/** Of what is written by hand, "Ada@example.com" and "ada@example.com" are meant to be the same; imported conditions stay as they are. */
const fresh: Condition = { a: '', o: 'text:equal:ci', b: '' };

/** Groups of conditions: all of one group must hold, and one group is enough. */
export function Conditions({
  groups,
  update,
  isName = false,
}: {
  groups: Condition[][];
  update: Update<Condition[][]>;
  isName?: boolean;
}) {
  const { t } = useText();
  const { readOnly } = useMapping();
  const inGroup = (at: number, change: (group: Condition[]) => Condition[]) =>
    update((all) => all.map((g, i) => (i === at ? change(g) : g)).filter((g) => g.length > 0));
  return (
    <div className="conditions">
      {groups.map((group, at) => (
        <section key={at} aria-label={t('form.filter.group', { n: at + 1 })}>
          {at > 0 && <p className="condition-or">{t('form.filter.or')}</p>}
          <ol className="condition-group">
            {group.map((condition, i) => (
              <ConditionRow
                key={i}
                n={i + 1}
                condition={condition}
                isName={isName}
                update={(change) => inGroup(at, (g) => g.map((c, j) => (j === i ? change(c) : c)))}
                remove={() => inGroup(at, (g) => g.filter((_, j) => j !== i))}
              />
            ))}
            {!readOnly && (
              <li>
                <button type="button" className="add-item" onClick={() => inGroup(at, (g) => [...g, fresh])}>
                  <Plus aria-hidden /> {t('form.filter.add-and')}
                </button>
              </li>
            )}
          </ol>
        </section>
      ))}
      {!readOnly && (
        <button type="button" className="add-item" onClick={() => update((all) => [...all, [fresh]])}>
          <Plus aria-hidden /> {groups.length === 0 ? t('form.filter.add-first') : t('form.filter.add-or')}
        </button>
      )}
    </div>
  );
}
