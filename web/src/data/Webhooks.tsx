import { useState } from 'react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Plus, Webhook as WebhookIcon } from 'lucide-react';
import { api } from '../api/client';
import { useList } from '../api/lists';
import type { NewAddress, Page as ListPage, Scenario, Webhook } from '../api/types';
import { Link, navigate } from '../app/router';
import { useMay, useSession } from '../app/session';
import { keepAddress } from '../parts/address';
import { Button, Empty, Loading, More, Page, SelectField, TextField } from '../parts/basics';
import { Panel } from '../parts/panel';
import { fieldError, ProblemBox } from '../parts/problem';
import { SearchBox } from '../parts/search';
import { useText } from '../text/text';
import { WebhookState } from './WebhookState';
import './data.css';

/** The names of the team's scenarios by number. */
export function useScenarioNames() {
  const { team } = useSession();
  return useQuery({
    queryKey: ['scenarios', 'names', team],
    queryFn: () => api.get<ListPage<Scenario>>('/scenarios', { team, limit: 500 }),
  });
}

/** The addresses at which services deliver to scenarios of the team. */
export function Webhooks() {
  const { t } = useText();
  const { team } = useSession();
  const mayEdit = useMay()('webhook.edit');
  const [search, setSearch] = useState('');
  const [making, setMaking] = useState(false);
  const list = useList<Webhook>('webhooks', '/webhooks', { team, limit: 100, name: search.trim() });
  const scenarios = useScenarioNames();
  const items = list.items ?? [];
  const none = list.isSuccess && items.length === 0 && !search;
  const add = (
    <Button look="primary" icon={<Plus aria-hidden />} onClick={() => setMaking(true)}>
      {t('webhooks.new')}
    </Button>
  );
  return (
    <Page title={t('nav.webhooks')} lead={t('webhooks.lead')} actions={mayEdit && !none && add}>
      {list.error && <ProblemBox error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Loading />}
      {none && (
        <Empty icon={<WebhookIcon />} title={t('webhooks.none')}>
          <p>{t('webhooks.none.lead')}</p>
          {mayEdit ? add : <p className="soft">{t('data.ask')}</p>}
        </Empty>
      )}
      {list.isSuccess && !none && (
        <>
          <div className="tools">
            <SearchBox value={search} onChange={setSearch} label={t('webhooks.search')} />
          </div>
          <ul className="things" aria-label={t('nav.webhooks')}>
            {items.map((w) => (
              <Row key={w.id} webhook={w} scenario={scenarios.data?.items.find((s) => s.id === w.scenario)} />
            ))}
          </ul>
          {items.length === 0 && <p className="soft">{t('data.not-found', { text: search })}</p>}
          <More list={list} />
        </>
      )}
      {making && <NewWebhook scenarios={scenarios.data?.items ?? []} close={() => setMaking(false)} />}
    </Page>
  );
}

function Row({ webhook: w, scenario }: { webhook: Webhook; scenario: Scenario | undefined }) {
  const { t } = useText();
  return (
    <li className="thing">
      <span className="thing-icon" aria-hidden>
        <WebhookIcon />
      </span>
      <div className="thing-main">
        <Link className="thing-name" href={`/webhooks/${w.id}`}>
          {w.name}
        </Link>
        <p className="soft">
          {t('webhooks.starts')}{' '}
          {scenario ? (
            <Link className="above" href={`/scenarios/${scenario.id}`}>
              {scenario.name}
            </Link>
          ) : (
            t('webhooks.no-scenario')
          )}
        </p>
      </div>
      <WebhookState webhook={w} />
      <dl className="thing-numbers">
        <div>
          <dt>{t('webhooks.waiting')}</dt>
          <dd>{t('data.number', { n: w.queued })}</dd>
        </div>
        <div>
          <dt>{t('webhooks.duplicates')}</dt>
          <dd>{t('data.number', { n: w.duplicates })}</dd>
        </div>
      </dl>
    </li>
  );
}

function NewWebhook({ scenarios, close }: { scenarios: Scenario[]; close: () => void }) {
  const { t, told } = useText();
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [scenario, setScenario] = useState(0);
  const make = useMutation({
    mutationFn: () => api.post<NewAddress>('/webhooks', { name: name.trim(), scenario }),
    onSuccess: async (made) => {
      keepAddress(client, made);
      await client.invalidateQueries({ queryKey: ['webhooks'] });
      navigate(`/webhooks/${made.webhook.id}`);
    },
  });
  return (
    <Panel title={t('webhooks.new')} lead={t('webhooks.new.lead')} onClose={close}>
      <form
        className="form"
        onSubmit={(e) => {
          e.preventDefault();
          make.mutate();
        }}
      >
        <TextField
          label={t('common.name')}
          required
          maxLength={200}
          value={name}
          placeholder={t('webhooks.name.example')}
          error={fieldError(make.error, 'name', told)}
          onChange={(e) => setName(e.target.value)}
        />
        <SelectField
          label={t('webhooks.scenario')}
          help={t('webhooks.scenario.help')}
          required
          value={scenario || ''}
          error={fieldError(make.error, 'scenario', told)}
          onChange={(e) => setScenario(Number(e.target.value))}
        >
          <option value="">{t('connections.form.choose')}</option>
          {scenarios.map((s) => (
            <option key={s.id} value={s.id}>
              {s.name}
            </option>
          ))}
        </SelectField>
        <ProblemBox error={make.error} fields={['name', 'scenario']} />
        <div className="row">
          <Button type="submit" look="primary" busy={make.isPending}>
            {t('webhooks.make')}
          </Button>
          <Button onClick={close}>{t('common.cancel')}</Button>
        </div>
      </form>
    </Panel>
  );
}
