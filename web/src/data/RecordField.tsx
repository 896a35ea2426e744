import { AreaField, SelectField, TextField } from '../parts/basics';
import { useText } from '../text/text';
import { useTypeName } from '../parts/structure-editor';
import type { Entry } from './record-draft';

const long = 80; // characters of a text that gets more than one line

function useMistake(error: string | undefined): string | undefined {
  const { t } = useText();
  if (!error) return undefined;
  if (error === 'required') return t('records.required');
  if (error === 'number') return t('records.number');
  return t('data.json', { problem: error });
}

/** One field of a record, by its type. */
export function RecordField({
  entry: { field: f, text, json },
  error,
  onChange,
}: {
  entry: Entry;
  error: string | undefined;
  onChange: (change: Partial<Entry>) => void;
}) {
  const { t } = useText();
  const typeName = useTypeName();
  const label = f.label && f.label !== f.name ? `${f.label} (${f.name})` : f.name;
  const shared = { label, error: useMistake(error) };
  if (json)
    return (
      <AreaField
        {...shared}
        help={t('records.field.json', { type: typeName(f.type) })}
        className="mono"
        spellCheck={false}
        rows={Math.min(8, text.split('\n').length + 1)}
        value={text}
        onChange={(e) => onChange({ text: e.target.value })}
      />
    );
  if (f.type === 'boolean')
    return (
      <SelectField {...shared} value={text} onChange={(e) => onChange({ text: e.target.value })}>
        <option value="">{t('records.nothing')}</option>
        <option value="true">{t('records.yes')}</option>
        <option value="false">{t('records.no')}</option>
      </SelectField>
    );
  if (text.length > long || text.includes('\n'))
    return <AreaField {...shared} rows={4} value={text} onChange={(e) => onChange({ text: e.target.value })} />;
  return (
    <TextField
      {...shared}
      help={f.type === 'date' ? t('records.date') : undefined}
      inputMode={f.type === 'number' ? 'decimal' : undefined}
      value={text}
      onChange={(e) => onChange({ text: e.target.value })}
    />
  );
}
