import { useState, type FocusEvent } from 'react';
import { TriangleAlert } from 'lucide-react';
import type { Field } from '../api/types';
import { useText } from '../text/text';
import { ChoiceField } from './ChoiceField';
import { CollectionField } from './CollectionField';
import { DataStoreField } from './DataStoreField';
import type { FieldProps } from './fieldProps';
import { fits, isMappable, isOpenText } from './fields';
import { FeederField } from './FeederField';
import { FilterField } from './FilterField';
import { mistakeKeys, said, useForm } from './formContext';
import { useReleased } from '../parts/held';
import { isMissing, limitsOf, mistakeOf } from './limits';
import { KeychainField } from './KeychainField';
import { ListField } from './ListField';
import { PlainField } from './PlainField';
import { RawField } from './RawField';
import { ScenarioField } from './ScenarioField';
import { StructureField } from './StructureField';
import { MappedText } from './TextField';
import { baseType } from './values';
import { WebhookField } from './WebhookField';
import { YesNoField } from './YesNoField';

/** The control of a type; where there is none of its own, text or an expression. */
function Control(props: FieldProps) {
  const { field, canMap } = props;
  if (field.name === 'feeder' && !canMap) return <FeederField {...props} />;
  if (isOpenText(field)) return canMap ? <MappedText {...props} /> : <PlainField {...props} />;
  if (field.options_from || (field.options && field.options.length > 0)) return <ChoiceField {...props} />;
  switch (baseType(field)) {
    case 'boolean':
      return <YesNoField {...props} />;
    case 'select':
      return <ChoiceField {...props} />;
    case 'array':
      return <ListField {...props} />;
    case 'collection':
      return <CollectionField {...props} />;
    case 'filter':
      return <FilterField {...props} />;
    case 'hook':
      return <WebhookField {...props} />;
    case 'datastore':
      return <DataStoreField {...props} />;
    case 'keychain':
    case 'account':
      return <KeychainField {...props} />;
    case 'scenario':
      return <ScenarioField {...props} />;
    case 'udt':
      return <StructureField {...props} />;
    default:
      return canMap ? <MappedText {...props} /> : <PlainField {...props} />;
  }
}

const ownControls = [
  'boolean',
  'select',
  'array',
  'collection',
  'filter',
  'hook',
  'datastore',
  'keychain',
  'account',
  'scenario',
  'udt',
];

const holders = ['array', 'collection'];

/** Reports whether a field is text in which expressions may stand. */
function isText(field: Field, canMap: boolean): boolean {
  if (isOpenText(field)) return canMap;
  return canMap && !field.options_from && !field.options?.length && !ownControls.includes(baseType(field));
}

export interface SingleProps {
  field: Field;
  value: unknown;
  update: (change: (before: unknown) => unknown) => void;
  canMap: boolean;
  path: string;
  isLabelHidden?: boolean;
  placeholder?: string;
}

/** One field, by its type, with what is wrong with it. A value that it cannot show is shown as it is. */
export function Single(single: SingleProps) {
  const { field, value, update, path, isLabelHidden, placeholder } = single;
  // What is in a list or a collection is mapped or not by itself; whether the whole is, they know.
  const canMap = holders.includes(baseType(field)) ? single.canMap : isMappable(field, value, single.canMap);
  const { t } = useText();
  const { problems, wasSaved } = useForm();
  const [wasUsed, setUsed] = useState(false);
  const released = useReleased();
  const set = (next: unknown) => {
    setUsed(true);
    update(() => next);
  };
  const lacks = isMissing(field, value);
  const isQuiet = lacks && !wasUsed && !wasSaved;
  // What the server says is about what was there a moment ago: what is filled in now is not missing any more.
  const told = isQuiet ? [] : problems.filter((p) => p.path === path && (lacks || p.code !== 'required'));
  const bad = told.find((p) => !p.warning);
  const own =
    wasUsed || (wasSaved && bad) || (value !== undefined && value !== '') ? mistakeOf(field, value) : undefined;
  // What the form finds by itself is said in the words of the reader, and at once.
  const error = own
    ? t(mistakeKeys[own.why], own.limit === undefined ? undefined : { limit: own.limit })
    : bad && said(bad);
  if (!fits(field, value)) {
    return <RawField label={field.label ?? field.name} value={value} set={set} />;
  }
  const limits = limitsOf(field);
  const bounds = limits && t(`form.limits.${limits.key}`, { min: limits.min ?? '', max: limits.max ?? '' });
  const shown = bounds ? { ...field, help: [field.help, bounds].filter(Boolean).join(' ') } : field;
  const props: FieldProps = { field: shown, value, set, update, error, canMap, path };
  const onBlur = (e: FocusEvent<HTMLElement>) => {
    const to = e.relatedTarget;
    const isNear = e.currentTarget.contains(to) || (to instanceof Element && to.closest('[data-panel]') !== null);
    // What is told then moves what stands below: not before it is clicked, where a click is what took the focus away.
    if (!isNear) released(() => setUsed(true));
  };
  if (isLabelHidden && isText(field, true)) {
    return (
      <div className="bare-field" data-path={path} onBlur={onBlur}>
        {canMap ? (
          <MappedText {...props} field={field} isLabelHidden placeholder={placeholder} />
        ) : (
          <PlainField {...props} isLabelHidden placeholder={placeholder} />
        )}
      </div>
    );
  }
  return (
    <div data-path={path} onBlur={onBlur}>
      <Control {...props} />
      {!error &&
        told.map((p) => (
          <p key={p.problem} className="field-warning">
            <TriangleAlert aria-hidden /> {said(p)}
          </p>
        ))}
    </div>
  );
}
