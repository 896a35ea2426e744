import { useId, useState } from 'react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../api/client';
import type { DataStore, Page } from '../api/types';
import { Link } from '../app/router';
import { useMay } from '../app/session';
import { Button, TextField } from '../parts/basics';
import { fieldError, ProblemBox } from '../parts/problem';
import { useText } from '../text/text';
import type { FieldProps } from './fieldProps';
import { useForm } from './formContext';
import { ResourceField } from './ResourceField';
import { same } from './values';

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
  const { t, told } = useText();
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
        error={fieldError(make.error, 'name', told)}
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
  const { team } = useForm();
  const [isNew, setNew] = useState(false);
  const list = useDataStores(team, may('datastore.view'));
  const items = list.data?.items ?? [];
  const chosen = dataStoreNamed(items, value);
  return (
    <ResourceField
      {...{ field, value, set, error, items, chosen }}
      isPending={list.isLoading}
      add={may('datastore.edit') ? { isOpen: isNew, onClick: () => setNew(!isNew) } : undefined}
    >
      <ProblemBox error={list.error} retry={() => void list.refetch()} />
      {chosen && !isNew && (
        <p className="help">
          {t('form.datastore.records', { n: chosen.records })} ·{' '}
          <Link href={`/datastores/${chosen.id}`}>{t('form.datastore.open', { name: chosen.name })}</Link>
        </p>
      )}
      {isNew && (
        <NewDataStore
          onCancel={() => setNew(false)}
          onDone={(made) => {
            set(made.id);
            setNew(false);
          }}
        />
      )}
    </ResourceField>
  );
}
