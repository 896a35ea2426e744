import { Plug, Play, Workflow } from 'lucide-react';
import type { ReactNode } from 'react';
import { useQuery } from '@tanstack/react-query';
import { api } from '../api/client';
import type { Connection, Page } from '../api/types';
import { Link } from '../app/router';
import { useMay, useSession } from '../app/session';
import { Button, Empty } from '../parts/basics';
import { useText } from '../text/text';

function Step({ icon, title, lead, children }: { icon: ReactNode; title: string; lead: string; children?: ReactNode }) {
  return (
    <li className="card step">
      <span className="empty-icon" aria-hidden>
        {icon}
      </span>
      <h2>{title}</h2>
      <p className="soft">{lead}</p>
      {children && <div className="row">{children}</div>}
    </li>
  );
}

/** What to do where there is no scenario yet, or one that may be an example: beside that one, less is offered. */
export function FirstSteps({ onImport, beside }: { onImport: () => void; beside?: boolean }) {
  const { t } = useText();
  const may = useMay();
  const { team } = useSession();
  const connections = useQuery({
    queryKey: ['connections', 'customerly', team],
    queryFn: () => api.get<Page<Connection>>('/connections', { team, app: 'customerly', limit: 1 }),
    enabled: may('connection.view'),
  });
  const connected = connections.data?.items[0];
  if (!may('scenario.edit'))
    return beside ? null : (
      <Empty icon={<Workflow />} title={t('scenarios.none')}>
        <p>{t('scenarios.none.view')}</p>
      </Empty>
    );
  return (
    <section aria-label={t('scenarios.first')} className={beside ? 'steps-beside' : undefined}>
      <p className="lead first-lead">{t(beside ? 'scenarios.first.own' : 'scenarios.first.lead')}</p>
      <ol className="steps">
        <Step
          icon={<Plug />}
          title={t('scenarios.first.connect')}
          lead={
            connected ? t('scenarios.first.connected', { name: connected.name }) : t('scenarios.first.connect.lead')
          }
        >
          {!(beside && connected) && (
            <Link
              className={connected ? 'button' : 'button primary'}
              href={connected ? '/connections' : '/connections?open=new'}
            >
              {connected ? t('nav.connections') : t('connections.new')}
            </Link>
          )}
        </Step>
        <Step icon={<Workflow />} title={t('scenarios.first.build')} lead={t('scenarios.first.build.lead')}>
          <Link className={connected ? 'button primary' : 'button'} href="/templates">
            {t('scenarios.first.template')}
          </Link>
          <Link className="button" href="/scenarios/new">
            {t('scenarios.first.empty')}
          </Link>
          {!beside && (
            <Button look="quiet" onClick={onImport}>
              {t('scenarios.import')}
            </Button>
          )}
        </Step>
        <Step icon={<Play />} title={t('scenarios.first.run')} lead={t('scenarios.first.run.lead')} />
      </ol>
    </section>
  );
}
