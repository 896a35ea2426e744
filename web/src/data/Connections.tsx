import { useState } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { Plug, Plus } from 'lucide-react';
import { useList } from '../api/lists';
import type { Connection } from '../api/types';
import { useParameters } from '../app/router';
import { useMay, useSession } from '../app/session';
import { AppIcon, useModules } from '../parts/apps';
import { Button, Empty, Loading, Moment, More, Page } from '../parts/basics';
import { ConnectionForm } from '../parts/connection-form';
import { Panel } from '../parts/panel';
import { ProblemBox } from '../parts/problem';
import { useToaster } from '../parts/toasts';
import { useText } from '../text/text';
import { ConnectionPanel } from './ConnectionPanel';
import { SearchBox } from '../parts/search';
import './data.css';

/** The accounts of apps that scenarios of the team work with. */
export function Connections() {
  const { t } = useText();
  const { team } = useSession();
  const may = useMay();
  const [search, setSearch] = useState('');
  const [parameters, change] = useParameters();
  const list = useList<Connection>('connections', '/connections', { team, limit: 100, name: search.trim() });
  const open = parameters.get('open') ?? '';
  const items = list.items ?? [];
  const mayEdit = may('connection.edit');
  const none = list.isSuccess && items.length === 0 && !search;
  const add = (
    <Button look="primary" icon={<Plus aria-hidden />} onClick={() => change({ open: 'new' })}>
      {t('connections.new')}
    </Button>
  );
  return (
    <Page title={t('nav.connections')} lead={t('connections.lead')} actions={mayEdit && !none && add}>
      {list.error && <ProblemBox error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Loading />}
      {none && (
        <Empty icon={<Plug />} title={t('connections.none')}>
          <p>{t('connections.none.lead')}</p>
          {mayEdit ? add : <p className="soft">{t('data.ask')}</p>}
        </Empty>
      )}
      {list.isSuccess && !none && (
        <>
          <div className="tools">
            <SearchBox value={search} onChange={setSearch} label={t('connections.search')} />
          </div>
          <ul className="things" aria-label={t('nav.connections')}>
            {items.map((c) => (
              <Row key={c.id} connection={c} open={() => change({ open: String(c.id) })} current={open === `${c.id}`} />
            ))}
          </ul>
          {items.length === 0 && <p className="soft">{t('data.not-found', { text: search })}</p>}
          <More list={list} />
        </>
      )}
      {open === 'new' && mayEdit && (
        <NewConnection close={() => change({ open: '' })} open={(id) => change({ open: String(id) })} />
      )}
      {Number(open) > 0 && <ConnectionPanel key={open} id={Number(open)} onClose={() => change({ open: '' })} />}
    </Page>
  );
}

function Row({ connection: c, open, current }: { connection: Connection; open: () => void; current: boolean }) {
  const { t } = useText();
  const modules = useModules();
  return (
    <li className={current ? 'thing current' : 'thing'}>
      <AppIcon app={c.app} />
      <div className="thing-main">
        <button type="button" className="thing-name" onClick={open} aria-expanded={current}>
          {c.name}
        </button>
        <p className="soft">
          {modules.app(c.app)}
          {c.account && ` · ${c.account}`}
        </p>
      </div>
      <p className="thing-side">
        {c.verified ? (
          <>
            <span className="soft">{t('connections.verified')}</span> <Moment at={c.verified} />
          </>
        ) : (
          <span className="soft">{t('connections.unverified')}</span>
        )}
      </p>
    </li>
  );
}

function NewConnection({ close, open }: { close: () => void; open: (id: number) => void }) {
  const { t } = useText();
  const { team } = useSession();
  const client = useQueryClient();
  const toaster = useToaster();
  const done = (c: Connection) => {
    client.setQueryData(['connection', c.id], c);
    toaster.say(c.verified ? t('connections.accepted', { name: c.name }) : t('common.saved'));
    open(c.id);
  };
  return (
    <Panel title={t('connections.new')} lead={t('connections.new.lead')} onClose={close}>
      <ConnectionForm app="" team={team} onDone={done} onCancel={close} />
    </Panel>
  );
}
