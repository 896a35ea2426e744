import { useState } from 'react';
import { CircleCheck, KeyRound, RotateCw } from 'lucide-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '../api/client';
import type { Connection, Tested } from '../api/types';
import { useMay } from '../app/session';
import { ProblemBox } from '../parts/problem';
import { useText } from '../text/text';
import { ConnectionPanel } from './ConnectionPanel';
import { useForm } from './formContext';
import { ResourceField, type ResourceFieldProps } from './ResourceField';
import { connectionNamed, useApp, useConnections } from './useConnections';
import { isBlank } from './values';

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

interface ConnectionFieldProps extends Pick<ResourceFieldProps, 'field' | 'value' | 'set' | 'error'> {
  app: string;
  /** The only type of connection that counts; without one any of the app does. */
  type?: string;
  /** Is to be done before the scenario runs. */
  warning?: string;
}

/** The account with which a module works: chosen, made in place, verified. */
export function ConnectionField({ app, type, field, error, warning, value, set }: ConnectionFieldProps) {
  const { t } = useText();
  const may = useMay();
  const { team, readOnly, wasSaved } = useForm();
  const [panel, setPanel] = useState<'new' | 'again'>();
  const [wasLeft, setLeft] = useState(false);
  const list = useConnections(team, app, may('connection.view'));
  const about = useApp(app, true);
  const items = type ? list.items.filter((c) => c.type === type) : list.items;
  const hasTypes = (about.data?.connections ?? []).some((x) => !type || x.name === type);
  const chosen = connectionNamed(items, value);
  const isGone = !isBlank(value) && !chosen && list.isSuccess;
  const canAdd = may('connection.edit') && !readOnly && hasTypes;
  const isQuiet = isBlank(value) && !wasLeft && !wasSaved;
  const isLone = isBlank(value) && list.isSuccess && items.length === 0;
  return (
    <ResourceField
      {...{ field, value, set, items, chosen }}
      error={isQuiet ? undefined : error}
      onLeft={() => setLeft(true)}
      isPending={list.isLoading}
      words={{
        choose: t('form.connection.choose'),
        none: t('form.connection.none'),
        unknown: (name) => (list.isSuccess ? t('form.connection.gone', { name }) : name),
      }}
      add={
        canAdd
          ? {
              isOpen: panel === 'new',
              isPrimary: isLone && field.required === true,
              onClick: () => setPanel(panel === 'new' ? undefined : 'new'),
            }
          : undefined
      }
    >
      <ProblemBox error={list.error ?? about.error} retry={() => void list.refetch()} />
      {isGone && <p className="field-error">{t('form.connection.gone.hint')}</p>}
      {warning && !isQuiet && !error && !isGone && !isLone && !panel && <p className="field-warning">{warning}</p>}
      {chosen && panel === undefined && (
        <Chosen key={chosen.id} connection={chosen} onAgain={() => setPanel('again')} />
      )}
      {panel && about.data && (
        <ConnectionPanel
          key={panel}
          app={app}
          appLabel={about.data.label}
          type={type}
          connection={panel === 'again' ? chosen : undefined}
          onCancel={() => setPanel(undefined)}
          onDone={(c) => {
            set(c.id);
            setPanel(undefined);
          }}
        />
      )}
    </ResourceField>
  );
}
