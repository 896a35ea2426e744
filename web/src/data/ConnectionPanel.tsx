import { useState } from 'react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { KeyRound, Pencil, PlugZap, Trash2 } from 'lucide-react';
import { api } from '../api/client';
import { appQuery } from '../api/definitions';
import type { App, Connection, Page, Tested, Use } from '../api/types';
import { Link } from '../app/router';
import { useMay, useSession } from '../app/session';
import { useModules } from '../parts/apps';
import { Button, Loading, Moment } from '../parts/basics';
import { ConnectionForm } from '../parts/connection-form';
import { Dialog } from '../parts/dialog';
import { Panel } from '../parts/panel';
import { ProblemBox } from '../parts/problem';
import { useToaster } from '../parts/toasts';
import { useText } from '../text/text';
import { Rename } from '../parts/asking';
import { Confirm } from '../parts/confirm';

/** One connection: what it is, where it is used, and what can be done with it. */
export function ConnectionPanel({ id, onClose }: { id: number; onClose: () => void }) {
  const { t } = useText();
  const may = useMay();
  const { team } = useSession();
  const client = useQueryClient();
  const toaster = useToaster();
  const connection = useQuery({
    queryKey: ['connection', id],
    queryFn: () => api.get<Connection>(`/connections/${id}`),
  });
  const [renewing, setRenewing] = useState(false);
  const c = connection.data;
  if (!c)
    return (
      <Panel title={t('connections.one')} onClose={onClose}>
        {connection.error ? <ProblemBox error={connection.error} /> : <Loading />}
      </Panel>
    );
  const renewed = (fresh: Connection) => {
    client.setQueryData(['connection', id], fresh);
    toaster.say(t('connections.accepted', { name: fresh.name }));
    setRenewing(false);
  };
  return (
    <Panel title={c.name} lead={<Lead connection={c} />} onClose={onClose}>
      {renewing ? (
        <section className="form" aria-label={t('connections.renew')}>
          <h3>{t('connections.renew')}</h3>
          <p className="help">{t('connections.renew.lead')}</p>
          <ConnectionForm app={c.app} team={team} connection={c} onDone={renewed} onCancel={() => setRenewing(false)} />
        </section>
      ) : (
        <>
          <Facts connection={c} />
          <Uses id={id} />
          {may('connection.edit') && <Deeds connection={c} renew={() => setRenewing(true)} onClose={onClose} />}
        </>
      )}
    </Panel>
  );
}

function Lead({ connection: c }: { connection: Connection }) {
  const modules = useModules();
  return (
    <>
      {modules.app(c.app)}
      {c.account && ` · ${c.account}`}
    </>
  );
}

/** What is filled in, in the words of the form. */
function filledIn(c: Connection, app: App | undefined): string {
  const fields = app?.connections.find((x) => x.name === c.type)?.fields ?? [];
  return (c.fields ?? []).map((name) => fields.find((f) => f.name === name)?.label ?? name).join(', ');
}

function Facts({ connection: c }: { connection: Connection }) {
  const { t, language } = useText();
  const app = useQuery(appQuery(c.app, language));
  return (
    <dl className="facts">
      <div>
        <dt>{t('connections.verified')}</dt>
        <dd>{c.verified ? <Moment at={c.verified} /> : t('connections.unverified')}</dd>
      </div>
      <div>
        <dt>{t('connections.secrets')}</dt>
        <dd>{filledIn(c, app.data) || t('common.none')}</dd>
      </div>
      <div>
        <dt>{t('data.made')}</dt>
        <dd>
          <Moment at={c.created} />
        </dd>
      </div>
    </dl>
  );
}

function useUses(id: number) {
  return useQuery({
    queryKey: ['connections', id, 'uses'],
    queryFn: () => api.get<Page<Use>>(`/connections/${id}/uses`),
  });
}

