import { useQuery } from '@tanstack/react-query';
import { LayoutTemplate } from 'lucide-react';
import { templatesQuery } from '../api/definitions';
import type { Template } from '../api/types';
import { Link, useParameters } from '../app/router';
import { useMay } from '../app/session';
import { AppChain, useModules } from '../parts/apps';
import { Button, Empty, Loading, Page } from '../parts/basics';
import { ProblemBox } from '../parts/problem';
import { useText } from '../text/text';
import { inSentence } from './template';
import { UseTemplate } from './UseTemplate';
import './scenarios.css';

/** Scenarios to begin with. */
export function Templates() {
  const { t, language } = useText();
  const mayEdit = useMay()('scenario.edit');
  const [parameters, change] = useParameters();
  const list = useQuery(templatesQuery(language));
  const used = parameters.get('use') ?? '';
  return (
    <Page
      title={t('nav.templates')}
      lead={t('templates.lead')}
      actions={
        mayEdit && (
          <Link className="button" href="/scenarios/new">
            {t('scenarios.first.empty')}
          </Link>
        )
      }
    >
      {list.isPending && <Loading />}
      {list.error && <ProblemBox error={list.error} retry={() => void list.refetch()} />}
      {list.data?.items.length === 0 && <Empty icon={<LayoutTemplate />} title={t('templates.none')} />}
      <ul className="templates">
        {list.data?.items.map((x) => (
          <Card key={x.name} template={x} use={mayEdit ? () => change({ use: x.name }) : undefined} />
        ))}
      </ul>
      {used && mayEdit && <UseTemplate key={used} name={used} onClose={() => change({ use: '' })} />}
    </Page>
  );
}

/** What a template asks for, in words. */
function useAsked(): (template: Template) => string {
  const { t, language } = useText();
  const modules = useModules();
  const list = new Intl.ListFormat(language, { type: 'conjunction' });
  return ({ choose }) =>
    list.format(
      choose.map((c) => {
        if (c.kind === 'connection') return t('templates.asks.connection', { app: modules.app(c.app ?? '') });
        return c.kind === 'datastore' ? t('templates.asks.store') : inSentence(c.label);
      }),
    );
}

function Card({ template: x, use }: { template: Template; use: (() => void) | undefined }) {
  const { t } = useText();
  const asked = useAsked();
  return (
    <li className="card template-card">
      <AppChain modules={x.modules} arrows />
      <h2>{x.title}</h2>
      <p>{x.description}</p>
      <p className="help">{x.choose.length > 0 && t('templates.asks', { what: asked(x) })}</p>
      {use && (
        <div>
          <Button look="primary" aria-label={t('templates.use.of', { name: x.title })} onClick={use}>
            {t('templates.use')}
          </Button>
        </div>
      )}
    </li>
  );
}
