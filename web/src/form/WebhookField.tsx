import { useId } from 'react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '../api/client';
import type { NewAddress } from '../api/types';
import { useMay } from '../app/session';
import { AddressOf, keepAddress } from '../parts/address';
import { ProblemBox } from '../parts/problem';
import { useWebhooksOf } from '../parts/webhooks';
import { useText } from '../text/text';
import { FieldFrame } from './FieldFrame';
import type { FieldProps } from './fieldProps';
import { useForm } from './formContext';
import { ResourceField } from './ResourceField';
import { same } from './values';

/** The webhook that starts the scenario: one of its own, or a new one with its address. */
export function WebhookField({ field, value, set, error }: FieldProps) {
  const { t } = useText();
  const may = useMay();
  const { team, scenario, readOnly } = useForm();
  const client = useQueryClient();
  const id = useId();
  const { list, items } = useWebhooksOf(team, scenario);
  // One that was made with the scenario starts it, though the blueprint does not name it.
  const chosen = items.find((w) => same(w.id, value)) ?? (items.length === 1 ? items[0] : undefined);
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
      {chosen && (
        <AddressOf
          webhook={chosen}
          other={
            mayEdit && (
              <p className="help">
                {t('form.webhook.told')}{' '}
                <button type="button" className="link" disabled={rotate.isPending} onClick={() => rotate.mutate()}>
                  {t('form.webhook.rotate')}
                </button>
              </p>
            )
          }
        />
      )}
    </ResourceField>
  );
}
