import { useId } from 'react';
import type { Condition } from '../blueprint/types';
import { useText } from '../text/text';
import { Conditions } from './Conditions';
import { FieldFrame } from './FieldFrame';
import type { FieldProps } from './fieldProps';
import { isConditions } from './fields';
import { useForm } from './formContext';
import { MapSwitch, useMapSwitch } from './MapSwitch';
import { MappingField } from './MappingField';
import { textOf } from './values';

function asGroups(value: unknown): Condition[][] {
  return isConditions(value) ? (value as Condition[][]) : [];
}

/** Conditions by which something is searched. */
export function FilterField({ field, value, set, update, error, canMap }: FieldProps) {
  const { t } = useText();
  const { readOnly } = useForm();
  const id = useId();
  const label = field.label ?? field.name;
  const map = useMapSwitch(value, typeof value === 'string' && value !== '', set);
  const actions = canMap && !readOnly && <MapSwitch label={label} isOn={map.isOn} onToggle={map.toggle} />;
  if (map.isOn) {
    return (
      <MappingField
        label={label}
        text={textOf(value) ?? ''}
        onChange={(text) => set(text === '' ? undefined : text)}
        help={field.help}
        error={error}
        actions={actions}
        placeholder={t('form.map.placeholder')}
      />
    );
  }
  return (
    <FieldFrame
      id={id}
      label={label}
      isRequired={field.required}
      help={field.help}
      error={error}
      actions={actions}
      isGroup
    >
      <Conditions
        isName
        groups={asGroups(value)}
        update={(change) =>
          update((before) => {
            const next = change(asGroups(before));
            return next.length > 0 ? next : undefined;
          })
        }
      />
    </FieldFrame>
  );
}
