import { useId, type ReactNode } from 'react';
import { useQuery, type QueryClient } from '@tanstack/react-query';
import { api } from '../api/client';
import type { NewAddress, Webhook } from '../api/types';
import { useMay } from '../app/session';
import { useText } from '../text/text';
import { CopyButton } from './copy';
import { ProblemBox } from './problem';
import './address.css';

type Addressed = Pick<Webhook, 'id' | 'revision' | 'address_kept' | 'gone'>;

interface Told {
  path: string;
  /** Of the webhook that it is the address of: a later one may have another. */
  revision: number;
}

const placeOf = (webhook: number) => ['webhook-address', webhook];

/** Keeps an address that was told when it was made, until the page is loaded anew: in memory only, since it is a secret. */
export function keepAddress(client: QueryClient, made: NewAddress) {
  client.setQueryDefaults(['webhook-address'], { gcTime: Infinity, staleTime: Infinity });
  client.setQueryData<Told>(placeOf(made.webhook.id), { path: made.path, revision: made.webhook.revision });
}

interface AddressState {
  path?: string;
  error: unknown;
  /** It is being asked for. */
  isComing: boolean;
  retry: () => void;
}

/**
 * The address of a webhook, for those who may edit it: the server tells it again where it was kept. Asked for only once, since each answer
 * is written into the audit log.
 */
export function useAddress(w: Addressed | undefined): AddressState {
  const mayEdit = useMay()('webhook.edit');
  const { id, revision, address_kept: kept, gone } = w ?? { id: 0, revision: 0, address_kept: false, gone: true };
  const { data: told } = useQuery<Told>({ queryKey: placeOf(id), enabled: false });
  const isTold = told !== undefined && (!kept || told.revision >= revision);
  const asked = useQuery({
    queryKey: [...placeOf(id), revision],
    queryFn: () => api.get<{ path: string }>(`/webhooks/${id}/address`),
    enabled: mayEdit && kept && !gone && !isTold,
    staleTime: Infinity,
    gcTime: Infinity,
  });
  const path = gone ? undefined : isTold ? told.path : asked.data?.path;
  return { path, error: asked.error, isComing: asked.isLoading, retry: () => void asked.refetch() };
}

/** An address with a button that copies it, and what is to be known of it. */
export function Address({ path, children }: { path: string; children?: ReactNode }) {
  const { t } = useText();
  const id = useId();
  const whole = new URL(path, location.origin).href;
  return (
    <div className="hook-address">
      <label htmlFor={id}>{t('webhook.told.label')}</label>
      <div className="hook-address-line">
        <input id={id} className="mono" readOnly spellCheck={false} value={whole} onFocus={(e) => e.target.select()} />
        <CopyButton text={whole} />
      </div>
      {children}
    </div>
  );
}

/** The address of a webhook that was just made, with where it is found again. One that could not be kept is shown this once. */
export function NewlyMade({ made }: { made: NewAddress }) {
  const { t } = useText();
  return (
    <Address path={made.path}>
      {made.webhook.address_kept ? (
        <p className="help">{t('webhook.told.again', { name: made.webhook.name })}</p>
      ) : (
        <p className="note warn">{t('webhook.told.once')}</p>
      )}
    </Address>
  );
}

/** The address of a webhook that is there; other stands in its place where there is none to show. */
export function AddressOf({ webhook: w, other }: { webhook: Addressed; other: ReactNode }) {
  const { t } = useText();
  const mayEdit = useMay()('webhook.edit');
  const address = useAddress(w);
  if (address.path)
    return (
      <Address path={address.path}>
        {w.address_kept ? (
          <p className="help">{t('webhook.address.keep')}</p>
        ) : (
          <p className="note warn">{t('webhook.told.once')}</p>
        )}
      </Address>
    );
  if (!w.address_kept || w.gone) return other;
  if (!mayEdit) return <p className="help">{t('webhook.address.others')}</p>;
  if (address.isComing) return <p className="help">{t('common.loading')}</p>;
  return (
    <>
      <ProblemBox error={address.error} retry={address.retry} />
      {other}
    </>
  );
}
