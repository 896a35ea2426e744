import { useId, useState } from 'react';
import { Copy, Plus } from 'lucide-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../api/client';
import type { components } from '../api/schema';
import type { Page } from '../api/types';
import { useMay } from '../app/session';
import { Button } from '../parts/basics';
import { ProblemBox } from '../parts/problem';
import { useToaster } from '../parts/toasts';
import { useText } from '../text/text';
import { FieldFrame } from './FieldFrame';
import type { FieldProps } from './fieldProps';
import { useForm } from './formContext';
import { isBlank, same, textOf } from './values';

type Webhook = components['schemas']['Webhook'];
type NewAddress = components['schemas']['NewAddress'];

const most = 200;

/** The address of a webhook, which the server tells once. */
function Address({ path }: { path: string }) {
  const { t } = useText();
  const toaster = useToaster();
  const id = useId();
  const address = path.startsWith('/') ? location.origin + path : path;
  return (
    <div className="inner-panel good">
      <FieldFrame id={id} label={t('form.webhook.address')} help={t('form.webhook.once')}>
        <div className="choice">
          <input id={id} className="mono" readOnly value={address} onFocus={(e) => e.target.select()} />
          <Button
            icon={<Copy aria-hidden />}
            onClick={() =>
              void navigator.clipboard.writeText(address).then(() => toaster.say(t('common.copied')), toaster.fail)
            }
          >
            {t('common.copy')}
          </Button>
        </div>
      </FieldFrame>
    </div>
  );
}

/** The webhook that starts the scenario: one of its own, or a new one with its address. */
export function WebhookField({ field, value, set, error }: FieldProps) {
  const { t } = useText();
  const may = useMay();
  const { team, scenario, readOnly } = useForm();
  const client = useQueryClient();
  const id = useId();
  const [address, setAddress] = useState<{ id: number; path: string }>();
  const list = useQuery({
    queryKey: ['webhooks', 'form', team],
    queryFn: () => api.get<Page<Webhook>>('/webhooks', { team, limit: most }),
    enabled: may('webhook.view'),
  });
  const items = (list.data?.items ?? []).filter((w) => w.scenario === scenario && scenario !== 0);
  const chosen = items.find((w) => same(w.id, value));
  const done = (made: NewAddress) => {
    setAddress({ id: made.webhook.id, path: made.path });
    void client.invalidateQueries({ queryKey: ['webhooks'] });
    set(made.webhook.id);
  };
  const make = useMutation({
    mutationFn: () => api.post<NewAddress>('/webhooks', { name: field.label ?? t('form.webhook'), scenario }),
    onSuccess: done,
  });
  const rotate = useMutation({
    mutationFn: () => api.post<NewAddress>(`/webhooks/${chosen?.id ?? 0}/rotate`, {}),
    onSuccess: done,
  });
  if (scenario === 0) {
    return (
      <FieldFrame id={id} label={field.label ?? field.name} isRequired={field.required} isGroup>
        <p className="note">{t('form.webhook.save-first')}</p>
      </FieldFrame>
    );
  }
  const own = isBlank(value) || chosen ? undefined : textOf(value);
  const mayEdit = may('webhook.edit') && !readOnly;
  return (
    <div className="connection-field">
      <FieldFrame id={id} label={field.label ?? field.name} isRequired={field.required} help={field.help} error={error}>
        <div className="choice">
          <select
            id={id}
            disabled={readOnly}
            value={chosen ? String(chosen.id) : own === undefined ? '' : 'own'}
            onChange={(e) => set(e.target.value === '' ? undefined : Number(e.target.value))}
          >
            <option value="">{list.isPending ? t('common.loading') : t('form.choose')}</option>
            {own !== undefined && <option value="own">{t('form.webhook.other', { name: own })}</option>}
            {items.map((w) => (
              <option key={w.id} value={String(w.id)}>
                {w.name}
              </option>
            ))}
          </select>
          {mayEdit && (
            <Button icon={<Plus aria-hidden />} busy={make.isPending} onClick={() => make.mutate()}>
              {t('common.add')}
            </Button>
          )}
        </div>
      </FieldFrame>
      <ProblemBox error={make.error ?? rotate.error ?? list.error} />
      {chosen && address?.id !== chosen.id && mayEdit && (
        <p className="help">
          {t('form.webhook.told')}{' '}
          <button type="button" className="link" disabled={rotate.isPending} onClick={() => rotate.mutate()}>
            {t('form.webhook.rotate')}
          </button>
        </p>
      )}
      {address && <Address path={address.path} />}
    </div>
  );
}
