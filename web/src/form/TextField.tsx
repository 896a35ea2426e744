import { useState } from 'react';
import { useText } from '../text/text';
import { DateTool } from './DateTool';
import type { FieldProps } from './fieldProps';
import { isOpenText } from './fields';
import { MappingField, type MappingFieldProps } from './MappingField';
import { useChoices } from './useProcedure';
import { baseType, textOf, typed } from './values';

const long = ['html', 'json', 'markdown', 'cert'];

/** A mapping field that offers the values that the app knows; they are asked for when somebody comes to it. */
function KnownTexts({ field, ...rest }: MappingFieldProps & { field: FieldProps['field'] }) {
  const [wasEntered, setEntered] = useState(false);
  const list = useChoices(wasEntered ? field.options_from : undefined, field.name);
  const known = field.options_from ? list.options : field.options;
  return (
    <div className="contents" onFocus={() => setEntered(true)}>
      <MappingField {...rest} known={known} />
    </div>
  );
}

/** A field of text, numbers, dates and the like that is computed for each bundle. */
export function MappedText(props: FieldProps & { isLabelHidden?: boolean; placeholder?: string }) {
  const { field, value, set, error, isLabelHidden, placeholder = '' } = props;
  const { t } = useText();
  const type = baseType(field);
  const label = field.label || field.name || t('form.item');
  const isDate = type === 'date' || type === 'timestamp' || type === 'time';
  const fallback = textOf(field.default);
  const shared: MappingFieldProps = {
    label,
    text: textOf(value) ?? '',
    onChange: (text) => set(typed(field, text)),
    help: field.help,
    error,
    isRequired: field.required,
    isMultiline: field.multiline || long.includes(type),
    isLabelHidden: isLabelHidden || (field.name === '' && !field.label),
    placeholder: fallback ? t('form.default', { value: fallback }) : placeholder,
    tools: isDate ? <DateTool label={label} isTime={type === 'time'} onChoose={set} /> : undefined,
  };
  return isOpenText(field) ? <KnownTexts {...shared} field={field} /> : <MappingField {...shared} />;
}
