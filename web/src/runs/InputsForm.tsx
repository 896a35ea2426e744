import type { Blueprint } from '../blueprint/types';
import { AreaField, SelectField, TextField } from '../parts/basics';
import { useText } from '../text/text';
import { brief } from './values';

/** An input that a scenario declares. */
export interface Declared {
  name: string;
  type: string;
  label?: string;
  help?: string;
  required?: boolean;
  default?: unknown;
  multiline?: boolean;
}

/** Reads which inputs a blueprint declares. */
export function declaredInputs(blueprint: Blueprint): Declared[] {
  const declared = blueprint.interface as { input?: unknown } | undefined;
  if (!Array.isArray(declared?.input)) return [];
  return (declared.input as Partial<Declared>[]).filter((f): f is Declared => typeof f.name === 'string');
}

const asJSON = ['array', 'collection', 'json', 'any'];

/** Reads what was typed, by the types that are declared. The server checks it again. */
export function valuesOf(fields: Declared[], texts: Record<string, string>) {
  const value: Record<string, unknown> = {};
  const missing: string[] = [];
  for (const { name, type, required, default: preset } of fields) {
    const text = texts[name] ?? '';
    if (text === '') {
      if (required && preset === undefined) missing.push(name);
      continue;
    }
    if (type === 'boolean') value[name] = text === 'true';
    else if (/number|integer/.test(type)) value[name] = Number.isNaN(Number(text)) ? text : Number(text);
    else if (asJSON.includes(type)) {
      try {
        value[name] = JSON.parse(text) as unknown;
      } catch {
        missing.push(name);
      }
    } else value[name] = text;
  }
  return { value, missing };
}

interface InputsFormProps {
  fields: Declared[];
  values: Record<string, string>;
  onChange: (values: Record<string, string>) => void;
}

/** A field for each input that a scenario declares. */
export function InputsForm({ fields, values, onChange }: InputsFormProps) {
  const { t } = useText();
  return (
    <>
      {fields.map((f) => {
        const common = {
          label: f.label ?? f.name,
          help: f.help,
          required: f.required === true && f.default === undefined,
          value: values[f.name] ?? '',
          placeholder: f.default === undefined ? undefined : brief(f.default),
        };
        const change = (text: string) => onChange({ ...values, [f.name]: text });
        if (f.type === 'boolean') {
          return (
            <SelectField key={f.name} {...common} onChange={(e) => change(e.target.value)}>
              <option value="">{t('runs.options.default')}</option>
              <option value="true">{t('runs.yes')}</option>
              <option value="false">{t('runs.no')}</option>
            </SelectField>
          );
        }
        if (f.multiline || asJSON.includes(f.type))
          return <AreaField key={f.name} {...common} onChange={(e) => change(e.target.value)} />;
        const type = { email: 'email', date: 'datetime-local', url: 'url' }[f.type] ?? 'text';
        return <TextField key={f.name} {...common} type={type} onChange={(e) => change(e.target.value)} />;
      })}
    </>
  );
}
