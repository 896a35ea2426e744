import { useId } from 'react';
import { useQuery } from '@tanstack/react-query';
import { api } from '../api/client';
import type { Page, Scenario } from '../api/types';
import { ProblemBox } from '../parts/problem';
import { useText } from '../text/text';
import { Chooser } from './Chooser';
import { describedBy, FieldFrame } from './FieldFrame';
import type { FieldProps } from './fieldProps';
import { useForm } from './formContext';
import { MapSwitch, useMapSwitch } from './MapSwitch';
import { MappingField } from './MappingField';
import { textOf } from './values';

const most = 200;

/** Another scenario of the team. */
export function ScenarioField({ field, value, set, error, canMap }: FieldProps) {
  const { t } = useText();
  const { team, scenario, readOnly } = useForm();
  const id = useId();
  const map = useMapSwitch(value, false, set);
  const list = useQuery({
    queryKey: ['scenarios', 'form', team],
    queryFn: () => api.get<Page<Scenario>>('/scenarios', { team, limit: most }),
  });
  const label = field.label ?? field.name;
  const actions = canMap && !readOnly && <MapSwitch label={label} isOn={map.isOn} onToggle={map.toggle} />;
  if (canMap && map.isOn) {
    return (
      <MappingField
        label={label}
        text={textOf(value) ?? ''}
        onChange={(x) => set(x === '' ? undefined : x)}
        help={field.help}
        error={error}
        actions={actions}
      />
    );
  }
  const options = (list.data?.items ?? [])
    .filter((s) => s.id !== scenario)
    .map((s) => ({ label: s.name, value: s.id }));
  return (
    <FieldFrame id={id} label={label} isRequired={field.required} help={field.help} error={error} actions={actions}>
      <Chooser
        id={id}
        options={options}
        value={value}
        label={textOf(value)}
        placeholder={list.isPending ? t('common.loading') : t('form.choose')}
        disabled={readOnly}
        isWrong={error !== undefined}
        describedBy={describedBy(id, { help: field.help, error })}
        onChoose={set}
      />
      <ProblemBox error={list.error} retry={() => void list.refetch()} />
    </FieldFrame>
  );
}
