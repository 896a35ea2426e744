import { useId } from 'react';
import { RefreshCw } from 'lucide-react';
import type { Field } from '../api/types';
import { tell } from '../parts/problem';
import { useText } from '../text/text';
import { Chooser } from './Chooser';
import { describedBy, FieldFrame } from './FieldFrame';
import { MapSwitch, useMapSwitch } from './MapSwitch';
import { MappingField } from './MappingField';
import type { FieldProps } from './fieldProps';
import { useForm } from './formContext';
import { useChoices } from './useProcedure';
import { isBlank, same, textOf, typed } from './values';

type Options = NonNullable<Field['options']>;

const searchFrom = 10;
const checksTo = 8;

interface ControlProps extends FieldProps {
  id: string;
  options: Options;
  isLoading: boolean;
}

/** Several of some choices. */
function Several({ id, field, value, set, options, error }: ControlProps) {
  const { t } = useText();
  const { readOnly } = useForm();
  const chosen = Array.isArray(value) ? (value as unknown[]) : isBlank(value) ? [] : [value];
  const put = (next: unknown[]) => set(next.length > 0 ? next : undefined);
  const toggle = (v: unknown) =>
    put(chosen.some((c) => same(c, v)) ? chosen.filter((c) => !same(c, v)) : [...chosen, v]);
  const unknown = chosen.filter((c) => !options.some((o) => same(o.value, c)));
  if (options.length <= checksTo && unknown.length === 0) {
    return (
      <div className="checks" aria-describedby={describedBy(id, { help: field.help, error })}>
        {options.map((o) => (
          <label key={String(o.value)} className="check">
            <input
              type="checkbox"
              disabled={readOnly}
              checked={chosen.some((c) => same(c, o.value))}
              onChange={() => toggle(o.value)}
            />
            {o.label}
          </label>
        ))}
      </div>
    );
  }
  return (
    <>
      <ul className="chips">
        {chosen.map((c, i) => (
          <li key={i}>
            {options.find((o) => same(o.value, c))?.label ?? textOf(c) ?? JSON.stringify(c)}
            {!readOnly && (
              <button
                type="button"
                aria-label={t('form.remove', { what: textOf(c) ?? '' })}
                onClick={() => put(chosen.filter((_, j) => j !== i))}
              >
                ×
              </button>
            )}
          </li>
        ))}
      </ul>
      <Chooser
        id={id}
        options={options.filter((o) => !chosen.some((c) => same(c, o.value)))}
        value={undefined}
        placeholder={t('form.choose.add')}
        disabled={readOnly}
        onChoose={toggle}
      />
    </>
  );
}

function One({ id, field, value, set, options, isLoading, error }: ControlProps) {
  const { t } = useText();
  const { readOnly } = useForm();
  const shown = value === undefined ? field.default : value;
  const isKnown = options.some((o) => same(o.value, shown));
  const hasEmpty = options.some((o) => o.value === '');
  const own = isBlank(shown) ? undefined : (textOf(shown) ?? JSON.stringify(shown));
  const describes = describedBy(id, { help: field.help, error });
  if (field.options_from || options.length > searchFrom) {
    return (
      <Chooser
        id={id}
        options={options}
        value={shown}
        label={own}
        placeholder={isLoading ? t('common.loading') : t('form.choose')}
        disabled={readOnly}
        isWrong={error !== undefined}
        describedBy={describes}
        isOpenEnded={field.options_from !== undefined}
        onChoose={set}
      />
    );
  }
  const at = options.findIndex((o) => same(o.value, shown));
  // Leaving a field with a default empty would mean the default.
  const needsBlank = field.required || field.default !== undefined ? own === undefined && !isKnown : !hasEmpty;
  return (
    <select
      id={id}
      disabled={readOnly}
      aria-required={field.required || undefined}
      aria-invalid={error !== undefined || undefined}
      aria-describedby={describes}
      value={isKnown ? String(at) : own === undefined ? '' : 'own'}
      onChange={(e) => set(e.target.value === '' ? undefined : options[Number(e.target.value)]?.value)}
    >
      {needsBlank && (
        <option value="" disabled={field.required}>
          {field.required ? t('form.choose') : t('form.choose.none')}
        </option>
      )}
      {!isKnown && own !== undefined && <option value="own">{t('form.choose.unknown', { value: own })}</option>}
      {options.map((o, i) => (
        <option key={i} value={String(i)}>
          {o.label}
        </option>
      ))}
    </select>
  );
}

/** A field from which one chooses, or several; the choices are fixed or come from the app. */
export function ChoiceField(props: FieldProps) {
  const { field, value, set, error, canMap } = props;
  const { t, told } = useText();
  const { readOnly } = useForm();
  const id = useId();
  const list = useChoices(field.options_from, field.name);
  const isTyped = field.multiple ? typeof value === 'string' && value !== '' : false;
  const map = useMapSwitch(value, isTyped, set, canMap && field.mode === 'edit' && isBlank(value));
  const label = field.label ?? field.name;
  const actions = canMap && !readOnly && <MapSwitch label={label} isOn={map.isOn} onToggle={map.toggle} />;
  if (canMap && map.isOn) {
    return (
      <MappingField
        label={label}
        text={textOf(value) ?? ''}
        onChange={(text) => set(typed(field, text))}
        help={field.help}
        error={error}
        isRequired={field.required}
        actions={actions}
        placeholder={t('form.map.placeholder')}
      />
    );
  }
  const options = field.options_from ? list.options : (field.options ?? []);
  const failed = list.error && tell(list.error, t, told);
  // Before there is a connection nothing else is to be done here: it is the one thing that is said.
  const waits = field.options_from !== undefined && list.waitsForConnection && isBlank(value);
  const said = waits ? { help: t('form.choices.connection') } : { help: field.help, error };
  const Control = field.multiple ? Several : One;
  return (
    <FieldFrame id={id} label={label} isRequired={field.required} {...said} actions={actions} isGroup={field.multiple}>
      <div className="choice">
        <Control
          {...props}
          field={{ ...field, help: said.help }}
          error={said.error}
          id={id}
          options={options}
          isLoading={list.isFetching}
        />
        {field.options_from && !readOnly && (
          <button
            type="button"
            className="icon-button"
            aria-label={t('form.refresh', { field: label })}
            title={t('form.refresh.title')}
            disabled={list.waitsForConnection || list.isFetching}
            onClick={() => void list.refetch()}
          >
            <RefreshCw aria-hidden className={list.isFetching ? 'spin' : undefined} />
          </button>
        )}
      </div>
      {field.options_from && list.waitsForConnection && !waits && (
        <p className="help">{t('form.choices.connection')}</p>
      )}
      {failed && (
        <p className="field-error" role="alert">
          {t('form.choices.failed')} {failed.message} {failed.hint}{' '}
          <button type="button" className="link" onClick={() => void list.refetch()}>
            {t('common.retry')}
          </button>
        </p>
      )}
    </FieldFrame>
  );
}
