import { ArrowDown, ArrowUp, Plus, Trash2 } from 'lucide-react';
import { Button } from '../parts/basics';
import { useText } from '../text/text';
import { useTypeName } from './FieldTree';
import { fieldTypes, mistakeOf, type StructureField } from './structure';

/** The fields as they are sent: names without spaces around them. */
export function tidyFields(fields: StructureField[]): StructureField[] {
  return fields.map((f) => ({ ...f, name: f.name.trim(), required: f.required || undefined }));
}

function moved<T>(list: T[], from: number, to: number): T[] {
  const copy = [...list];
  const [item] = copy.splice(from, 1);
  if (item !== undefined) copy.splice(to, 0, item);
  return copy;
}

/** The fields of records: their names and types, in the order of the columns. */
export function StructureEditor({
  fields,
  onChange,
  shows,
}: {
  fields: StructureField[];
  onChange: (fields: StructureField[]) => void;
  /** Mistakes are shown, since saving was tried. */
  shows: boolean;
}) {
  const { t } = useText();
  const change = (at: number, x: Partial<StructureField>) =>
    onChange(fields.map((f, i) => (i === at ? { ...f, ...x } : f)));
  return (
    <fieldset className="structure">
      <legend>{t('stores.field.title')}</legend>
      <p className="help">{t('stores.field.help')}</p>
      {fields.map((f, i) => (
        <Line
          key={i}
          field={f}
          at={i}
          last={i === fields.length - 1}
          mistake={shows ? mistakeOf(fields, i) : undefined}
          change={(x) => change(i, x)}
          move={(by) => onChange(moved(fields, i, i + by))}
          remove={() => onChange(fields.filter((_, at) => at !== i))}
        />
      ))}
      <div>
        <Button icon={<Plus aria-hidden />} onClick={() => onChange([...fields, { name: '', type: 'text' }])}>
          {t('stores.field.add')}
        </Button>
      </div>
    </fieldset>
  );
}

interface LineProps {
  field: StructureField;
  at: number;
  last: boolean;
  mistake: 'empty' | 'twice' | undefined;
  change: (x: Partial<StructureField>) => void;
  move: (by: number) => void;
  remove: () => void;
}

function Line({ field: f, at, last, mistake, change, move, remove }: LineProps) {
  const { t } = useText();
  const typeName = useTypeName();
  const n = at + 1;
  const types: string[] = fieldTypes.some((x) => x === f.type) ? [...fieldTypes] : [...fieldTypes, f.type];
  return (
    <div className="structure-line">
      <input
        aria-label={t('stores.field.name', { n })}
        placeholder={t('stores.field.name.example')}
        aria-invalid={mistake ? true : undefined}
        maxLength={200}
        value={f.name}
        autoFocus={f.name === '' && last}
        onChange={(e) => change({ name: e.target.value })}
      />
      <select
        aria-label={t('stores.field.type', { n })}
        value={f.type}
        onChange={(e) => change({ type: e.target.value })}
      >
        {types.map((x) => (
          <option key={x} value={x}>
            {typeName(x)}
          </option>
        ))}
      </select>
      <label className="check">
        <input type="checkbox" checked={f.required ?? false} onChange={(e) => change({ required: e.target.checked })} />
        {t('data.type.required')}
      </label>
      <span className="structure-deeds">
        <button
          type="button"
          className="icon-button"
          aria-label={t('stores.field.up', { n })}
          disabled={at === 0}
          onClick={() => move(-1)}
        >
          <ArrowUp aria-hidden />
        </button>
        <button
          type="button"
          className="icon-button"
          aria-label={t('stores.field.down', { n })}
          disabled={last}
          onClick={() => move(1)}
        >
          <ArrowDown aria-hidden />
        </button>
        <button type="button" className="icon-button" aria-label={t('stores.field.remove', { n })} onClick={remove}>
          <Trash2 aria-hidden />
        </button>
      </span>
      {mistake && (
        <p className="field-error" role="alert">
          {t(mistake === 'empty' ? 'stores.field.empty' : 'stores.field.twice')}
        </p>
      )}
    </div>
  );
}
