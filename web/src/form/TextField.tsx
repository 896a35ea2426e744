import { useText } from '../text/text';
import { DateTool } from './DateTool';
import type { FieldProps } from './fieldProps';
import { MappingField } from './MappingField';
import { baseType, textOf, typed } from './values';

const long = ['html', 'json', 'markdown', 'cert'];

/** A field of text, numbers, dates and the like that is computed for each bundle. */
export function MappedText({ field, value, set, error }: FieldProps) {
  const { t } = useText();
  const type = baseType(field);
  const label = field.label || field.name || t('form.item');
  const isDate = type === 'date' || type === 'timestamp' || type === 'time';
  const fallback = textOf(field.default);
  return (
    <MappingField
      label={label}
      text={textOf(value) ?? ''}
      onChange={(text) => set(typed(field, text))}
      help={field.help}
      error={error}
      isRequired={field.required}
      isMultiline={field.multiline || long.includes(type)}
      isLabelHidden={field.name === '' && !field.label}
      placeholder={fallback ? t('form.default', { value: fallback }) : ''}
      tools={isDate ? <DateTool label={label} isTime={type === 'time'} onChoose={set} /> : undefined}
    />
  );
}
