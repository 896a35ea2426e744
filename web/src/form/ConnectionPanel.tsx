import { useId, useState } from 'react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '../api/client';
import type { Connection, ConnectionType, Tested } from '../api/types';
import { Button, TextField } from '../parts/basics';
import { fieldError, ProblemBox } from '../parts/problem';
import { useText } from '../text/text';
import { FieldList } from './FieldList';
import { FormContext, useForm } from './formContext';
import type { Values } from './values';

interface PanelProps {
  app: string;
  appLabel: string;
  types: ConnectionType[];
  /** The connection that is to prove itself anew; without one a new one is made. */
  connection?: Connection;
  onDone: (connection: Connection) => void;
  onCancel: () => void;
}

/** Makes a connection, or gives one new secrets; the service is asked before anything is saved. */
export function ConnectionPanel({ app, appLabel, types, connection, onDone, onCancel }: PanelProps) {
  const { t } = useText();
  const form = useForm();
  const client = useQueryClient();
  const id = useId();
  const [typeName, setType] = useState(connection?.type ?? types[0]?.name ?? '');
  const [name, setName] = useState(connection?.name ?? t('form.connection.name.default', { app: appLabel }));
  const [fields, setFields] = useState<Values>({});
  const type = types.find((x) => x.name === typeName);
  const save = useMutation({
    mutationFn: async (): Promise<Connection> => {
      if (!connection) {
        return api.post<Connection>('/connections', { team: form.team, name, app, type: typeName, fields, test: true });
      }
      await api.patch<Connection>(`/connections/${connection.id}`, { name, fields }, connection.revision);
      return (await api.post<Tested>(`/connections/${connection.id}/test`)).connection;
    },
    onSuccess: (made) => {
      void client.invalidateQueries({ queryKey: ['connections'] });
      void client.invalidateQueries({ queryKey: ['procedure'] });
      onDone(made);
    },
    onError: () => void client.invalidateQueries({ queryKey: ['connections'] }),
  });
  const missing = (type?.fields ?? []).some(
    (f) => f.required && f.default === undefined && !fields[f.name] && !connection,
  );
  const names = (type?.fields ?? []).map((f) => f.name);
  return (
    <section
      className="inner-panel"
      aria-labelledby={id}
      onKeyDown={(e) => {
        if (e.key === 'Escape') {
          e.stopPropagation();
          onCancel();
        }
        if (e.key === 'Enter' && e.target instanceof HTMLInputElement && !missing) {
          e.preventDefault();
          save.mutate();
        }
      }}
    >
      <h3 id={id}>
        {connection
          ? t('form.connection.again', { name: connection.name })
          : t('form.connection.new', { app: appLabel })}
      </h3>
      <TextField
        label={t('common.name')}
        value={name}
        maxLength={120}
        autoFocus
        onFocus={(e) => e.target.select()}
        error={fieldError(save.error, 'name')}
        onChange={(e) => setName(e.target.value)}
      />
      {types.length > 1 && !connection && (
        <div className="field">
          <label htmlFor={`${id}-type`}>{t('form.connection.type')}</label>
          <select id={`${id}-type`} value={typeName} onChange={(e) => setType(e.target.value)}>
            {types.map((x) => (
              <option key={x.name} value={x.name}>
                {x.label}
              </option>
            ))}
          </select>
        </div>
      )}
      <FormContext value={{ ...form, problems: names.flatMap((n) => problemOf(save.error, n)), readOnly: false }}>
        <FieldList
          fields={type?.fields ?? []}
          values={fields}
          update={(change) => setFields((before) => change(before))}
          canMap={false}
          path=""
        />
      </FormContext>
      <ProblemBox error={save.error} fields={['name', ...names]} />
      <div className="inner-actions">
        <Button onClick={onCancel}>{t('common.cancel')}</Button>
        <Button
          look="primary"
          busy={save.isPending}
          disabled={missing || name.trim() === ''}
          onClick={() => save.mutate()}
        >
          {t('form.connection.save')}
        </Button>
      </div>
    </section>
  );
}

function problemOf(error: unknown, path: string): { path: string; problem: string }[] {
  const problem = fieldError(error, path);
  return problem ? [{ path, problem }] : [];
}
