import { useId, type ReactNode } from 'react';
import { Plus } from 'lucide-react';
import type { Field } from '../api/types';
import { Button } from '../parts/basics';
import { useText } from '../text/text';
import { describedBy, FieldFrame } from './FieldFrame';
import type { FieldProps } from './fieldProps';
import { useForm } from './formContext';
import { isBlank, textOf } from './values';

/** Something of the team that a module works with. */
export interface Resource {
  id: number;
  name: string;
}

export interface ResourceFieldProps extends Pick<FieldProps, 'value' | 'set' | 'error'> {
  field: Pick<Field, 'name' | 'label' | 'help' | 'required'>;
  items: Resource[];
  isPending: boolean;
  /** What the blueprint names, among the items. */
  chosen: Resource | undefined;
  /** What is said in place of the usual: before something is chosen, where there is nothing to choose, and of what is not among the items. */
  words?: { choose?: string; none?: string; unknown?: (name: string) => string };
  /** Makes one more; undefined where somebody must not, or nothing can be made. */
  add?: { onClick: () => void; isOpen?: boolean; isBusy?: boolean; isPrimary?: boolean };
  /** The focus has gone on to something else. */
  onLeft?: () => void;
  /** What is said and done below the field. */
  children?: ReactNode;
}

/** A field from which one chooses a connection, a webhook or a data store, or makes one in place. */
export function ResourceField(props: ResourceFieldProps) {
  const { field, error, items, isPending, chosen, value, set, words, add, onLeft, children } = props;
  const { help } = field;
  const { t } = useText();
  const choose = words?.choose ?? t('form.choose');
  const { readOnly } = useForm();
  const id = useId();
  const own = isBlank(value) || chosen ? undefined : textOf(value);
  const isNone = !isPending && items.length === 0 && own === undefined;
  return (
    <div className="connection-field" onBlur={(e) => !e.currentTarget.contains(e.relatedTarget) && onLeft?.()}>
      <FieldFrame id={id} label={field.label ?? field.name} isRequired={field.required} help={help} error={error}>
        <div className="choice">
          <select
            id={id}
            disabled={readOnly || (isNone && !add)}
            aria-required={field.required || undefined}
            aria-invalid={error !== undefined || undefined}
            aria-describedby={describedBy(id, { help, error })}
            value={chosen ? String(chosen.id) : own === undefined ? '' : 'own'}
            onChange={(e) => set(e.target.value === '' ? undefined : Number(e.target.value))}
          >
            <option value="">{isPending ? t('common.loading') : isNone ? (words?.none ?? choose) : choose}</option>
            {own !== undefined && (
              <option value="own">
                {isPending ? t('common.loading') : (words?.unknown?.(own) ?? t('form.choose.unknown', { value: own }))}
              </option>
            )}
            {items.map((x) => (
              <option key={x.id} value={String(x.id)}>
                {x.name}
              </option>
            ))}
          </select>
          {add && !readOnly && (
            <Button
              look={add.isPrimary ? 'primary' : 'plain'}
              icon={<Plus aria-hidden />}
              busy={add.isBusy}
              aria-expanded={add.isOpen}
              onClick={add.onClick}
            >
              {t('common.add')}
            </Button>
          )}
        </div>
      </FieldFrame>
      {children}
    </div>
  );
}
