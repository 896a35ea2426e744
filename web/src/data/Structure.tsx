import { useState } from 'react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { GraduationCap, Pencil, Square } from 'lucide-react';
import { api } from '../api/client';
import type { Learning, Webhook } from '../api/types';
import { useMay } from '../app/session';
import { Button, Loading, Moment } from '../parts/basics';
import { ProblemBox } from '../parts/problem';
import { fieldsOf, isWrong, tidyFields, type StructureField } from '../parts/structure';
import { StructureEditor } from '../parts/structure-editor';
import { useToaster } from '../parts/toasts';
import { useText } from '../text/text';
import { FieldTree } from './FieldTree';
import { tidy, type Settings } from './settings';

const watchMS = 2000;

/** What the bundles of a webhook look like: learned of what arrives, and kept for mapping and checking. */
export function Structure({ webhook: w }: { webhook: Webhook }) {
  const { t } = useText();
  const mayEdit = useMay()('webhook.edit') && !w.gone;
  const learning = useQuery({
    queryKey: ['webhooks', w.id, 'learning'],
    queryFn: () => api.get<Learning>(`/webhooks/${w.id}/learning`),
    refetchInterval: (q) => (q.state.data?.active ? watchMS : false),
  });
  const l = learning.data;
  const learned = fieldsOf(l?.fields);
  if (!l) return learning.error ? <ProblemBox error={learning.error} /> : <Loading />;
  return (
    <div className="columns">
      <section className="card stack" aria-labelledby="learning">
        <h2 id="learning">{t('webhook.learn.title')}</h2>
        <p className="soft">{t('webhook.learn.lead')}</p>
        {l.active && (
          <p className="note" role="status">
            {t('webhook.learn.active', { n: l.samples })} <span className="soft">{t('webhook.learn.until')}</span>{' '}
            <Moment at={l.until} />
          </p>
        )}
        {mayEdit && <Deeds webhook={w} learning={l} />}
        {learned.length > 0 ? (
          <>
            <h3>{t('webhook.learn.learned', { n: l.samples })}</h3>
            <FieldTree fields={learned} />
          </>
        ) : (
          <p className="soft">{t('webhook.learn.nothing')}</p>
        )}
      </section>
      <Kept webhook={w} mayEdit={mayEdit} />
    </div>
  );
}

/** The structure in use: learned and kept, or written by hand. */
function Kept({ webhook: w, mayEdit }: { webhook: Webhook; mayEdit: boolean }) {
  const { t } = useText();
  const client = useQueryClient();
  const toaster = useToaster();
  const settings = (w.settings ?? {}) as Settings;
  const kept = fieldsOf(settings.structure);
  const [draft, setDraft] = useState<StructureField[]>();
  const [tried, setTried] = useState(false);
  const save = useMutation({
    mutationFn: (fields: StructureField[]) => {
      const structure = fields.length > 0 ? tidyFields(fields) : undefined;
      return api.patch<Webhook>(`/webhooks/${w.id}`, { settings: tidy({ ...settings, structure }) }, w.revision);
    },
    onSuccess: (saved) => {
      client.setQueryData(['webhooks', w.id], saved);
      void client.invalidateQueries({ queryKey: ['webhooks', 'form'] });
      toaster.say(t('webhook.learn.saved'));
      setDraft(undefined);
    },
    // What was typed stays; with the newest revision it can be saved again.
    onError: () => void client.invalidateQueries({ queryKey: ['webhooks'] }),
  });
  const submit = (fields: StructureField[]) => {
    setTried(true);
    if (!isWrong(fields)) save.mutate(fields);
  };
  return (
    <section className="card stack" aria-labelledby="kept">
      <h2 id="kept">{t('webhook.learn.kept')}</h2>
      {draft ? (
        <>
          <StructureEditor title={t('stores.field.title')} fields={draft} onChange={setDraft} shows={tried} />
          <ProblemBox error={save.error} />
          <div className="row">
            <Button look="primary" busy={save.isPending} onClick={() => submit(draft)}>
              {t('common.save')}
            </Button>
            <Button onClick={() => setDraft(undefined)}>{t('common.cancel')}</Button>
          </div>
        </>
      ) : (
        <>
          {kept.length > 0 ? <FieldTree fields={kept} /> : <p className="soft">{t('webhook.learn.kept.none')}</p>}
          {mayEdit && (
            <div>
              <Button icon={<Pencil aria-hidden />} onClick={() => setDraft(kept)}>
                {t(kept.length > 0 ? 'form.structure.edit' : 'form.structure.define')}
              </Button>
            </div>
          )}
        </>
      )}
    </section>
  );
}

function Deeds({ webhook: w, learning: l }: { webhook: Webhook; learning: Learning }) {
  const { t } = useText();
  const client = useQueryClient();
  const toaster = useToaster();
  const again = () => client.invalidateQueries({ queryKey: ['webhooks'] });
  const start = useMutation({
    mutationFn: () => api.post(`/webhooks/${w.id}/learning`),
    onError: toaster.fail,
    onSettled: again,
  });
  const stop = useMutation({
    mutationFn: (keep: boolean) => api.post(`/webhooks/${w.id}/learning/stop`, { keep }),
    onSuccess: (_, keep) => keep && toaster.say(t('webhook.learn.saved')),
    onError: toaster.fail,
    onSettled: again,
  });
  const hasLearned = fieldsOf(l.fields).length > 0;
  return (
    <div className="row">
      {!l.active && (
        <Button
          look={hasLearned ? 'plain' : 'primary'}
          icon={<GraduationCap aria-hidden />}
          busy={start.isPending}
          onClick={() => start.mutate()}
        >
          {t('webhook.learn.start')}
        </Button>
      )}
      {hasLearned && (
        <Button look="primary" busy={stop.isPending} onClick={() => stop.mutate(true)}>
          {t('webhook.learn.keep')}
        </Button>
      )}
      {l.active && (
        <Button icon={<Square aria-hidden />} busy={stop.isPending} onClick={() => stop.mutate(false)}>
          {t('webhook.learn.stop')}
        </Button>
      )}
    </div>
  );
}
