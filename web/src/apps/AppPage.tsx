import { useState } from 'react';
import { useQuery } from '@tanstack/react-query';
import { ArrowLeft, Plug, SearchX } from 'lucide-react';
import { appQuery } from '../api/definitions';
import type { App, ConnectionType } from '../api/types';
import { Link, useParameters } from '../app/router';
import type { Match } from '../app/routes';
import { useMay } from '../app/session';
import { AppIcon } from '../parts/apps';
import { Empty, Loading, Page } from '../parts/basics';
import { ProblemBox } from '../parts/problem';
import { SearchBox } from '../parts/search';
import { useText } from '../text/text';
import { FieldList } from './FieldList';
import { ModuleRow } from './ModuleRow';
import { groupModules, kindHelp, kindWord } from './words';
import './apps.css';

/** The page of one app, made of its definition: what it needs, and what each of its modules does, asks for and gives. */
export function AppPage({ text: name }: Match) {
  const { t, language } = useText();
  const app = useQuery(appQuery(name, language));
  if (!app.data) {
    return (
      <Page title={t('nav.apps')}>
        {app.isPending && <Loading />}
        <ProblemBox error={app.error} retry={() => void app.refetch()} />
      </Page>
    );
  }
  return (
    <>
      <p className="back">
        <Link href="/apps">
          <ArrowLeft aria-hidden /> {t('apps.back')}
        </Link>
      </p>
      <Page title={app.data.label} lead={app.data.description} actions={<AppIcon app={app.data.name} />}>
        {app.data.connections.map((c) => (
          <Connecting key={c.name} connection={c} />
        ))}
        <Modules app={app.data} />
      </Page>
    </>
  );
}

function Connecting({ connection }: { connection: ConnectionType }) {
  const { t } = useText();
  const may = useMay();
  return (
    <section className="card stack app-connection" aria-labelledby={`connection-${connection.name}`}>
      <div className="row spread">
        <h2 id={`connection-${connection.name}`}>{t('apps.connection')}</h2>
        {may('connection.edit') && (
          <Link className="button" href="/connections">
            <Plug aria-hidden /> {t('apps.connect')}
          </Link>
        )}
      </div>
      <p className="soft">{t('apps.connection.lead')}</p>
      <FieldList fields={connection.fields} label={t('apps.connection')} />
    </section>
  );
}

function Modules({ app }: { app: App }) {
  const { t } = useText();
  const [parameters] = useParameters();
  const [words, setWords] = useState('');
  const groups = groupModules(app.modules, words);
  const opened = parameters.get('module');
  return (
    <>
      <div className="row spread app-modules-head">
        <h2>{t('apps.modules', { n: app.modules.length })}</h2>
        {app.modules.length > 5 && <SearchBox label={t('apps.search-modules')} value={words} onChange={setWords} />}
      </div>
      {groups.map(({ kind, modules }) => (
        <section key={kind} className="module-group" aria-label={kindWord(kind, t)}>
          <h3>{kindWord(kind, t)}</h3>
          <p className="help">{kindHelp(kind, t)}</p>
          <div className="module-list">
            {modules.map((m) => (
              <ModuleRow key={m.module} module={m} initiallyOpen={m.module === `${app.name}:${opened}`} />
            ))}
          </div>
        </section>
      ))}
      {groups.length === 0 && <Empty icon={<SearchX />} title={t('apps.no-modules')} />}
    </>
  );
}
