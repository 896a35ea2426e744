import { useMemo, useState, type SyntheticEvent } from 'react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, CallError } from '../api/client';
import type { App, Connection, ConnectionType, Field, Tested } from '../api/types';
import { useText } from '../text/text';
import { useApps } from './apps';
import { AreaField, Button, Loading, SelectField, TextField } from './basics';
import { ProblemBox } from './problem';
import './things.css';

type Values = Record<string, unknown>;

interface FormProps {
  /** App of the connection, "" to be chosen. */
  app: string;
  team: number;
  /** A connection that gets new secrets, in place of a new one. */
  connection?: Connection;
  onDone: (connection: Connection) => void;
  onCancel: () => void;
}

/** Leaves away what is not filled in: of a new connection its defaults hold, of one that is there what it has. */
export function filled(values: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([, v]) => v !== '' && v !== undefined));
}

/** The error of saving by what it was: a field's own is shown at the field, when the server names the field in its text. */
function errorOf(error: unknown, field: Field): string | undefined {
  if (!(error instanceof CallError) || !error.problem) return undefined;
  return error.problem.detail.includes(`The field ${field.name} `) ? error.problem.detail : undefined;
}

interface EntryProps {
  field: Field;
  value: unknown;
  onChange: (value: unknown) => void;
  error?: string;
  kept: boolean;
}

function Entry({ field, value, onChange, error, kept }: EntryProps) {
  const { t } = useText();
  const label = field.label ?? field.name;
  const help = [field.help, kept && t('connections.form.kept')].filter(Boolean).join(' ');
  const shared = { label, help, error, value: typeof value === 'string' ? value : '' };
  const required = field.required && !kept && field.default === undefined;
  if (field.type === 'boolean')
    return (
      <label className="check">
        <input type="checkbox" checked={value === true} onChange={(e) => onChange(e.target.checked)} />
        <span>
          {label}
          {help && <span className="help"> {help}</span>}
        </span>
      </label>
    );
  if (field.options?.length)
    return (
      <SelectField {...shared} required={required} onChange={(e) => onChange(e.target.value)}>
        <option value="">{t('connections.form.choose')}</option>
        {field.options.map((o) => (
          <option key={String(o.value)} value={String(o.value)}>
            {o.label}
          </option>
        ))}
      </SelectField>
    );
  if (field.multiline || field.type === 'cert' || field.type === 'pkey')
    return <AreaField {...shared} required={required} onChange={(e) => onChange(e.target.value)} />;
  const isSecret = field.type === 'password';
  return (
    <TextField
      {...shared}
      required={required}
      type={isSecret ? 'password' : field.type === 'url' ? 'url' : 'text'}
      // The password of a service is none of this site, which browsers shall not fill in.
      autoComplete={isSecret ? 'new-password' : 'off'}
      placeholder={typeof field.default === 'string' ? field.default : undefined}
      onChange={(e) => onChange(e.target.value)}
    />
  );
}

/** The fields of a connection: the usual ones, and behind a fold those for who knows. */
function Entries({
  type,
  values,
  set,
  error,
  kept,
}: {
  type: ConnectionType;
  values: Values;
  set: (name: string, value: unknown) => void;
  error: unknown;
  kept: string[];
}) {
  const { t } = useText();
  const entry = (f: Field) => (
    <Entry
      key={f.name}
      field={f}
      value={values[f.name]}
      onChange={(v) => set(f.name, v)}
      error={errorOf(error, f)}
      kept={kept.includes(f.name)}
    />
  );
  const advanced = type.fields.filter((f) => f.advanced);
  return (
    <>
      {type.fields.filter((f) => !f.advanced).map(entry)}
      {advanced.length > 0 && (
        <details>
          <summary>{t('connections.form.advanced')}</summary>
          <div className="form unfolded">{advanced.map(entry)}</div>
        </details>
      )}
    </>
  );
}

async function make(body: Values): Promise<Connection> {
  return api.post<Connection>('/connections', { ...body, test: true });
}

async function renew(connection: Connection, fields: Values): Promise<Connection> {
  await api.patch(`/connections/${connection.id}`, { fields });
  return (await api.post<Tested>(`/connections/${connection.id}/test`)).connection;
}

function AppChoice({ apps, value, onChange }: { apps: App[]; value: string; onChange: (app: string) => void }) {
  const { t } = useText();
  return (
    <SelectField label={t('connections.form.app')} value={value} required onChange={(e) => onChange(e.target.value)}>
      <option value="">{t('connections.form.choose')}</option>
      {apps.map((a) => (
        <option key={a.name} value={a.name}>
          {a.label}
        </option>
      ))}
    </SelectField>
  );
}

/** The app and the type of account that a form asks for. */
function useType(apps: App[], app: string, chosen: string) {
  return useMemo(() => {
    const types = apps.find((a) => a.name === app)?.connections ?? [];
    return { types, type: types.find((x) => x.name === chosen) ?? types[0] };
  }, [apps, app, chosen]);
}

/** Asks for an account of an app, has the service prove it, and saves it. A refusal keeps what was typed. */
export function ConnectionForm(props: FormProps) {
  const { data } = useApps();
  if (!data) return <Loading />;
  return <Ready {...props} apps={data.items.filter((a) => a.connections.length > 0)} />;
}

function Ready({ app, team, connection, onDone, onCancel, apps }: FormProps & { apps: App[] }) {
  const { t } = useText();
  const client = useQueryClient();
  const [chosen, setChosen] = useState({ app: connection?.app ?? app, type: connection?.type ?? '' });
  const { types, type } = useType(apps, chosen.app, chosen.type);
  const label = apps.find((a) => a.name === chosen.app)?.label ?? '';
  const [name, setName] = useState<string>();
  const [values, setValues] = useState<Values>({});
  const save = useMutation({
    mutationFn: () =>
      connection
        ? renew(connection, filled(values))
        : make({ team, name: (name ?? label).trim(), app: chosen.app, type: type?.name, fields: filled(values) }),
    onSuccess: onDone,
    onSettled: () => client.invalidateQueries({ queryKey: ['connections'] }),
  });
  const submit = (e: SyntheticEvent) => {
    e.preventDefault();
    if (!save.isPending) save.mutate();
  };
  return (
    <form className="form" onSubmit={submit}>
      {!connection && !app && (
        <AppChoice apps={apps} value={chosen.app} onChange={(x) => setChosen({ app: x, type: '' })} />
      )}
      {type && !connection && (
        <TextField
          label={t('connections.form.name')}
          help={t('connections.form.name.help')}
          required
          maxLength={128}
          value={name ?? label}
          onChange={(e) => setName(e.target.value)}
        />
      )}
      {types.length > 1 && !connection && (
        <SelectField
          label={t('connections.form.type')}
          value={type?.name}
          onChange={(e) => setChosen({ ...chosen, type: e.target.value })}
        >
          {types.map((x) => (
            <option key={x.name} value={x.name}>
              {x.label}
            </option>
          ))}
        </SelectField>
      )}
      {type && (
        <Entries
          type={type}
          values={values}
          set={(field, v) => setValues((all) => ({ ...all, [field]: v }))}
          error={save.error}
          kept={connection?.fields ?? []}
        />
      )}
      {save.error && <ProblemBox error={save.error} />}
      {save.error && connection && <p className="help">{t('connections.form.renew.refused')}</p>}
      <div className="row">
        <Button type="submit" look="primary" busy={save.isPending} disabled={!type}>
          {save.isPending ? t('connections.form.verifying') : t('connections.form.save')}
        </Button>
        <Button onClick={onCancel}>{t('common.cancel')}</Button>
      </div>
    </form>
  );
}
