import { useId, useState } from 'react';
import { Plus } from 'lucide-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../api/client';
import type { components } from '../api/schema';
import type { Page } from '../api/types';
import { useMay } from '../app/session';
import { Button, TextField } from '../parts/basics';
import { fieldError, ProblemBox } from '../parts/problem';
import { useText } from '../text/text';
import { FieldFrame } from './FieldFrame';
import type { FieldProps } from './fieldProps';
import { useForm } from './formContext';
import { isBlank, same, textOf } from './values';

export type DataStore = components['schemas']['DataStore'];

const most = 200;

export function useDataStores(team: number, enabled = true) {
  return useQuery({
    queryKey: ['datastores', 'form', team],
    queryFn: () => api.get<Page<DataStore>>('/datastores', { team, limit: most }),
    enabled,
  });
}

/** The data store that a blueprint names, by its number or its name. */
export function dataStoreNamed(list: DataStore[] | undefined, value: unknown): DataStore | undefined {
  return list?.find((d) => same(d.id, value)) ?? list?.find((d) => d.name === value);
}

function NewDataStore({ onDone, onCancel }: { onDone: (made: DataStore) => void; onCancel: () => void }) {
  const { t } = useText();
  const { team } = useForm();
  const client = useQueryClient();
  const id = useId();
  const [name, setName] = useState('');
  const make = useMutation({
    mutationFn: () => api.post<DataStore>('/datastores', { team, name }),
    onSuccess: async (made) => {
      await client.invalidateQueries({ queryKey: ['datastores'] });
      onDone(made);
    },
  });
  return (
    <section className="inner-panel" aria-labelledby={id}>
      <h3 id={id}>{t('form.datastore.new')}</h3>
      <TextField
        label={t('common.name')}
        help={t('form.datastore.help')}
        value={name}
        autoFocus
        maxLength={120}
        error={fieldError(make.error, 'name')}
        onChange={(e) => setName(e.target.value)}
        onKeyDown={(e) => {
          if (e.key === 'Enter' && name.trim()) {
            e.preventDefault();
            make.mutate();
          }
          if (e.key === 'Escape') {
            e.stopPropagation();
            onCancel();
          }
        }}
      />
      <ProblemBox error={make.error} fields={['name']} />
      <div className="inner-actions">
        <Button onClick={onCancel}>{t('common.cancel')}</Button>
        <Button look="primary" busy={make.isPending} disabled={name.trim() === ''} onClick={() => make.mutate()}>
          {t('form.datastore.make')}
        </Button>
      </div>
    </section>
  );
}

/** The data store with which a module works: chosen, or made in place. */
export function DataStoreField({ field, value, set, error }: FieldProps) {
  const { t } = useText();
  const may = useMay();
  const { team, readOnly } = useForm();
  const id = useId();
  const [isNew, setNew] = useState(false);
  const list = useDataStores(team, may('datastore.view'));
  const items = list.data?.items ?? [];
  const chosen = dataStoreNamed(items, value);
  const own = isBlank(value) || chosen ? undefined : textOf(value);
  return (
    <div className="connection-field">
      <FieldFrame id={id} label={field.label ?? field.name} isRequired={field.required} help={field.help} error={error}>
        <div className="choice">
          <select
            id={id}
            disabled={readOnly}
            value={chosen ? String(chosen.id) : own === undefined ? '' : 'own'}
            onChange={(e) => set(e.target.value === '' ? undefined : Number(e.target.value))}
          >
            <option value="">{list.isPending ? t('common.loading') : t('form.choose')}</option>
            {own !== undefined && <option value="own">{t('form.choose.unknown', { value: own })}</option>}
            {items.map((d) => (
              <option key={d.id} value={String(d.id)}>
                {d.name}
              </option>
            ))}
          </select>
          {may('datastore.edit') && !readOnly && (
            <Button icon={<Plus aria-hidden />} aria-expanded={isNew} onClick={() => setNew(!isNew)}>
              {t('common.add')}
            </Button>
          )}
        </div>
      </FieldFrame>
      <ProblemBox error={list.error} retry={() => void list.refetch()} />
      {chosen && !isNew && <p className="help">{t('form.datastore.records', { n: chosen.records })}</p>}
      {isNew && (
        <NewDataStore
          onCancel={() => setNew(false)}
          onDone={(made) => {
            set(made.id);
            setNew(false);
          }}
        />
      )}
    </div>
  );
}
