import { useState } from 'react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Pause, Pencil, Play, RotateCw, Trash2 } from 'lucide-react';
import { api } from '../api/client';
import type { NewAddress, Webhook } from '../api/types';
import { Link, navigate, useParameters } from '../app/router';
import type { Match } from '../app/routes';
import { useMay } from '../app/session';
import { keepAddress } from '../parts/address';
import { Rename } from '../parts/asking';
import { Confirm } from '../parts/confirm';
import { Button, Loading, Page } from '../parts/basics';
import { Menu } from '../parts/menu';
import { ProblemBox } from '../parts/problem';
import { Tabs } from '../parts/tabs';
import { useToaster } from '../parts/toasts';
import { useText, type Key } from '../text/text';
import { Queue } from './Queue';
import { Structure } from './Structure';
import { useScenarioNames } from './Webhooks';
import { WebhookSettings } from './WebhookSettings';
import { WebhookSetup } from './WebhookSetup';
import { WebhookState } from './WebhookState';
import './data.css';

const refreshMS = 4000;
const tabs = ['setup', 'queue', 'structure', 'settings'] as const;
const tabTexts: Record<(typeof tabs)[number], Key> = {
  setup: 'webhook.tab.setup',
  queue: 'webhook.tab.queue',
  structure: 'webhook.tab.structure',
  settings: 'webhook.tab.settings',
};

/** One webhook: how a service is told of it, what waits, what was learned, what it accepts. */
export function WebhookPage({ id }: Match) {
  const { t } = useText();
  const webhook = useQuery({
    queryKey: ['webhooks', id],
    queryFn: () => api.get<Webhook>(`/webhooks/${id}`),
    refetchInterval: refreshMS, // what waits changes by itself
  });
  if (webhook.data) return <Found webhook={webhook.data} />;
  return (
    <Page title={t('webhooks.one')}>
      {webhook.error ? <ProblemBox error={webhook.error} retry={() => void webhook.refetch()} /> : <Loading />}
    </Page>
  );
}

function Found({ webhook: w }: { webhook: Webhook }) {
  const { t } = useText();
  const may = useMay();
  const scenarios = useScenarioNames();
  const [parameters, change] = useParameters();
  const tab = tabs.find((x) => x === parameters.get('tab')) ?? 'setup';
  const scenario = scenarios.data?.items.find((s) => s.id === w.scenario);
  const lead = (
    <span className="row webhook-lead">
      <WebhookState webhook={w} />
      <span>
        {t('webhooks.starts')}{' '}
        {scenario ? <Link href={`/scenarios/${scenario.id}`}>{scenario.name}</Link> : t('webhooks.no-scenario')}
      </span>
    </span>
  );
  return (
    <Page title={w.name} lead={lead} actions={may('webhook.edit') && !w.gone && <Deeds webhook={w} />}>
      <Tabs
        label={w.name}
        current={tab}
        onChange={(x) => change({ tab: x === 'setup' ? '' : x })}
        tabs={tabs.map((name) => ({
          name,
          text: (
            <>
              {t(tabTexts[name])}
              {name === 'queue' && w.queued > 0 && <span className="count">{t('data.number', { n: w.queued })}</span>}
            </>
          ),
        }))}
      >
        {tab === 'setup' && <WebhookSetup webhook={w} />}
        {tab === 'queue' && <Queue webhook={w} />}
        {tab === 'structure' && <Structure webhook={w} />}
        {tab === 'settings' && <WebhookSettings webhook={w} />}
      </Tabs>
    </Page>
  );
}

/** What is done to the webhook as a whole. */
function Deeds({ webhook: w }: { webhook: Webhook }) {
  const { t } = useText();
  const client = useQueryClient();
  const toaster = useToaster();
  const [asked, setAsked] = useState<'rename' | 'rotate' | 'delete'>();
  const close = () => setAsked(undefined);
  const again = () => client.invalidateQueries({ queryKey: ['webhooks'] });
  const pause = useMutation({
    mutationFn: (paused: boolean) => api.patch(`/webhooks/${w.id}`, { paused }),
    onSuccess: (_, paused) => toaster.say(t(paused ? 'webhook.paused' : 'webhook.resumed')),
    onError: toaster.fail,
    onSettled: again,
  });
  const rename = async (name: string) => {
    await api.patch(`/webhooks/${w.id}`, { name }, w.revision);
    await again();
  };
  const rotate = async () => {
    keepAddress(client, await api.post<NewAddress>(`/webhooks/${w.id}/rotate`, {}));
    await again();
    navigate(`/webhooks/${w.id}`);
    toaster.say(t('webhook.rotated'));
  };
  const remove = async () => {
    await api.delete(`/webhooks/${w.id}`);
    navigate('/webhooks');
    await again();
  };
  return (
    <>
      <Button
        icon={w.paused ? <Play aria-hidden /> : <Pause aria-hidden />}
        busy={pause.isPending}
        onClick={() => pause.mutate(!w.paused)}
      >
        {t(w.paused ? 'webhook.resume' : 'webhook.pause')}
      </Button>
      <Menu
        label={t('data.more', { name: w.name })}
        choices={[
          { text: t('common.rename'), icon: <Pencil aria-hidden />, act: () => setAsked('rename') },
          { text: t('webhook.rotate'), icon: <RotateCw aria-hidden />, act: () => setAsked('rotate') },
          {
            text: t('common.delete'),
            icon: <Trash2 aria-hidden />,
            danger: true,
            apart: true,
            act: () => setAsked('delete'),
          },
        ]}
      />
      {asked === 'rename' && <Rename name={w.name} save={rename} onClose={close} />}
      {asked === 'rotate' && (
        <Confirm title={t('webhook.rotate.title')} act={rotate} confirm={t('webhook.rotate')} onClose={close}>
          <p>{t('webhook.rotate.lead')}</p>
        </Confirm>
      )}
      {asked === 'delete' && (
        <Confirm
          title={t('webhook.delete', { name: w.name })}
          act={remove}
          confirm={t('common.delete')}
          onClose={close}
        >
          <p>{t('webhook.delete.lead')}</p>
          {w.queued > 0 && <p className="note warn">{t('webhook.delete.queued', { n: w.queued })}</p>}
        </Confirm>
      )}
    </>
  );
}
