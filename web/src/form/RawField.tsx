import { useId, useState } from 'react';
import { Trash2 } from 'lucide-react';
import { useText } from '../text/text';
import { FieldFrame } from './FieldFrame';
import { useForm } from './formContext';

/** A value that the field cannot show, as JSON: it stays until somebody changes it. */
export function RawField({
  label,
  value,
  note,
  set,
}: {
  label: string;
  value: unknown;
  note?: string;
  set: (value: unknown) => void;
}) {
  const { t } = useText();
  const { readOnly } = useForm();
  const id = useId();
  const [text, setText] = useState<string>();
  const [isBroken, setBroken] = useState(false);
  const change = (next: string) => {
    setText(next);
    try {
      set(JSON.parse(next) as unknown);
      setBroken(false);
    } catch {
      setBroken(true);
    }
  };
  const remove = !readOnly && (
    <button
      type="button"
      className="icon-button small"
      aria-label={t('form.raw.clear', { field: label })}
      title={t('form.raw.clear', { field: label })}
      onClick={() => set(undefined)}
    >
      <Trash2 aria-hidden />
    </button>
  );
  return (
    <FieldFrame
      id={id}
      label={label}
      help={note ?? t('form.raw.note')}
      error={isBroken ? t('form.raw.broken') : undefined}
      actions={remove}
    >
      <textarea
        id={id}
        className="mono raw"
        spellCheck={false}
        readOnly={readOnly}
        aria-invalid={isBroken || undefined}
        value={text ?? JSON.stringify(value, null, 2)}
        onChange={(e) => change(e.target.value)}
        onBlur={() => !isBroken && setText(undefined)}
      />
    </FieldFrame>
  );
}
