import type { Field } from '../api/types';
import { useText } from '../text/text';
import { typeWord } from './words';

const deepest = 4;

/** What a form asks for, or a bundle holds: each field with its type, whether it is needed, and its help. */
export function FieldList({ fields, label, depth = 0 }: { fields: Field[]; label: string; depth?: number }) {
  return (
    <ul className={depth ? 'fields nested' : 'fields'} aria-label={label}>
      {fields.map((f) => (
        <FieldItem key={f.name} field={f} depth={depth} />
      ))}
    </ul>
  );
}

function FieldItem({ field, depth }: { field: Field; depth: number }) {
  const { t } = useText();
  const inner = [...(field.spec ?? []), ...(field.nested ?? [])];
  const name = field.label ?? field.name;
  return (
    <li>
      <div className="field-line">
        <span className="field-name">{name}</span>
        {name !== field.name && <code>{field.name}</code>}
        <span className="field-type">
          {field.multiple ? t('apps.several', { type: typeWord(field.type, t) }) : typeWord(field.type, t)}
        </span>
        {field.required && <span className="field-mark">{t('apps.required')}</span>}
        {field.advanced && <span className="field-type">{t('apps.advanced')}</span>}
      </div>
      {field.help && <p className="help">{field.help}</p>}
      <Choices field={field} />
      {inner.length > 0 && depth < deepest && <FieldList fields={inner} label={name} depth={depth + 1} />}
    </li>
  );
}

function Choices({ field }: { field: Field }) {
  const { t } = useText();
  const initial = field.options?.find((o) => o.value === field.default)?.label ?? field.default;
  const told = ['string', 'number', 'boolean'].includes(typeof initial) && initial !== '' ? String(initial) : '';
  return (
    <>
      {field.options && field.options.length > 0 && (
        <p className="help">{t('apps.options', { list: field.options.map((o) => o.label).join(' · ') })}</p>
      )}
      {field.options_from && <p className="help">{t('apps.options-from')}</p>}
      {told && <p className="help">{t('apps.default', { value: told })}</p>}
    </>
  );
}
