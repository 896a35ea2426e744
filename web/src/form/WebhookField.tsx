import { useId } from 'react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../api/client';
import type { NewAddress, Page, Webhook } from '../api/types';
import { useMay } from '../app/session';
import { Address, keepAddress, useKeptAddress } from '../parts/address';
import { ProblemBox } from '../parts/problem';
import { useText } from '../text/text';
import { FieldFrame } from './FieldFrame';
import type { FieldProps } from './fieldProps';
import { useForm } from './formContext';
import { ResourceField } from './ResourceField';
import { same } from './values';

const most = 200;

/** The webhook that starts the scenario: one of its own, or a new one with its address. */
export function WebhookField({ field, value, set, error }: FieldProps) {
  const { t } = useText();
  const may = useMay();
  const { team, scenario, readOnly } = useForm();
  const client = useQueryClient();
  const id = useId();
  const list = useQuery({
    queryKey: ['webhooks', 'form', team],
    queryFn: () => api.get<Page<Webhook>>('/webhooks', { team, limit: most }),
    enabled: may('webhook.view'),
  });
  const items = (list.data?.items ?? []).filter((w) => w.scenario === scenario && scenario !== 0);
  const chosen = items.find((w) => same(w.id, value));
  const address = useKeptAddress(chosen?.id ?? 0);
  const done = (made: NewAddress) => {
    keepAddress(client, made);
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
  const mayEdit = may('webhook.edit') && !readOnly;
  return (
    <ResourceField
      {...{ field, value, set, error, items, chosen }}
      isPending={list.isLoading}
      words={{ unknown: (name) => t('form.webhook.other', { name }) }}
      add={mayEdit ? { isBusy: make.isPending, onClick: () => make.mutate() } : undefined}
    >
      <ProblemBox error={make.error ?? rotate.error ?? list.error} />
      {address ? (
        <Address path={address} />
      ) : (
        chosen &&
        mayEdit && (
          <p className="help">
            {t('form.webhook.told')}{' '}
            <button type="button" className="link" disabled={rotate.isPending} onClick={() => rotate.mutate()}>
              {t('form.webhook.rotate')}
            </button>
          </p>
        )
      )}
    </ResourceField>
  );
}
