import { useState } from 'react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { RotateCw, Send } from 'lucide-react';
import { api } from '../api/client';
import type { NewAddress, Started, Webhook } from '../api/types';
import { Link } from '../app/router';
import { useMay } from '../app/session';
import { AddressOf, keepAddress } from '../parts/address';
import { AreaField, Button } from '../parts/basics';
import { Confirm } from '../parts/confirm';
import { ProblemBox } from '../parts/problem';
import { useText } from '../text/text';
import { sampleDelivery } from './sample';

/** How a service is told where to deliver, and a delivery to try with. */
export function WebhookSetup({ webhook: w }: { webhook: Webhook }) {
  const mayEdit = useMay()('webhook.edit');
  return (
    <div className="columns">
      <div className="stack">
        <AddressCard webhook={w} mayEdit={mayEdit} />
        <Steps />
      </div>
      {mayEdit && !w.gone && <Try webhook={w} />}
    </div>
  );
}

function AddressCard({ webhook: w, mayEdit }: { webhook: Webhook; mayEdit: boolean }) {
  const { t } = useText();
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const rotate = async () => {
    keepAddress(client, await api.post<NewAddress>(`/webhooks/${w.id}/rotate`, {}));
    await client.invalidateQueries({ queryKey: ['webhooks'] });
  };
  return (
    <section className="card stack" aria-labelledby="webhook-address">
      <h2 id="webhook-address">{t('webhook.address')}</h2>
      <AddressOf
        webhook={w}
        other={
          <>
            {(w.gone || !w.address_kept) && <p>{t(w.gone ? 'webhook.address.gone' : 'webhook.address.secret')}</p>}
            {mayEdit && !w.gone && (
              <div>
                <Button icon={<RotateCw aria-hidden />} onClick={() => setAsking(true)}>
                  {t('webhook.rotate')}
                </Button>
              </div>
            )}
          </>
        }
      />
      {asking && (
        <Confirm
          title={t('webhook.rotate.title')}
          act={rotate}
          confirm={t('webhook.rotate')}
          onClose={() => setAsking(false)}
        >
          <p>{t('webhook.rotate.lead')}</p>
        </Confirm>
      )}
    </section>
  );
}

function Steps() {
  const { t } = useText();
  return (
    <section className="card stack" aria-labelledby="webhook-steps">
      <h2 id="webhook-steps">{t('webhook.steps')}</h2>
      <ol className="numbered">
        <li>{t('webhook.steps.copy')}</li>
        <li>{t('webhook.steps.open')}</li>
        <li>{t('webhook.steps.paste')}</li>
        <li>{t('webhook.steps.events')}</li>
        <li>{t('webhook.steps.try')}</li>
      </ol>
      <p className="help">{t('webhook.steps.others')}</p>
    </section>
  );
}

function parsed(text: string): { bundle: unknown } | { error: string } {
  try {
    return { bundle: JSON.parse(text) as unknown };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

function Try({ webhook: w }: { webhook: Webhook }) {
  const { t } = useText();
  const client = useQueryClient();
  const [text, setText] = useState(sampleDelivery);
  const [problem, setProblem] = useState<string>();
  const send = useMutation({
    mutationFn: (bundle: unknown) => api.post<Started>(`/webhooks/${w.id}/test`, { bundle }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['webhooks'] }),
  });
  const deliver = () => {
    const read = parsed(text);
    setProblem('error' in read ? read.error : undefined);
    if ('bundle' in read) send.mutate(read.bundle);
  };
  return (
    <section className="card stack" aria-labelledby="webhook-try">
      <h2 id="webhook-try">{t('webhook.try')}</h2>
      <p className="soft">{t('webhook.try.lead')}</p>
      <AreaField
        label={t('webhook.try.body')}
        className="mono code"
        spellCheck={false}
        rows={16}
        value={text}
        error={problem && t('data.json', { problem })}
        onChange={(e) => setText(e.target.value)}
      />
      <ProblemBox error={send.error} />
      <div className="row">
        <Button look="primary" icon={<Send aria-hidden />} busy={send.isPending} onClick={deliver}>
          {t('webhook.try.do')}
        </Button>
        <p role="status">
          {send.data &&
            (send.data.live ? (
              <>
                {t('webhook.try.done')}{' '}
                <Link href={`/history/${send.data.execution}`}>
                  {t('webhook.try.execution', { n: send.data.execution })}
                </Link>
              </>
            ) : (
              t('webhook.try.waits')
            ))}
        </p>
      </div>
    </section>
  );
}
