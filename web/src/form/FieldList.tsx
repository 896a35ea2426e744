import { useId, useState } from 'react';
import { ChevronDown } from 'lucide-react';
import type { Field } from '../api/types';
import { tell } from '../parts/problem';
import { useText } from '../text/text';
import { FileSource } from './FileSource';
import { effective, fileFields, isOpen, nestedOf } from './fields';
import { useForm, type Update } from './formContext';
import { Single } from './Single';
import { useMoreFields } from './useProcedure';
import { baseType, isBlank, withValue, type Values } from './values';

interface FieldListProps {
  fields: Field[];
  values: Values;
  update: Update<Values>;
  canMap: boolean;
  path: string;
}

/** Fields that the app lists for what is chosen in another. */
function MoreFields({ field, ...rest }: FieldListProps & { field: Field }) {
  const { t, told } = useText();
  const more = useMoreFields(field.nested_from, '');
  if (more.waitsForConnection) return <p className="help">{t('form.more.connection')}</p>;
  if (more.error) {
    const { message, hint } = tell(more.error, t, told);
    return (
      <p className="field-error" role="alert">
        {t('form.more.failed')} {message} {hint}{' '}
        <button type="button" className="link" onClick={() => void more.refetch()}>
          {t('common.retry')}
        </button>
      </p>
    );
  }
  if (more.isPending && more.isFetching) {
    return (
      <p className="help" role="status">
        {t('form.more.loading')}
      </p>
    );
  }
  return <FieldList {...rest} fields={more.fields} />;
}

/** Texts of an app between its fields. */
function Note({ field }: { field: Field }) {
  if (baseType(field) === 'separator') return <hr />;
  return (
    <div className="note">
      {field.label && <p className="label">{field.label}</p>}
      {field.help && <p>{field.help}</p>}
    </div>
  );
}

const notes = ['banner', 'separator'];
const silent = ['hidden'];

function FieldWithNested({ field, ...rest }: Omit<FieldListProps, 'fields'> & { field: Field }) {
  const { values, update, canMap, path } = rest;
  const { t } = useText();
  const type = baseType(field);
  if (notes.includes(type)) return <Note field={field} />;
  if (silent.includes(type)) return null;
  const nested = nestedOf(field, values);
  const value = values[field.name];
  const isChosen = !isBlank(effective(field, values));
  return (
    <>
      <Single
        field={field}
        value={value}
        update={(change) => update((v) => withValue(v, field.name, change(v[field.name])))}
        canMap={canMap}
        path={path ? `${path}.${field.name}` : field.name}
      />
      {(nested.length > 0 || (field.nested_from && isChosen)) && (
        <div className="nested">
          {isOpen(field, values) && <p className="help">{t('form.nested.open')}</p>}
          {nested.length > 0 && <FieldList {...rest} fields={nested} />}
          {field.nested_from && isChosen && <MoreFields {...rest} field={field} fields={[]} />}
        </div>
      )}
    </>
  );
}

/** Fields one below the other; those for few are behind a button. */
export function FieldList({ fields, ...rest }: FieldListProps) {
  const { t } = useText();
  const { readOnly, problems } = useForm();
  const id = useId();
  const [wasOpened, setOpened] = useState<boolean>();
  const usual = fields.filter((f) => !f.advanced);
  const advanced = fields.filter((f) => f.advanced && !silent.includes(baseType(f)));
  // What is wrong is not to be looked for.
  const within = (name: string) => (rest.path ? `${rest.path}.${name}` : name);
  const isWrong = advanced.some((f) => problems.some((p) => !p.warning && p.path.startsWith(within(f.name))));
  const isUnfolded = wasOpened ?? isWrong;
  const filled = advanced.filter((f) => !isBlank(rest.values[f.name])).length;
  const file = rest.canMap && !readOnly ? fileFields(fields) : undefined;
  return (
    <div className="field-list">
      {file && <FileSource file={file} values={rest.values} update={rest.update} />}
      {usual.map((f) => (
        <FieldWithNested key={f.name} field={f} {...rest} />
      ))}
      {advanced.length > 0 && (
        <>
          <button
            type="button"
            className="advanced-toggle"
            aria-expanded={isUnfolded}
            aria-controls={id}
            onClick={() => setOpened(!isUnfolded)}
          >
            <ChevronDown aria-hidden className={isUnfolded ? 'open' : undefined} />
            {isUnfolded ? t('form.advanced.hide') : t('form.advanced.show', { n: advanced.length })}
            {!isUnfolded && filled > 0 && <span className="soft">{t('form.advanced.filled', { n: filled })}</span>}
          </button>
          <div id={id} className="field-list" hidden={!isUnfolded}>
            {isUnfolded && advanced.map((f) => <FieldWithNested key={f.name} field={f} {...rest} />)}
          </div>
        </>
      )}
    </div>
  );
}
