import { useId, useState } from 'react';
import { Plus, X } from 'lucide-react';
import { useText } from '../text/text';
import { FieldFrame } from './FieldFrame';
import { isMappable } from './fields';
import type { FieldProps } from './fieldProps';
import { FieldList } from './FieldList';
import { useForm, type Update } from './formContext';
import { MapSwitch, useMapSwitch } from './MapSwitch';
import { MappingField } from './MappingField';
import { RawField } from './RawField';
import { isObject, textOf, withValue, type Values } from './values';

/** Fields whose names nobody has laid down: each with its name and value. */
export function FreeFields({ values, update, path }: { values: Values; update: Update<Values>; path: string }) {
  const { t } = useText();
  const { readOnly } = useForm();
  const [name, setName] = useState('');
  const isTaken = Object.hasOwn(values, name.trim());
  const add = () => {
    if (name.trim() === '' || isTaken) return;
    update((v) => ({ ...v, [name.trim()]: '' }));
    setName('');
  };
  return (
    <div className="free-fields">
      {Object.entries(values).map(([key, value]) => {
        const text = textOf(value);
        const set = (next: unknown) => update((v) => withValue(v, key, next));
        const remove = !readOnly && (
          <button
            type="button"
            className="icon-button small"
            aria-label={t('form.remove', { what: key })}
            onClick={() => set(undefined)}
          >
            <X aria-hidden />
          </button>
        );
        return text === undefined ? (
          <RawField key={key} label={key} value={value} note={t('form.raw.nested')} set={set} />
        ) : (
          <MappingField key={`${path}.${key}`} label={key} text={text} onChange={set} actions={remove} />
        );
      })}
      {!readOnly && (
        <div className="free-add">
          <input
            value={name}
            aria-label={t('form.free.name')}
            placeholder={t('form.free.name')}
            aria-invalid={isTaken || undefined}
            onChange={(e) => setName(e.target.value)}
            onKeyDown={(e) => {
              if (e.key !== 'Enter') return;
              e.preventDefault();
              add();
            }}
          />
          <button type="button" className="add-item" disabled={name.trim() === '' || isTaken} onClick={add}>
            <Plus aria-hidden /> {t('form.free.add')}
          </button>
        </div>
      )}
    </div>
  );
}

/** A collection: its fields one below the other, or the whole mapped. */
export function CollectionField({ field, value, set, update, error, canMap, path }: FieldProps) {
  const { t } = useText();
  const { readOnly } = useForm();
  const id = useId();
  const label = field.label ?? field.name;
  const map = useMapSwitch(value, typeof value === 'string' && value !== '', set);
  const maps = isMappable(field, value, canMap);
  const actions = maps && !readOnly && <MapSwitch label={label} isOn={map.isOn} onToggle={map.toggle} />;
  if (maps && map.isOn) {
    return (
      <MappingField
        label={label}
        text={textOf(value) ?? ''}
        onChange={(text) => set(text === '' ? undefined : text)}
        help={field.help}
        error={error}
        isRequired={field.required}
        actions={actions}
        placeholder={t('form.map.collection')}
      />
    );
  }
  const values = isObject(value) ? value : {};
  const change: Update<Values> = (next) =>
    update((before) => {
      const after = next(isObject(before) ? before : {});
      return Object.keys(after).length > 0 ? after : undefined;
    });
  const spec = field.spec ?? [];
  return (
    <FieldFrame
      id={id}
      label={label}
      isRequired={field.required}
      help={field.help}
      error={error}
      actions={actions}
      isGroup
    >
      <div className="nested">
        {spec.length > 0 ? (
          <FieldList fields={spec} values={values} update={change} canMap={canMap} path={path} />
        ) : (
          <FreeFields values={values} update={change} path={path} />
        )}
      </div>
    </FieldFrame>
  );
}
