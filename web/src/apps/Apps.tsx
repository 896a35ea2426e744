import { useState } from 'react';
import { SearchX } from 'lucide-react';
import type { App } from '../api/types';
import { Link } from '../app/router';
import { AppIcon, useApps } from '../parts/apps';
import { Empty, Loading, Page } from '../parts/basics';
import { ProblemBox } from '../parts/problem';
import { SearchBox } from '../parts/search';
import { useText } from '../text/text';
import './apps.css';

function fits(app: App, words: string): boolean {
  const named = [app, ...app.modules].flatMap((x) => [x.label, x.original?.label, x.original?.about]);
  const all = [...named, app.description, ...app.modules.map((m) => m.summary)].join(' ');
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((w) => all.toLowerCase().includes(w));
}

/** All apps that scenarios can use: first those of services, then the tools. */
export function Apps() {
  const { t } = useText();
  const apps = useApps();
  const [words, setWords] = useState('');
  const found = apps.data?.items.filter((a) => fits(a, words)) ?? [];
  const services = found.filter((a) => !a.built_in);
  const tools = found.filter((a) => a.built_in);
  return (
    <Page
      title={t('nav.apps')}
      lead={t('apps.lead')}
      actions={<SearchBox label={t('apps.search')} value={words} onChange={setWords} />}
    >
      {apps.isPending && <Loading />}
      <ProblemBox error={apps.error} retry={() => void apps.refetch()} />
      <Group title={t('apps.services')} apps={services} />
      <Group title={t('apps.tools')} apps={tools} />
      {apps.data && found.length === 0 && (
        <Empty icon={<SearchX />} title={t('apps.none')}>
          <p className="soft">{t('apps.none.hint')}</p>
        </Empty>
      )}
    </Page>
  );
}

function Group({ title, apps }: { title: string; apps: App[] }) {
  if (apps.length === 0) return null;
  return (
    <section className="app-group">
      <h2>{title}</h2>
      <ul className="app-cards">
        {apps.map((app) => (
          <AppCard key={app.name} app={app} />
        ))}
      </ul>
    </section>
  );
}

function AppCard({ app }: { app: App }) {
  const { t } = useText();
  return (
    <li>
      <Link className="app-card" href={`/apps/${app.name}`}>
        <AppIcon app={app.name} />
        <span className="app-card-text">
          <span className="app-card-name">{app.label}</span>
          <span className="app-card-about">{app.description}</span>
          <span className="app-card-count">{t('apps.modules', { n: app.modules.length })}</span>
        </span>
      </Link>
    </li>
  );
}
