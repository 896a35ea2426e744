import { inner, type StructureField } from '../parts/structure';
import { useTypeName } from '../parts/structure-editor';
import { useText } from '../text/text';

/** Fields with their types; those of collections can be closed. */
export function FieldTree({ fields }: { fields: StructureField[] }) {
  return (
    <ul className="field-tree">
      {fields.map((f, i) => (
        <li key={`${i} ${f.name}`}>
          <OneField field={f} />
        </li>
      ))}
    </ul>
  );
}

function OneField({ field: f }: { field: StructureField }) {
  const { t } = useText();
  const typeName = useTypeName();
  const nested = inner(f);
  const line = (
    <>
      <code>{f.name || t('data.type.each')}</code> <span className="soft">{typeName(f.type)}</span>
      {f.required && <span className="soft"> · {t('data.type.required')}</span>}
    </>
  );
  if (nested.length === 0) return <p>{line}</p>;
  return (
    <details open>
      <summary>{line}</summary>
      <FieldTree fields={nested} />
    </details>
  );
}
