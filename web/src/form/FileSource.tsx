import { useId } from 'react';
import type { Field } from '../api/types';
import { useText } from '../text/text';
import { FieldFrame } from './FieldFrame';
import type { Update } from './formContext';
import { useMapping } from './mapping';
import { allItems, type Item } from './tree';
import { withValue, type Values } from './values';

interface Found {
  key: string;
  label: string;
  data: string;
  name?: string;
}

const names = /^(file_?name|name)$/i;

function isNamed(item: Item): boolean {
  const last = item.path[item.path.length - 1];
  return typeof last === 'string' && names.test(last);
}

/** The files that earlier modules give: their data, with a name beside it. */
function filesOf(items: Item[], label: string): Found[] {
  const data = items.filter((i) => i.type === 'buffer');
  return data.map((d) => {
    const beside = items.filter((i) => i.path.length === d.path.length && i !== d);
    const name = beside.find((i) => i.type === 'filename') ?? beside.find(isNamed);
    return { key: d.code, label: `${label}: ${d.label}`, data: `{{${d.code}}}`, name: name && `{{${name.code}}}` };
  });
}

/** Takes a file over from an earlier module: its name and data at once. */
export function FileSource({
  file,
  values,
  update,
}: {
  file: { name: Field; data: Field };
  values: Values;
  update: Update<Values>;
}) {
  const { t } = useText();
  const { sources } = useMapping();
  const id = useId();
  const files = [...sources].reverse().flatMap((s) => filesOf(allItems(s), `${s.id} · ${s.label}`));
  if (files.length === 0) return null;
  const chosen = files.find((f) => f.data === values[file.data.name]);
  const choose = (key: string) => {
    const found = files.find((f) => f.key === key);
    if (!found) return;
    update((v) => withValue(withValue(v, file.data.name, found.data), file.name.name, found.name ?? v[file.name.name]));
  };
  return (
    <FieldFrame id={id} label={t('form.file')} help={t('form.file.help')}>
      <select id={id} value={chosen?.key ?? ''} onChange={(e) => choose(e.target.value)}>
        <option value="">{t('form.file.own')}</option>
        {files.map((f) => (
          <option key={f.key} value={f.key}>
            {f.label}
          </option>
        ))}
      </select>
    </FieldFrame>
  );
}
