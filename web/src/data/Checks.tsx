import { useState } from 'react';
import { Plus, ShieldCheck, Trash2 } from 'lucide-react';
import { AreaField, Button, SelectField, TextField } from '../parts/basics';
import { useText, type Key } from '../text/text';
import { checkFields, isSecret, lines, type Check, type CheckField } from './settings';

/** Who may deliver: every check must hold. */
export function Checks({
  checks,
  before,
  onChange,
}: {
  checks: Check[];
  before: Check[];
  onChange: (checks: Check[]) => void;
}) {
  const { t } = useText();
  const [type, setType] = useState('hmac');
  const change = (at: number, values: Partial<Check>) =>
    onChange(checks.map((c, i) => (i === at ? { ...c, ...values } : c)));
  return (
    <section className="card form" aria-labelledby="set-checks">
      <h2 id="set-checks">{t('webhook.check.title')}</h2>
      <p className="soft">{t('webhook.check.lead')}</p>
      {checks.map((c, i) => (
        <OneCheck
          key={`${i} ${c.type}`}
          check={c}
          // The server keeps the secret of the check that had the same type in the same place.
          kept={before[i]?.type === c.type}
          onChange={(values) => change(i, values)}
          remove={() => onChange(checks.filter((_, at) => at !== i))}
        />
      ))}
      <div className="row add-check">
        <SelectField label={t('webhook.check.add')} value={type} onChange={(e) => setType(e.target.value)}>
          {Object.keys(checkFields).map((x) => (
            <option key={x} value={x}>
              {t(`webhook.check.${x}` as Key)}
            </option>
          ))}
        </SelectField>
        <Button icon={<Plus aria-hidden />} onClick={() => onChange([...checks, { type }])}>
          {t('common.add')}
        </Button>
      </div>
    </section>
  );
}

function OneCheck({
  check,
  kept,
  onChange,
  remove,
}: {
  check: Check;
  kept: boolean;
  onChange: (values: Partial<Check>) => void;
  remove: () => void;
}) {
  const { t } = useText();
  const name = t(`webhook.check.${check.type}` as Key);
  return (
    <fieldset className="check-box form">
      <legend>
        <ShieldCheck aria-hidden /> {name}
      </legend>
      <button
        type="button"
        className="icon-button remove"
        aria-label={t('webhook.check.remove', { name })}
        onClick={remove}
      >
        <Trash2 aria-hidden />
      </button>
      {(checkFields[check.type] ?? []).map((f) => (
        <Entry key={f.key} field={f} value={check[f.key]} kept={kept} onChange={(v) => onChange({ [f.key]: v })} />
      ))}
    </fieldset>
  );
}

function Entry({
  field: f,
  value,
  kept,
  onChange,
}: {
  field: CheckField;
  value: unknown;
  kept: boolean;
  onChange: (value: unknown) => void;
}) {
  const { t } = useText();
  const label = t(`webhook.check.field.${f.key}` as Key);
  const stays = isSecret(f) && kept;
  const required = f.required && !stays;
  const help = stays ? t('webhook.set.secret.kept') : undefined;
  if (f.kind === 'choice')
    return (
      <SelectField
        label={label}
        value={typeof value === 'string' ? value : f.choices?.[0]}
        onChange={(e) => onChange(e.target.value)}
      >
        {f.choices?.map((c) => (
          <option key={c}>{c}</option>
        ))}
      </SelectField>
    );
  if (f.kind === 'list')
    return (
      <AreaField
        label={label}
        help={t('webhook.check.lines')}
        required={required}
        className="mono"
        rows={3}
        placeholder={f.placeholder}
        value={Array.isArray(value) ? value.join('\n') : ''}
        // Lines are made of it when it is left, so that one can be begun.
        onChange={(e) => onChange(e.target.value.split('\n'))}
        onBlur={(e) => onChange(lines(e.target.value))}
      />
    );
  if (f.kind === 'seconds')
    return (
      <TextField
        label={label}
        type="number"
        min={1}
        placeholder="300"
        value={typeof value === 'number' ? value : ''}
        onChange={(e) => onChange(e.target.value ? Number(e.target.value) : undefined)}
      />
    );
  const shown: unknown = f.kind === 'secrets' && Array.isArray(value) ? value[0] : value;
  return (
    <TextField
      label={label}
      help={help}
      required={required}
      type={isSecret(f) ? 'password' : 'text'}
      autoComplete={isSecret(f) ? 'new-password' : 'off'}
      placeholder={f.placeholder}
      value={typeof shown === 'string' ? shown : ''}
      onChange={(e) => {
        const text = e.target.value;
        onChange(f.kind === 'secrets' ? (text ? [text] : undefined) : text || undefined);
      }}
    />
  );
}
