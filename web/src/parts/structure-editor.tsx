import { useId, useState } from 'react';
import { ArrowDown, ArrowUp, Plus, Sparkles, Trash2 } from 'lucide-react';
import { useText, type Key } from '../text/text';
import { AreaField, Button } from './basics';
import {
  fieldTypes,
  hasFields,
  inner,
  itemType,
  mistakeOf,
  withItems,
  withType,
  type StructureField,
} from './structure';
import { fieldsOfSample, mergeFields } from './structure-sample';
import './structure.css';

export function useTypeName(): (type: string) => string {
  const { t } = useText();
  return (type) => (fieldTypes.some((x) => x === type) ? t(`data.type.${type}` as Key) : type);
}

function moved<T>(list: T[], from: number, to: number): T[] {
  const copy = [...list];
  const [item] = copy.splice(from, 1);
  if (item !== undefined) copy.splice(to, 0, item);
  return copy;
}

interface EditorProps {
  fields: StructureField[];
  onChange: (fields: StructureField[]) => void;
  /** Names that are missing are shown as wrong, since saving was tried. */
  shows: boolean;
  title: string;
  help?: string;
}

/** The fields of a structure: their names and types in their order, those of collections inside of them; also worked out of a sample. */
export function StructureEditor({ fields, onChange, shows, title, help }: EditorProps) {
  const { t } = useText();
  const [isSampling, setSampling] = useState(false);
  return (
    <fieldset className="structure">
      <legend>{title}</legend>
      {help && <p className="help">{help}</p>}
      <Level fields={fields} onChange={onChange} shows={shows} place="" />
      {isSampling ? (
        <Sample
          onFields={(more) => {
            onChange(mergeFields(fields, more));
            setSampling(false);
          }}
          onCancel={() => setSampling(false)}
        />
      ) : (
        <div>
          <Button look="quiet" icon={<Sparkles aria-hidden />} onClick={() => setSampling(true)}>
            {t('structure.sample')}
          </Button>
        </div>
      )}
    </fieldset>
  );
}

/** Asks for data as it will come, and tells the fields in it. */
function Sample({ onFields, onCancel }: { onFields: (fields: StructureField[]) => void; onCancel: () => void }) {
  const { t } = useText();
  const [text, setText] = useState('');
  const [isNone, setNone] = useState(false);
  const take = () => {
    const found = fieldsOfSample(text);
    setNone(found.length === 0);
    if (found.length > 0) onFields(found);
  };
  return (
    <div className="structure-sample">
      <AreaField
        label={t('structure.sample.label')}
        help={t('structure.sample.help')}
        className="mono"
        rows={6}
        spellCheck={false}
        autoFocus
        placeholder={'{"email": "ada@example.com", "age": 36}'}
        value={text}
        error={isNone ? t('structure.sample.none') : undefined}
        onChange={(e) => {
          setText(e.target.value);
          setNone(false);
        }}
      />
      <div className="row">
        <Button look="primary" disabled={text.trim() === ''} onClick={take}>
          {t('structure.sample.do')}
        </Button>
        <Button onClick={onCancel}>{t('common.cancel')}</Button>
      </div>
    </div>
  );
}

type LevelProps = Pick<EditorProps, 'fields' | 'onChange' | 'shows'> & {
  /** Number of the field that these are in, with a full stop behind it: "2.". */
  place: string;
};

function Level({ fields, onChange, shows, place }: LevelProps) {
  const { t } = useText();
  return (
    <div className={place ? 'structure-level inside' : 'structure-level'}>
      {fields.map((f, i) => (
        <Line
          key={i}
          field={f}
          n={`${place}${i + 1}`}
          at={i}
          last={i === fields.length - 1}
          mistake={mistakeOf(fields, i)}
          shows={shows}
          change={(next) => onChange(fields.map((old, j) => (j === i ? next : old)))}
          move={(by) => onChange(moved(fields, i, i + by))}
          remove={() => onChange(fields.filter((_, j) => j !== i))}
        />
      ))}
      <div>
        <Button icon={<Plus aria-hidden />} onClick={() => onChange([...fields, { name: '', type: 'text' }])}>
          {place ? t('structure.add.inside', { n: place.slice(0, -1) }) : t('structure.add')}
        </Button>
      </div>
    </div>
  );
}

interface LineProps {
  field: StructureField;
  n: string;
  at: number;
  last: boolean;
  mistake: 'empty' | 'twice' | undefined;
  shows: boolean;
  change: (next: StructureField) => void;
  move: (by: number) => void;
  remove: () => void;
}

function Types({ label, value, onChange }: { label: string; value: string; onChange: (type: string) => void }) {
  const typeName = useTypeName();
  const types: string[] = fieldTypes.some((x) => x === value) ? [...fieldTypes] : [...fieldTypes, value];
  return (
    <select aria-label={label} value={value} onChange={(e) => onChange(e.target.value)}>
      {types.map((x) => (
        <option key={x} value={x}>
          {typeName(x)}
        </option>
      ))}
    </select>
  );
}

function Line({ field: f, n, at, last, mistake, shows, change, move, remove }: LineProps) {
  const { t } = useText();
  const id = useId();
  const wrong = shows || mistake === 'twice' ? mistake : undefined;
  const flag = (name: 'required' | 'multiline', text: string) => (
    <label className="check">
      <input
        type="checkbox"
        checked={f[name] ?? false}
        onChange={(e) => change({ ...f, [name]: e.target.checked || undefined })}
      />
      {text}
    </label>
  );
  return (
    <div className="structure-field" role="group" aria-label={f.name || t('structure.field', { n })}>
      <div className="structure-line">
        <input
          aria-label={t('structure.name', { n })}
          placeholder={t('structure.name.example')}
          aria-invalid={wrong ? true : undefined}
          aria-describedby={wrong ? `${id}-error` : undefined}
          maxLength={200}
          value={f.name}
          autoFocus={f.name === '' && last}
          onChange={(e) => change({ ...f, name: e.target.value })}
        />
        <Types label={t('structure.type', { n })} value={f.type} onChange={(type) => change(withType(f, type))} />
        <span className="structure-flags">
          {flag('required', t('data.type.required'))}
          {f.type === 'text' && flag('multiline', t('structure.multiline'))}
        </span>
        <span className="structure-deeds">
          <button
            type="button"
            className="icon-button small"
            aria-label={t('structure.up', { n })}
            disabled={at === 0}
            onClick={() => move(-1)}
          >
            <ArrowUp aria-hidden />
          </button>
          <button
            type="button"
            className="icon-button small"
            aria-label={t('structure.down', { n })}
            disabled={last}
            onClick={() => move(1)}
          >
            <ArrowDown aria-hidden />
          </button>
          <button
            type="button"
            className="icon-button small"
            aria-label={t('structure.remove', { n })}
            onClick={remove}
          >
            <Trash2 aria-hidden />
          </button>
        </span>
      </div>
      {wrong && (
        <p id={`${id}-error`} className="field-error" role="alert">
          {t(wrong === 'empty' ? 'structure.empty' : 'structure.twice')}
        </p>
      )}
      {f.type === 'array' && (
        <div className="structure-items">
          <span>{t('structure.items')}</span>
          <Types
            label={t('structure.items.type', { n })}
            value={itemType(f)}
            onChange={(type) => change(withItems(f, type))}
          />
        </div>
      )}
      {hasFields(f) && (
        <Level fields={inner(f)} onChange={(spec) => change({ ...f, spec })} shows={shows} place={`${n}.`} />
      )}
    </div>
  );
}
