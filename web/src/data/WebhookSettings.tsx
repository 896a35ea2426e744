import { useState } from 'react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, CallError } from '../api/client';
import type { Webhook } from '../api/types';
import { useMay } from '../app/session';
import { Button, SelectField, TextField } from '../parts/basics';
import { ProblemBox } from '../parts/problem';
import { useToaster } from '../parts/toasts';
import { useText } from '../text/text';
import { Checks } from './Checks';
import { tidy, type Settings } from './settings';

type Set = (change: Partial<Settings>) => void;
interface PartProps {
  settings: Settings;
  set: Set;
}

/** What a webhook accepts, and how it answers. */
export function WebhookSettings({ webhook }: { webhook: Webhook }) {
  // Saved settings come back with another revision, and the form begins anew with them.
  const [base, setBase] = useState(webhook);
  return <Form key={base.revision} base={base} newest={webhook} rebase={setBase} />;
}

function Form({ base, newest, rebase }: { base: Webhook; newest: Webhook; rebase: (w: Webhook) => void }) {
  const { t } = useText();
  const mayEdit = useMay()('webhook.edit') && !newest.gone;
  const client = useQueryClient();
  const toaster = useToaster();
  const before = (base.settings ?? {}) as Settings;
  const [settings, setSettings] = useState<Settings>(before);
  const set: Set = (change) => setSettings((s) => ({ ...s, ...change }));
  const save = useMutation({
    mutationFn: (revision: number) =>
      api.patch<Webhook>(`/webhooks/${base.id}`, { settings: tidy(settings) }, revision),
    onSuccess: (saved) => {
      client.setQueryData(['webhooks', base.id], saved);
      toaster.say(t('common.saved'));
      rebase(saved);
    },
  });
  const isChanged = JSON.stringify(tidy(settings)) !== JSON.stringify(tidy(before));
  const isConflict = save.error instanceof CallError && save.error.status === 412;
  return (
    <form
      className="stack settings"
      onSubmit={(e) => {
        e.preventDefault();
        save.mutate(base.revision);
      }}
    >
      <fieldset className="plain-set stack" disabled={!mayEdit}>
        <Checks checks={settings.checks ?? []} before={before.checks ?? []} onChange={(checks) => set({ checks })} />
        <DuplicatesPart settings={settings} set={set} />
        <DataPart settings={settings} set={set} />
        <AnswerPart settings={settings} set={set} hadToken={newest.secrets} />
      </fieldset>
      {isConflict ? (
        <Conflict save={() => save.mutate(newest.revision)} take={() => rebase(newest)} />
      ) : (
        <ProblemBox error={save.error} />
      )}
      {mayEdit && (
        <div className="row save-bar">
          <Button type="submit" look="primary" busy={save.isPending} disabled={!isChanged}>
            {t('common.save')}
          </Button>
          {isChanged && (
            <>
              <Button onClick={() => setSettings(before)}>{t('webhook.set.undo')}</Button>
              <span className="soft">{t('webhook.set.unsaved')}</span>
            </>
          )}
        </div>
      )}
    </form>
  );
}

function Conflict({ save, take }: { save: () => void; take: () => void }) {
  const { t } = useText();
  return (
    <div className="note warn stack close-stack" role="alert">
      <p>{t('webhook.set.conflict')}</p>
      <div className="row">
        <Button onClick={save}>{t('webhook.set.conflict.mine')}</Button>
        <Button onClick={take}>{t('webhook.set.conflict.theirs')}</Button>
      </div>
    </div>
  );
}

function Flag({
  text,
  help,
  value,
  onChange,
}: {
  text: string;
  help: string;
  value: boolean;
  onChange: (on: boolean) => void;
}) {
  return (
    <label className="check">
      <input type="checkbox" checked={value} onChange={(e) => onChange(e.target.checked)} />
      <span>
        {text} <span className="help block">{help}</span>
      </span>
    </label>
  );
}

const hour = 3600;

