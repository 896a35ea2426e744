import { useEffect, useId, useRef } from 'react';
import { ArrowDown, ArrowUp, Plus, X } from 'lucide-react';
import type { Field } from '../api/types';
import { useText } from '../text/text';
import { FieldFrame } from './FieldFrame';
import type { FieldProps } from './fieldProps';
import { isMappable, isPairs, isPlainList } from './fields';
import { useForm, type Update } from './formContext';
import { FieldList } from './FieldList';
import { MapSwitch, useMapSwitch } from './MapSwitch';
import { MappingField } from './MappingField';
import { Single } from './Single';
import { isObject, moved, textOf, type Values } from './values';

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

interface ItemsProps extends FieldProps {
  items: unknown[];
  change: Update<unknown[]>;
}

function Tools({ at, count, change, what }: { at: number; count: number; change: Update<unknown[]>; what: string }) {
  const { t } = useText();
  const { readOnly } = useForm();
  if (readOnly) return null;
  return (
    <span className="item-tools">
      {count > 1 && (
        <>
          <button
            type="button"
            className="icon-button small"
            disabled={at === 0}
            aria-label={t('form.item.up', { n: at + 1 })}
            onClick={() => change((l) => moved(l, at, at - 1))}
          >
            <ArrowUp aria-hidden />
          </button>
          <button
            type="button"
            className="icon-button small"
            disabled={at === count - 1}
            aria-label={t('form.item.down', { n: at + 1 })}
            onClick={() => change((l) => moved(l, at, at + 1))}
          >
            <ArrowDown aria-hidden />
          </button>
        </>
      )}
      <button
        type="button"
        className="icon-button small"
        aria-label={t('form.item.remove', { n: at + 1, what })}
        title={t('form.item.remove', { n: at + 1, what })}
        onClick={() => change((l) => l.filter((_, i) => i !== at))}
      >
        <X aria-hidden />
      </button>
    </span>
  );
}

function itemSetter(change: Update<unknown[]>, at: number) {
  return (next: (before: unknown) => unknown) => change((l) => l.map((x, i) => (i === at ? next(x) : x)));
}

/** Pairs such as name and value, in two columns. */
function Pairs({ field, items, change, canMap, path }: ItemsProps) {
  const spec = field.spec ?? [];
  const label = field.label ?? field.name;
  return (
    <ol className="pairs">
      {items.map((item, i) => (
        <li key={i}>
          {spec.map((f) => {
            const named: Field = { ...f, help: undefined, label: `${f.label ?? f.name} ${i + 1}` };
            const update = itemSetter(change, i);
            return (
              <div key={f.name} className="pair-cell">
                <Single
                  field={named}
                  isLabelHidden
                  placeholder={f.label ?? f.name}
                  value={isObject(item) ? item[f.name] : undefined}
                  update={(c) =>
                    update((x) => (isObject(x) ? { ...x, [f.name]: c(x[f.name]) ?? '' } : { [f.name]: c(undefined) }))
                  }
                  canMap={canMap}
                  path={`${path}[${i}].${f.name}`}
                />
              </div>
            );
          })}
          <Tools at={i} count={items.length} change={change} what={label} />
        </li>
      ))}
    </ol>
  );
}

/** Plain values below each other. */
function Plain({ field, items, change, canMap, path }: ItemsProps) {
  const spec: Field = field.spec?.[0] ?? { name: '', type: 'any' };
  const label = spec.label || field.label || field.name;
  return (
    <ol className="items">
      {items.map((item, i) => (
        <li key={i} className="item-row">
          <Single
            field={{ ...spec, name: '', label: `${label} ${i + 1}`, help: undefined }}
            isLabelHidden
            value={item}
            update={(c) => itemSetter(change, i)((x) => c(x) ?? '')}
            canMap={canMap}
            path={`${path}[${i}]`}
          />
          <Tools at={i} count={items.length} change={change} what={label} />
        </li>
      ))}
    </ol>
  );
}

/** Collections, each with its fields. */
function Collections({ field, items, change, canMap, path }: ItemsProps) {
  const { t } = useText();
  return (
    <ol className="items">
      {items.map((item, i) => (
        <li key={i} className="item-card">
          <div className="item-head">
            <span>{t('form.item.title', { n: i + 1 })}</span>
            <Tools at={i} count={items.length} change={change} what={field.label ?? field.name} />
          </div>
          <FieldList
            fields={field.spec ?? []}
            values={isObject(item) ? item : {}}
            update={(c) => itemSetter(change, i)((x) => c(isObject(x) ? x : {}))}
            canMap={canMap}
            path={`${path}[${i}]`}
          />
        </li>
      ))}
    </ol>
  );
}

/** A list: filled in by hand, or mapped as a whole. */
export function ListField(props: FieldProps) {
  const { field, value, set, update, error, canMap } = props;
  const { t } = useText();
  const { readOnly } = useForm();
  const id = useId();
  const label = field.label || field.name || t('form.item');
  const items = asList(value);
  const box = useRef<HTMLDivElement>(null);
  const wasAdded = useRef(false);
  useEffect(() => {
    if (!wasAdded.current) return;
    wasAdded.current = false;
    const item = box.current?.querySelector(':scope > ol > li:last-child');
    item?.querySelector<HTMLElement>('input, select, textarea, [role=textbox], [role=combobox]')?.focus();
  }, [items.length]);
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
        placeholder={t('form.map.list')}
      />
    );
  }
  const change: Update<unknown[]> = (next) =>
    update((before) => {
      const list = next(asList(before));
      return list.length > 0 ? list : undefined;
    });
  const isPlain = isPlainList(field);
  const Items = isPairs(field) ? Pairs : isPlain ? Plain : Collections;
  const fresh = (): unknown => (isPlain ? '' : ({} satisfies Values));
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
      <div ref={box} className="list-items">
        {items.length > 0 && <Items {...props} items={items} change={change} />}
      </div>
      {!readOnly && (
        <button
          type="button"
          className="add-item"
          onClick={() => {
            wasAdded.current = true; // what is typed next goes into it
            change((l) => [...l, fresh()]);
          }}
        >
          <Plus aria-hidden /> {t('form.item.add')}
        </button>
      )}
      {readOnly && items.length === 0 && <p className="soft">{t('common.none')}</p>}
    </FieldFrame>
  );
}
