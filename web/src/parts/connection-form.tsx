import { useId, useState, type SyntheticEvent } from 'react';
import { ChevronDown } from 'lucide-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, CallError } from '../api/client';
import { appQuery } from '../api/definitions';
import type { App, Connection, ConnectionType, Field } from '../api/types';
import { useText, type Speaker } from '../text/text';
import { useApps } from './apps';
import { AreaField, Button, Loading, SelectField, TextField } from './basics';
import { fieldError, ProblemBox } from './problem';
import './things.css';

type Values = Record<string, unknown>;

interface FormProps {
  /** App of the connection, "" to be chosen. */
  app: string;
  /** The only kind of connection that counts; without one any of the app does. */
  type?: string;
  team: number;
  /** A connection that is changed, in place of a new one. */
  connection?: Connection;
  onDone: (connection: Connection) => void;
  onCancel: () => void;
}

/** Leaves away what is not filled in: of a new connection its defaults hold, of one that is there what it has. */
export function filled(values: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([, v]) => v !== '' && v !== undefined));
}

/** The code of the refusal of a connection in which a field is missing; the name of the field is its first value. */
const missingField = 'connection-field-missing';

/** The error of saving by what it was: a field's own is shown at the field, when the server names it. */
function errorOf(error: unknown, field: Field, told: Speaker['told']): string | undefined {
  if (!(error instanceof CallError) || !error.problem) return undefined;
  const own = fieldError(error, field.name, told);
  const isMissing = error.problem.words?.code === missingField && error.problem.words.args?.[0] === field.name;
  return own ?? (isMissing ? told({ ...error.problem, message: error.problem.detail }).message : undefined);
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
  const { t, told } = useText();
  const entry = (f: Field) => (
    <Entry
      key={f.name}
      field={f}
      value={values[f.name]}
      onChange={(v) => set(f.name, v)}
      error={errorOf(error, f, told)}
      kept={kept.includes(f.name)}
    />
  );
  const id = useId();
  const advanced = type.fields.filter((f) => f.advanced);
  const [wasOpened, setOpen] = useState<boolean>();
  // What is asked for, or wrong, is not to be looked for.
  const isOpen = wasOpened ?? advanced.some((f) => errorOf(error, f, told) !== undefined);
  return (
    <>
      {type.fields.filter((f) => !f.advanced).map(entry)}
      {advanced.length > 0 && (
        <>
          <button
            type="button"
            className="advanced-toggle"
            aria-expanded={isOpen}
            aria-controls={id}
            onClick={() => setOpen(!isOpen)}
          >
            <ChevronDown aria-hidden className={isOpen ? 'open' : undefined} />
            {isOpen ? t('form.advanced.hide') : t('form.advanced.show', { n: advanced.length })}
          </button>
          <div id={id} className="form" hidden={!isOpen}>
            {advanced.map(entry)}
          </div>
        </>
      )}
    </>
  );
}

/** Saves what the service accepts, and nothing else. */
function saved(connection: Connection | undefined, body: Values): Promise<Connection> {
  if (!connection) return api.post<Connection>('/connections', { ...body, test: true });
  const { name, fields } = body;
  return api.patch<Connection>(`/connections/${connection.id}`, { name, fields, test: true }, connection.revision);
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

/** The types of account of an app with their forms, which the list of apps leaves away. */
function useTypes(app: string) {
  return useQuery({ ...appQuery(app, useText().language), enabled: app !== '' });
}

/** Asks for an account of an app, has the service prove it, and saves it. A refusal keeps what was typed. */
export function ConnectionForm(props: FormProps) {
  const { data } = useApps();
  if (!data) return <Loading />;
  return <Ready {...props} apps={data.items.filter((a) => a.connections.length > 0)} />;
}

function Ready({ app, type: only, team, connection, onDone, onCancel, apps }: FormProps & { apps: App[] }) {
  const { t, told } = useText();
  const client = useQueryClient();
  const [chosen, setChosen] = useState({ app: connection?.app ?? app, type: connection?.type ?? '' });
  const forms = useTypes(chosen.app);
  const types = (forms.data?.connections ?? []).filter((x) => !only || x.name === only);
  const type = types.find((x) => x.name === chosen.type) ?? types[0];
  const label = apps.find((a) => a.name === chosen.app)?.label ?? '';
  const [name, setName] = useState<string>();
  const [values, setValues] = useState<Values>({});
  const shownName = name ?? connection?.name ?? label;
  const save = useMutation({
    mutationFn: () => {
      const fields = filled(values);
      return saved(connection, { team, name: shownName.trim(), app: chosen.app, type: type?.name, fields });
    },
    onSuccess: onDone,
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ['connections'] });
      void client.invalidateQueries({ queryKey: ['procedure'] });
      if (connection) void client.invalidateQueries({ queryKey: ['connection', connection.id] });
    },
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
      {chosen.app && forms.isPending && <Loading />}
      <ProblemBox error={forms.error} />
      {type && (
        <TextField
          label={t('connections.form.name')}
          help={t('connections.form.name.help')}
          required
          maxLength={128}
          value={shownName}
          error={fieldError(save.error, 'name', told)}
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
      <ProblemBox error={save.error} fields={['name', ...(type?.fields ?? []).map((f) => f.name)]} />
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
