import { useEffect, useId, useRef, useState } from 'react';
import { Eye, EyeOff } from 'lucide-react';
import { useText } from '../text/text';
import { describedBy, FieldFrame } from './FieldFrame';
import type { FieldProps } from './fieldProps';
import { useForm } from './formContext';
import { baseType, isNumeric, textOf, typed } from './values';

const inputTypes: Record<string, string> = { password: 'password', email: 'email', url: 'url' };
const zones = Intl.supportedValuesOf('timeZone');
const localDate = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/;
const restMS = 200;

function inputType(type: string, text: string): string {
  if (type === 'date' && (text === '' || localDate.test(text))) return 'datetime-local';
  if (type === 'time' && /^(\d{2}:\d{2}(:\d{2})?)?$/.test(text)) return 'time';
  return inputTypes[type] ?? 'text';
}

/** A field that is filled in when the scenario is built: nothing is mapped into it. */
export function PlainField({
  field,
  value,
  set,
  error,
  isLabelHidden,
  placeholder,
}: FieldProps & { isLabelHidden?: boolean; placeholder?: string }) {
  const { t } = useText();
  const { readOnly } = useForm();
  const id = useId();
  const [draft, setDraft] = useState<string>();
  const [isShown, setShown] = useState(false);
  const waiting = useRef<() => void>(undefined);
  const type = baseType(field);
  const text = draft ?? textOf(value) ?? '';
  const fallback = textOf(field.default);
  useEffect(() => () => waiting.current?.(), []);

  const change = (next: string) => {
    setDraft(next);
    const timer = window.setTimeout(() => waiting.current?.(), restMS);
    waiting.current = () => {
      window.clearTimeout(timer);
      waiting.current = undefined;
      set(typed(field, next));
    };
  };
  const finish = () => {
    waiting.current?.();
    setDraft(undefined);
  };
  const shared = {
    id,
    value: text,
    readOnly,
    placeholder: fallback ? t('form.default', { value: fallback }) : placeholder,
    'aria-label': isLabelHidden ? (field.label ?? field.name) : undefined,
    required: field.required,
    'aria-invalid': error ? true : undefined,
    'aria-describedby': describedBy(id, { help: field.help, error }),
    onBlur: finish,
  } as const;
  const isSecret = type === 'password';
  return (
    <FieldFrame
      id={id}
      label={field.label ?? field.name}
      isLabelHidden={isLabelHidden}
      isRequired={field.required}
      help={field.help}
      error={error}
    >
      {field.multiline || type === 'json' || type === 'cert' ? (
        <textarea
          {...shared}
          className={type === 'json' || type === 'cert' ? 'mono' : undefined}
          onChange={(e) => change(e.target.value)}
        />
      ) : (
        <div className="plain-box">
          <input
            {...shared}
            type={isSecret && isShown ? 'text' : inputType(type, text)}
            inputMode={isNumeric(field) ? 'decimal' : undefined}
            autoComplete={isSecret ? 'new-password' : 'off'}
            list={type === 'timezone' ? `${id}-zones` : undefined}
            spellCheck={type === 'text'}
            onChange={(e) => change(e.target.value)}
          />
          {isSecret && (
            <button
              type="button"
              className="icon-button"
              aria-pressed={isShown}
              aria-label={t('form.secret.show')}
              onClick={() => setShown(!isShown)}
            >
              {isShown ? <EyeOff aria-hidden /> : <Eye aria-hidden />}
            </button>
          )}
          {type === 'color' && (
            <input
              type="color"
              className="color"
              disabled={readOnly}
              aria-label={t('form.color')}
              value={/^#[0-9a-f]{6}$/i.test(text) ? text : '#000000'}
              onChange={(e) => change(e.target.value)}
              onBlur={finish}
            />
          )}
          {type === 'timezone' && (
            <datalist id={`${id}-zones`}>
              {zones.map((z) => (
                <option key={z} value={z} />
              ))}
            </datalist>
          )}
        </div>
      )}
    </FieldFrame>
  );
}
