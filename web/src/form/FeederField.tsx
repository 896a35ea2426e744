import { useId } from 'react';
import { useText } from '../text/text';
import { describedBy, FieldFrame } from './FieldFrame';
import type { FieldProps } from './fieldProps';
import { useMapping } from './mapping';
import { isBlank, same, textOf } from './values';

/** The module whose bundles an aggregator collects. */
export function FeederField({ field, value, set, error }: FieldProps) {
  const { t } = useText();
  const { sources, readOnly } = useMapping();
  const id = useId();
  const isKnown = sources.some((s) => same(s.id, value));
  return (
    <FieldFrame id={id} label={field.label ?? field.name} isRequired={field.required} help={field.help} error={error}>
      <select
        id={id}
        disabled={readOnly}
        aria-invalid={error !== undefined || undefined}
        aria-describedby={describedBy(id, { help: field.help, error })}
        value={isBlank(value) ? '' : (textOf(value) ?? '')}
        onChange={(e) => set(e.target.value === '' ? undefined : Number(e.target.value))}
      >
        <option value="">{t('form.choose')}</option>
        {!isKnown && !isBlank(value) && (
          <option value={textOf(value)}>{t('form.choose.unknown', { value: textOf(value) ?? '' })}</option>
        )}
        {[...sources].reverse().map((s) => (
          <option key={s.id} value={String(s.id)}>
            {s.id} · {s.label}
          </option>
        ))}
      </select>
    </FieldFrame>
  );
}
