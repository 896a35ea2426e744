import { useId, useState } from 'react';
import { CircleCheck, KeyRound, Plus, RotateCw } from 'lucide-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '../api/client';
import type { Connection, Tested } from '../api/types';
import { useMay } from '../app/session';
import { Button } from '../parts/basics';
import { ProblemBox } from '../parts/problem';
import { useText } from '../text/text';
import { ConnectionPanel } from './ConnectionPanel';
import { FieldFrame } from './FieldFrame';
import { useForm } from './formContext';
import { connectionNamed, useApp, useConnections } from './useConnections';
import { isBlank, textOf } from './values';

/** What is known of the connection that is chosen, and what can be done with it. */
function Chosen({ connection, onAgain }: { connection: Connection; onAgain: () => void }) {
  const { t, moment } = useText();
  const may = useMay();
  const { readOnly } = useForm();
  const client = useQueryClient();
  const test = useMutation({
    mutationFn: () => api.post<Tested>(`/connections/${connection.id}/test`),
    onSettled: () => void client.invalidateQueries({ queryKey: ['connections'] }),
  });
  const verified = test.data?.connection.verified ?? connection.verified;
  return (
    <>
      <div className="connection-state">
        {verified ? (
          <span className="verified">
            <CircleCheck aria-hidden /> {t('form.connection.verified', { at: moment(verified) })}
          </span>
        ) : (
          <span className="soft">{t('form.connection.unverified')}</span>
        )}
        {connection.account && <span className="soft">{connection.account}</span>}
        {may('connection.edit') && !readOnly && (
          <span className="connection-actions">
            <button type="button" className="link" disabled={test.isPending} onClick={() => test.mutate()}>
              <RotateCw aria-hidden className={test.isPending ? 'spin' : undefined} /> {t('form.connection.verify')}
            </button>
            <button type="button" className="link" onClick={onAgain}>
              <KeyRound aria-hidden /> {t('form.connection.reauthorize')}
            </button>
          </span>
        )}
      </div>
      <ProblemBox error={test.error} />
    </>
  );
}

interface ConnectionFieldProps {
  app: string;
  /** The only type of connection that counts; without one any of the app does. */
  type?: string;
  label: string;
  help?: string;
  error?: string;
  isRequired: boolean;
  value: unknown;
  set: (value: unknown) => void;
}

/** The account with which a module works: chosen, made in place, verified. */
export function ConnectionField({ app, type, label, help, error, isRequired, value, set }: ConnectionFieldProps) {
  const { t } = useText();
  const may = useMay();
  const { team, readOnly } = useForm();
  const id = useId();
  const [panel, setPanel] = useState<'new' | 'again'>();
  const list = useConnections(team, app, may('connection.view'));
  const about = useApp(app, true);
  const items = type ? list.items.filter((c) => c.type === type) : list.items;
  const types = (about.data?.connections ?? []).filter((x) => !type || x.name === type);
  const chosen = connectionNamed(items, value);
  const own = isBlank(value) || chosen ? undefined : textOf(value);
  const canAdd = may('connection.edit') && !readOnly && types.length > 0;
  const lone = !chosen && own === undefined && list.isSuccess && items.length === 0;
  return (
    <div className="connection-field">
      <FieldFrame id={id} label={label} isRequired={isRequired} help={help} error={error}>
        <div className="choice">
          <select
            id={id}
            disabled={readOnly || (lone && !canAdd)}
            aria-invalid={error !== undefined || undefined}
            value={chosen ? String(chosen.id) : own === undefined ? '' : 'own'}
            onChange={(e) => set(e.target.value === '' ? undefined : Number(e.target.value))}
          >
            <option value="">
              {list.isPending ? t('common.loading') : lone ? t('form.connection.none') : t('form.connection.choose')}
            </option>
            {own !== undefined && <option value="own">{t('form.connection.gone', { name: own })}</option>}
            {items.map((c) => (
              <option key={c.id} value={String(c.id)}>
                {c.name}
              </option>
            ))}
          </select>
          {canAdd && (
            <Button
              look={lone && isRequired ? 'primary' : 'plain'}
              icon={<Plus aria-hidden />}
              aria-expanded={panel === 'new'}
              onClick={() => setPanel(panel === 'new' ? undefined : 'new')}
            >
              {t('common.add')}
            </Button>
          )}
        </div>
      </FieldFrame>
      <ProblemBox error={list.error ?? about.error} retry={() => void list.refetch()} />
      {own !== undefined && list.isSuccess && <p className="field-error">{t('form.connection.gone.hint')}</p>}
      {chosen && panel === undefined && (
        <Chosen key={chosen.id} connection={chosen} onAgain={() => setPanel('again')} />
      )}
      {panel && about.data && (
        <ConnectionPanel
          key={panel}
          app={app}
          appLabel={about.data.label}
          types={types}
          connection={panel === 'again' ? chosen : undefined}
          onCancel={() => setPanel(undefined)}
          onDone={(c) => {
            set(c.id);
            setPanel(undefined);
          }}
        />
      )}
    </div>
  );
}
