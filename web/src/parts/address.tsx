import { useId } from 'react';
import { useQuery, type QueryClient } from '@tanstack/react-query';
import type { NewAddress } from '../api/types';
import { useText } from '../text/text';
import { CopyButton } from './copy';
import './address.css';

const placeOf = (webhook: number) => ['webhook-address', webhook];

/** Keeps an address that was told once, until the page is loaded anew: in memory only, since it is a secret. */
export function keepAddress(client: QueryClient, made: NewAddress) {
  client.setQueryDefaults(['webhook-address'], { gcTime: Infinity, staleTime: Infinity });
  client.setQueryData(placeOf(made.webhook.id), made.path);
}

/** The address of a webhook that was told since the page was loaded. */
export function useKeptAddress(webhook: number): string | undefined {
  const { data } = useQuery<string>({ queryKey: placeOf(webhook), enabled: false });
  return data;
}

/** An address with a button that copies it. */
export function Address({ path }: { path: string }) {
  const { t } = useText();
  const id = useId();
  const whole = new URL(path, location.origin).href;
  return (
    <div className="hook-address">
      <label htmlFor={id}>{t('webhook.told.label')}</label>
      <div className="hook-address-line">
        <input id={id} className="mono" readOnly value={whole} onFocus={(e) => e.target.select()} />
        <CopyButton text={whole} />
      </div>
      <p className="note warn">{t('webhook.told.once')}</p>
    </div>
  );
}
