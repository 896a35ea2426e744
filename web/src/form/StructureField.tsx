import { useId, useState } from 'react';
import { Pencil, Plus, X } from 'lucide-react';
import { Button } from '../parts/basics';
import { countFields, fieldsOf, type StructureField as OneField } from '../parts/structure';
import { StructureEditor } from '../parts/structure-editor';
import { useText } from '../text/text';
import { FieldFrame } from './FieldFrame';
import type { FieldProps } from './fieldProps';
import { useForm } from './formContext';
import { isBlank, isObject, textOf } from './values';

/** The fields of a structure that is written into a module: a list, or an object with them in "spec". */
export function structureOf(value: unknown): OneField[] {
  if (Array.isArray(value)) return fieldsOf(value);
  return isObject(value) ? fieldsOf(value.spec) : [];
}

/** A data structure: the names of its fields, and an editor for them. */
export function StructureField({ field, value, set, error }: FieldProps) {
  const { t } = useText();
  const { readOnly } = useForm();
  const id = useId();
  const [isEditing, setEditing] = useState(false);
  const fields = structureOf(value);
  const foreign = isBlank(value) || isObject(value) || Array.isArray(value) ? undefined : textOf(value);
  const n = countFields(fields);
  return (
    <FieldFrame
      id={id}
      label={field.label ?? field.name}
      isRequired={field.required}
      help={field.help}
      error={error}
      isGroup
    >
      {foreign && <p className="note">{t('form.structure.foreign', { name: foreign })}</p>}
      {!isEditing && (
        <div className="structure-summary">
          {fields.length > 0 ? (
            <p>
              {t('form.structure.fields', { n })}{' '}
              <span className="soft">{fields.map((f) => f.name || '…').join(', ')}</span>
            </p>
          ) : (
            !foreign && <p className="soft">{t('form.structure.none')}</p>
          )}
          {!readOnly && (
            <span className="structure-summary-deeds">
              <Button
                look="quiet"
                icon={n > 0 ? <Pencil aria-hidden /> : <Plus aria-hidden />}
                onClick={() => setEditing(true)}
              >
                {t(n > 0 ? 'form.structure.edit' : 'form.structure.define')}
              </Button>
              {n > 0 && (
                <button
                  type="button"
                  className="icon-button"
                  aria-label={t('form.structure.clear')}
                  title={t('form.structure.clear')}
                  onClick={() => set(undefined)}
                >
                  <X aria-hidden />
                </button>
              )}
            </span>
          )}
        </div>
      )}
      {isEditing && (
        <div className="inner-panel">
          <StructureEditor
            title={t('form.structure.title')}
            fields={fields}
            onChange={(next) => set(next.length > 0 ? next : undefined)}
            shows={false}
          />
          <div className="inner-actions">
            <Button look="primary" onClick={() => setEditing(false)}>
              {t('form.structure.close')}
            </Button>
          </div>
        </div>
      )}
    </FieldFrame>
  );
}
