import { useId } from 'react';
import { useText } from '../text/text';
import { FieldFrame } from './FieldFrame';
import type { FieldProps } from './fieldProps';
import { useForm } from './formContext';
import { MapSwitch, useMapSwitch } from './MapSwitch';
import { MappingField } from './MappingField';
import { same, textOf } from './values';

/** Yes, no, or, where the field need not be filled, neither. */
export function YesNoField({ field, value, set, error, canMap }: FieldProps) {
  const { t } = useText();
  const { readOnly } = useForm();
  const id = useId();
  const label = field.label ?? field.name;
  const shown = value === undefined || value === null || value === '' ? field.default : value;
  const isPlain = shown === undefined || same(shown, true) || same(shown, false);
  const map = useMapSwitch(value, !isPlain, set);
  const actions = canMap && !readOnly && <MapSwitch label={label} isOn={map.isOn} onToggle={map.toggle} />;
  if (canMap && map.isOn) {
    return (
      <MappingField
        label={label}
        text={textOf(value) ?? ''}
        onChange={(text) => set(text === '' ? undefined : text)}
        help={field.help}
        error={error}
        isRequired={field.required}
        actions={actions}
        placeholder={t('form.map.placeholder')}
      />
    );
  }
  const choices = [
    { key: 'yes', text: t('form.yes'), value: true },
    { key: 'no', text: t('form.no'), value: false },
    ...(field.required || field.default !== undefined
      ? []
      : [{ key: 'none', text: t('form.unset'), value: undefined }]),
  ];
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
      <div className="segments">
        {choices.map((c) => (
          <label key={c.key}>
            <input
              type="radio"
              name={id}
              disabled={readOnly}
              checked={c.value === undefined ? shown === undefined : same(shown, c.value)}
              onChange={() => set(c.value)}
            />
            <span>{c.text}</span>
          </label>
        ))}
      </div>
    </FieldFrame>
  );
}