function DuplicatesPart({ settings: s, set }: PartProps) {
  const { t } = useText();
  const d = s.duplicates;
  const change = (x: Partial<NonNullable<Settings['duplicates']>>) =>
    set({ duplicates: { ...d, by: d?.by ?? 'body', ...x } });
  return (
    <section className="card form" aria-labelledby="set-duplicates">
      <h2 id="set-duplicates">{t('webhook.set.duplicates')}</h2>
      <p className="soft">{t('webhook.set.duplicates.lead')}</p>
      <SelectField
        label={t('webhook.set.duplicates.by')}
        value={d?.by ?? (d ? 'body' : '')}
        onChange={(e) => set({ duplicates: e.target.value ? { ...d, by: e.target.value } : undefined })}
      >
        <option value="">{t('webhook.set.duplicates.none')}</option>
        <option value="body">{t('webhook.set.duplicates.body')}</option>
        <option value="header">{t('webhook.set.duplicates.header')}</option>
        <option value="expression">{t('webhook.set.duplicates.expression')}</option>
      </SelectField>
      {d?.by === 'header' && (
        <TextField
          label={t('webhook.set.header')}
          required
          placeholder="webhook-id"
          value={d.header ?? ''}
          onChange={(e) => change({ header: e.target.value })}
        />
      )}
      {d?.by === 'expression' && (
        <TextField
          label={t('webhook.set.expression')}
          help={t('webhook.set.expression.help')}
          required
          className="mono"
          placeholder="{{data.user.data.email}}"
          value={d.expression ?? ''}
          onChange={(e) => change({ expression: e.target.value })}
        />
      )}
      {d && (
        <TextField
          label={t('webhook.set.window')}
          help={t('webhook.set.window.help')}
          type="number"
          min={1}
          placeholder="24"
          value={d.window === undefined ? '' : Math.round(d.window / hour)}
          onChange={(e) => change({ window: e.target.value ? Number(e.target.value) * hour : undefined })}
        />
      )}
    </section>
  );
}

function DataPart({ settings: s, set }: PartProps) {
  const { t } = useText();
  return (
    <section className="card form" aria-labelledby="set-data">
      <h2 id="set-data">{t('webhook.set.data')}</h2>
      <Flag
        text={t('webhook.set.json')}
        help={t('webhook.set.json.help')}
        value={s.json ?? false}
        onChange={(json) => set({ json })}
      />
      <Flag
        text={t('webhook.set.stringify')}
        help={t('webhook.set.stringify.help')}
        value={s.stringify ?? false}
        onChange={(stringify) => set({ stringify })}
      />
      <Flag
        text={t('webhook.set.headers')}
        help={t('webhook.set.headers.help')}
        value={s.headers ?? false}
        onChange={(headers) => set({ headers })}
      />
      <Flag
        text={t('webhook.set.method')}
        help={t('webhook.set.method.help')}
        value={s.method ?? false}
        onChange={(method) => set({ method })}
      />
      <Flag
        text={t('webhook.set.strict')}
        help={t('webhook.set.strict.help')}
        value={s.strict ?? false}
        onChange={(strict) => set({ strict })}
      />
    </section>
  );
}

function AnswerPart({ settings: s, set, hadToken }: PartProps & { hadToken: boolean }) {
  const { t } = useText();
  const limit = s.rate?.limit;
  return (
    <section className="card form" aria-labelledby="set-answer">
      <h2 id="set-answer">{t('webhook.set.answer')}</h2>
      <TextField
        label={t('webhook.set.wait')}
        help={t('webhook.set.wait.help')}
        type="number"
        min={1}
        max={300}
        value={s.responseWait ?? ''}
        placeholder="180"
        onChange={(e) => set({ responseWait: e.target.value ? Number(e.target.value) : undefined })}
      />
      <TextField
        label={t('webhook.set.rate')}
        help={t('webhook.set.rate.help')}
        type="number"
        min={1}
        value={limit ?? ''}
        placeholder="300"
        onChange={(e) =>
          set({
            rate: e.target.value ? { limit: Number(e.target.value), seconds: s.rate?.seconds ?? 10 } : undefined,
          })
        }
      />
      <TextField
        label={t('webhook.set.handshake')}
        help={t('webhook.set.handshake.help')}
        placeholder="challenge"
        value={s.handshake?.field ?? ''}
        onChange={(e) => set({ handshake: { ...s.handshake, field: e.target.value } })}
      />
      {s.handshake?.field && (
        <>
          <TextField
            label={t('webhook.set.token-field')}
            value={s.handshake.tokenField ?? ''}
            onChange={(e) =>
              set({ handshake: { ...s.handshake, field: s.handshake?.field ?? '', tokenField: e.target.value } })
            }
          />
          {s.handshake.tokenField && (
            <TextField
              label={t('webhook.set.token')}
              type="password"
              autoComplete="new-password"
              placeholder={hadToken ? t('webhook.set.secret.kept') : undefined}
              value={s.handshake.token ?? ''}
              onChange={(e) =>
                set({ handshake: { ...s.handshake, field: s.handshake?.field ?? '', token: e.target.value } })
              }
            />
          )}
        </>
      )}
    </section>
  );
}
