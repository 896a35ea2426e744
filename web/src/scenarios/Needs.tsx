import { useState } from 'react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { api } from '../api/client';
import type { Connection, DataStore, Page } from '../api/types';
import { useMay, useSession } from '../app/session';
import { AppIcon, useModules } from '../parts/apps';
import { Button, SelectField } from '../parts/basics';
import { ConnectionForm } from '../parts/connection-form';
import { useText } from '../text/text';
import { fitting, needKey, type Need, type Offer } from './blueprint-file';

export type Chosen = Record<string, number>;

/** Stands for a data store that is made together with the scenario. */
export const makeOne = -1;

/** What the team has for the needs of a blueprint. */
export function useOffers() {
  const { team } = useSession();
  const connections = useQuery({
    queryKey: ['connections', 'all', team],
    queryFn: () => api.get<Page<Connection>>('/connections', { team, limit: 500 }),
  });
  const stores = useQuery({
    queryKey: ['datastores', 'all', team],
    queryFn: () => api.get<Page<DataStore>>('/datastores', { team, limit: 500 }),
  });
  const offers = (need: Pick<Need, 'kind' | 'app'>): Offer[] =>
    need.kind === 'datastore'
      ? (stores.data?.items ?? [])
      : (connections.data?.items.filter((c) => c.app === need.app) ?? []);
  return { ready: connections.isSuccess && stores.isSuccess, offers, error: connections.error ?? stores.error };
}

/** What is chosen for every need: by hand, else what fits. */
export function settled(needs: Need[], byHand: Chosen, offers: (need: Need) => Offer[]): Chosen {
  return Object.fromEntries(needs.map((n) => [needKey(n), byHand[needKey(n)] ?? fitting(n, offers(n))]));
}

interface ChoiceProps {
  kind: Need['kind'];
  app: string;
  label?: string;
  help?: string;
  offers: Offer[];
  value: number;
  onChange: (id: number) => void;
  /** Name of the data store that is made when none is chosen. */
  storeName: string;
  /** It can be left open until later. */
  optional: boolean;
}

/** Has a connection or a data store chosen; a connection that is not there is made here. */
export function NeedChoice({ kind, app, label, help, offers, value, onChange, storeName, optional }: ChoiceProps) {
  const { t } = useText();
  const { team } = useSession();
  const may = useMay();
  const modules = useModules();
  const client = useQueryClient();
  const [adding, setAdding] = useState(false);
  const isStore = kind === 'datastore';
  const took = async (id: number) => {
    await client.invalidateQueries({ queryKey: ['connections'] });
    onChange(id);
    setAdding(false);
  };
  return (
    <div className="need">
      <AppIcon app={app} />
      <div className="need-choice">
        <SelectField
          label={
            label ?? (isStore ? t('scenarios.needs.store') : t('scenarios.needs.connection', { app: modules.app(app) }))
          }
          help={help}
          value={value}
          onChange={(e) => onChange(Number(e.target.value))}
        >
          {isStore && may('datastore.edit') && (
            <option value={makeOne}>{t('scenarios.needs.store.new', { name: storeName })}</option>
          )}
          {(optional || value === 0) && (
            <option value={0}>
              {t(optional && offers.length > 0 ? 'scenarios.needs.later' : 'scenarios.needs.nothing')}
            </option>
          )}
          {offers.map((o) => (
            <option key={o.id} value={o.id}>
              {o.name}
            </option>
          ))}
        </SelectField>
        {!isStore && may('connection.edit') && !adding && (
          <Button icon={<Plus aria-hidden />} onClick={() => setAdding(true)}>
            {t('connections.new')}
          </Button>
        )}
      </div>
      {adding && (
        <div className="card need-form">
          <ConnectionForm app={app} team={team} onDone={(c) => void took(c.id)} onCancel={() => setAdding(false)} />
        </div>
      )}
    </div>
  );
}

interface NeedsProps {
  needs: Need[];
  chosen: Chosen;
  choose: (key: string, id: number) => void;
  offers: (need: Need) => Offer[];
  storeName: string;
}

/** Has a choice made for everything that a blueprint needs. */
export function Needs({ needs, chosen, choose, offers, storeName }: NeedsProps) {
  const { t } = useText();
  if (needs.length === 0) return null;
  return (
    <div className="needs">
      {needs.map((n) => {
        const list = offers(n);
        const isForeign = n.ref !== '' && !list.some((o) => o.name === n.ref);
        return (
          <NeedChoice
            key={needKey(n)}
            kind={n.kind}
            app={n.app}
            help={isForeign ? t('scenarios.needs.named', { ref: n.ref }) : undefined}
            offers={list}
            value={chosen[needKey(n)] ?? 0}
            onChange={(id) => choose(needKey(n), id)}
            storeName={storeName}
            optional
          />
        );
      })}
    </div>
  );
}