function UseList({ uses }: { uses: Use[] }) {
  const { t } = useText();
  return (
    <ul className="bare">
      {uses.map((u) => (
        <li key={u.scenario}>
          <Link href={`/scenarios/${u.scenario}`}>{u.name}</Link>{' '}
          <span className="soft">
            {t('connections.modules', { n: u.modules.length })}
            {!u.named && ` · ${t('connections.stands-in')}`}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Uses({ id }: { id: number }) {
  const { t } = useText();
  const uses = useUses(id);
  return (
    <section className="stack close-stack">
      <h3>{t('connections.uses')}</h3>
      <ProblemBox error={uses.error} />
      {uses.isPending && <Loading />}
      {uses.data?.items.length === 0 && <p className="soft">{t('connections.unused')}</p>}
      {uses.data && uses.data.items.length > 0 && <UseList uses={uses.data.items} />}
    </section>
  );
}

function Deeds({ connection: c, renew, onClose }: { connection: Connection; renew: () => void; onClose: () => void }) {
  const { t } = useText();
  const client = useQueryClient();
  const toaster = useToaster();
  const [asking, setAsking] = useState<'rename' | 'delete'>();
  const test = useMutation({
    mutationFn: () => api.post<Tested>(`/connections/${c.id}/test`),
    onSuccess: ({ connection, called }) => {
      client.setQueryData(['connection', c.id], connection);
      void client.invalidateQueries({ queryKey: ['connections'] });
      toaster.say(called ? t('connections.works', { name: c.name }) : t('connections.no-test'));
    },
  });
  const rename = async (name: string) => {
    client.setQueryData(['connection', c.id], await api.patch(`/connections/${c.id}`, { name }, c.revision));
    await client.invalidateQueries({ queryKey: ['connections'] });
  };
  return (
    <>
      <ProblemBox error={test.error} />
      <div className="row">
        <Button icon={<PlugZap aria-hidden />} busy={test.isPending} onClick={() => test.mutate()}>
          {t('connections.test')}
        </Button>
        <Button icon={<KeyRound aria-hidden />} onClick={renew}>
          {t('connections.renew')}
        </Button>
        <Button icon={<Pencil aria-hidden />} onClick={() => setAsking('rename')}>
          {t('common.rename')}
        </Button>
        <Button look="danger" icon={<Trash2 aria-hidden />} onClick={() => setAsking('delete')}>
          {t('common.delete')}
        </Button>
      </div>
      {asking === 'rename' && <Rename name={c.name} save={rename} onClose={() => setAsking(undefined)} />}
      {asking === 'delete' && <Delete connection={c} onClose={() => setAsking(undefined)} onGone={onClose} />}
    </>
  );
}

function Delete({
  connection: c,
  onClose,
  onGone,
}: {
  connection: Connection;
  onClose: () => void;
  onGone: () => void;
}) {
  const { t } = useText();
  const client = useQueryClient();
  const uses = useUses(c.id);
  const all = uses.data?.items ?? [];
  const named = all.filter((u) => u.named);
  const remove = async () => {
    await api.delete(`/connections/${c.id}`);
    onGone();
    client.removeQueries({ queryKey: ['connection', c.id] });
    await client.invalidateQueries({ queryKey: ['connections'] });
  };
  if (named.length > 0)
    return (
      <Dialog title={t('connections.delete.used', { name: c.name })} onConfirm={onClose} onClose={onClose}>
        <p>{t('connections.delete.used.lead')}</p>
        <UseList uses={named} />
      </Dialog>
    );
  return (
    <Confirm
      title={t('connections.delete', { name: c.name })}
      act={remove}
      confirm={t('common.delete')}
      onClose={onClose}
    >
      <p>{t('connections.delete.lead')}</p>
      {all.length > 0 && (
        <>
          <p className="note warn">{t('connections.delete.stands-in')}</p>
          <UseList uses={all} />
        </>
      )}
    </Confirm>
  );
}
