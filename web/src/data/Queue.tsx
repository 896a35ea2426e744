import { useState } from 'react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Inbox, RotateCcw, Trash2 } from 'lucide-react';
import { api } from '../api/client';
import { useList } from '../api/lists';
import type { QueueItem, Started, Webhook } from '../api/types';
import { useMay } from '../app/session';
import { Confirm } from '../parts/confirm';
import { Button, Empty, Loading, Moment, More } from '../parts/basics';
import { Panel } from '../parts/panel';
import { ProblemBox } from '../parts/problem';
import { useToaster } from '../parts/toasts';
import { readable, Value } from '../parts/value';
import { useText } from '../text/text';
import { bytes } from './bytes';

/** What waits for a webhook, the oldest first. */
export function Queue({ webhook: w }: { webhook: Webhook }) {
  const { t, language } = useText();
  const mayEdit = useMay()('webhook.edit');
  const list = useList<QueueItem>('webhooks', `/webhooks/${w.id}/queue`, { limit: 100 });
  const [marked, setMarked] = useState<number[]>([]);
  const [open, setOpen] = useState<number>();
  const [asked, setAsked] = useState<'marked' | 'all'>();
  const remove = useRemoval(w.id);
  const items = list.items ?? [];
  const chosen = marked.filter((id) => items.some((i) => i.id === id));
  if (list.isPending) return <Loading />;
  if (list.error) return <ProblemBox error={list.error} retry={() => void list.refetch()} />;
  if (items.length === 0)
    return (
      <Empty icon={<Inbox />} title={t('webhook.queue.none')}>
        <p>{t(w.paused ? 'webhook.queue.none.paused' : 'webhook.queue.none.lead')}</p>
      </Empty>
    );
  const mark = (id: number, on: boolean) => setMarked((all) => (on ? [...all, id] : all.filter((x) => x !== id)));
  return (
    <>
      <div className="tools">
        <p className="found" role="status">
          {t('webhook.queue.waits', { n: w.queued, bytes: bytes(w.queue_bytes, language) })}
        </p>
        {mayEdit && (
          <>
            {chosen.length > 0 && (
              <Button look="danger" icon={<Trash2 aria-hidden />} onClick={() => setAsked('marked')}>
                {t('webhook.queue.delete.marked', { n: chosen.length })}
              </Button>
            )}
            <Button icon={<Trash2 aria-hidden />} onClick={() => setAsked('all')}>
              {t('webhook.queue.delete.all')}
            </Button>
          </>
        )}
      </div>
      <ul className="things" aria-label={t('webhook.tab.queue')}>
        {items.map((item) => (
          <li key={item.id} className={open === item.id ? 'thing current' : 'thing'}>
            {mayEdit && (
              <input
                type="checkbox"
                className="above"
                aria-label={t('webhook.queue.mark', { id: item.id })}
                checked={chosen.includes(item.id)}
                onChange={(e) => mark(item.id, e.target.checked)}
              />
            )}
            <div className="thing-main">
              <button
                type="button"
                className="thing-name"
                aria-expanded={open === item.id}
                onClick={() => setOpen(item.id)}
              >
                {t('webhook.queue.item', { id: item.id })}
              </button>
            </div>
            {item.begun && <span className="status live">{t('webhook.queue.begun')}</span>}
            <span className="thing-side">
              <Moment at={item.received} />
            </span>
            <span className="thing-side number queue-bytes">{bytes(item.bytes, language)}</span>
          </li>
        ))}
      </ul>
      <More list={list} />
      {open !== undefined && (
        <Peek key={open} webhook={w} id={open} onClose={() => setOpen(undefined)} remove={() => remove([open])} />
      )}
      {asked && (
        <Confirm
          title={
            asked === 'all' ? t('webhook.queue.delete.all') : t('webhook.queue.delete.marked', { n: chosen.length })
          }
          act={() => remove(asked === 'all' ? 'all' : chosen)}
          confirm={t('common.delete')}
          onClose={() => setAsked(undefined)}
        >
          <p>{t('webhook.queue.delete.lead', { n: asked === 'all' ? w.queued : chosen.length })}</p>
        </Confirm>
      )}
    </>
  );
}

function useRemoval(webhook: number) {
  const { t } = useText();
  const client = useQueryClient();
  const toaster = useToaster();
  return async (which: number[] | 'all') => {
    const { removed } =
      which === 'all'
        ? await api.delete<{ removed: number }>(`/webhooks/${webhook}/queue`)
        : await api.post<{ removed: number }>(`/webhooks/${webhook}/queue/delete`, { ids: which });
    toaster.say(t('webhook.queue.deleted', { n: removed }));
    await client.invalidateQueries({ queryKey: ['webhooks'] });
  };
}

/** One payload, as a tree. */
function Peek({
  webhook: w,
  id,
  onClose,
  remove,
}: {
  webhook: Webhook;
  id: number;
  onClose: () => void;
  remove: () => Promise<void>;
}) {
  const { t, language } = useText();
  const mayEdit = useMay()('webhook.edit');
  const client = useQueryClient();
  const toaster = useToaster();
  const item = useQuery({
    queryKey: ['webhooks', w.id, 'queue', id],
    queryFn: () => api.get<QueueItem>(`/webhooks/${w.id}/queue/${id}`),
  });
  const bundles = item.data?.bundles ?? [];
  const again = useMutation({
    mutationFn: async () => {
      for (const bundle of bundles) await api.post<Started>(`/webhooks/${w.id}/test`, { bundle });
    },
    onSuccess: () => toaster.say(t('webhook.queue.again.done')),
    onError: toaster.fail,
    onSettled: () => client.invalidateQueries({ queryKey: ['webhooks'] }),
  });
  const drop = useMutation({ mutationFn: remove, onSuccess: onClose, onError: toaster.fail });
  const foot = mayEdit && item.data && (
    <div className="row">
      <Button icon={<RotateCcw aria-hidden />} busy={again.isPending} onClick={() => again.mutate()}>
        {t('webhook.queue.again')}
      </Button>
      <Button look="danger" icon={<Trash2 aria-hidden />} busy={drop.isPending} onClick={() => drop.mutate()}>
        {t('common.delete')}
      </Button>
    </div>
  );
  return (
    <Panel
      title={t('webhook.queue.item', { id })}
      lead={
        item.data && (
          <>
            <Moment at={item.data.received} /> · {bytes(item.data.bytes, language)}
          </>
        )
      }
      onClose={onClose}
      foot={foot}
      wide
    >
      {item.isPending && <Loading />}
      <ProblemBox error={item.error} />
      {bundles.map((b, i) => (
        <Value key={i} value={readable(b)} />
      ))}
    </Panel>
  );
}
