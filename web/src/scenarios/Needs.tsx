import { useState } from 'react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { api } from '../api/client';
import type { Connection, DataStore, Page } from '../api/types';
import { useMay, useSession } from '../app/session';
import { AppIcon, useModules } from '../parts/apps';
import { Button, SelectField } from '../parts/basics';
import { ConnectionForm } from '../parts/connection-form';
import { useToaster } from '../parts/toasts';
import { useText } from '../text/text';
import { fitting, needKey, type Need, type Offer } from './blueprint-file';

export type Chosen = Record<string, number>;

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
  const offers = (need: Need): Offer[] =>
    need.kind === 'datastore'
      ? (stores.data?.items ?? [])
      : (connections.data?.items.filter((c) => c.app === need.app) ?? []);
  return { ready: connections.isSuccess && stores.isSuccess, offers, error: connections.error ?? stores.error };
}

/** What is chosen for every need: by hand, else what fits. */
export function settled(needs: Need[], byHand: Chosen, offers: (need: Need) => Offer[]): Chosen {
  return Object.fromEntries(needs.map((n) => [needKey(n), byHand[needKey(n)] ?? fitting(n, offers(n))]));
}

interface NeedsProps {
  needs: Need[];
  chosen: Chosen;
  choose: (key: string, id: number) => void;
  offers: (need: Need) => Offer[];
  /** Name for a data store that is made here. */
  storeName: string;
}

/** Has a connection or a data store chosen for everything that a blueprint needs; what is not there is made here. */
export function Needs({ needs, ...rest }: NeedsProps) {
  if (needs.length === 0) return null;
  return (
    <div className="needs">
      {needs.map((n) => (
        <OneNeed key={needKey(n)} need={n} {...rest} />
      ))}
    </div>
  );
}

function OneNeed({ need, chosen, choose, offers, storeName }: Omit<NeedsProps, 'needs'> & { need: Need }) {
  const { t } = useText();
  const { team } = useSession();
  const may = useMay();
  const modules = useModules();
  const client = useQueryClient();
  const toaster = useToaster();
  const [adding, setAdding] = useState(false);
  const key = needKey(need);
  const list = offers(need);
  const isStore = need.kind === 'datastore';
  const mayAdd = may(isStore ? 'datastore.edit' : 'connection.edit');
  const took = async (id: number) => {
    await client.invalidateQueries({ queryKey: [isStore ? 'datastores' : 'connections'] });
    choose(key, id);
    setAdding(false);
  };
  const addStore = async () => {
    try {
      await took((await api.post<DataStore>('/datastores', { team, name: storeName })).id);
    } catch (error) {
      toaster.fail(error);
    }
  };
  return (
    <div className="need">
      <AppIcon app={need.app} />
      <div className="need-choice">
        <SelectField
          label={isStore ? t('scenarios.needs.store') : t('scenarios.needs.connection', { app: modules.app(need.app) })}
          help={
            need.ref && !list.some((o) => o.name === need.ref)
              ? t('scenarios.needs.named', { ref: need.ref })
              : undefined
          }
          value={chosen[key] ?? 0}
          onChange={(e) => choose(key, Number(e.target.value))}
        >
          <option value={0}>{t(list.length > 0 ? 'scenarios.needs.later' : 'scenarios.needs.nothing')}</option>
          {list.map((o) => (
            <option key={o.id} value={o.id}>
              {o.name}
            </option>
          ))}
        </SelectField>
        {mayAdd && !adding && (
          <Button icon={<Plus aria-hidden />} onClick={() => (isStore ? void addStore() : setAdding(true))}>
            {t(isStore ? 'scenarios.needs.store.new' : 'connections.new')}
          </Button>
        )}
      </div>
      {adding && (
        <div className="card need-form">
          <ConnectionForm
            app={need.app}
            team={team}
            onDone={(c) => void took(c.id)}
            onCancel={() => setAdding(false)}
          />
        </div>
      )}
    </div>
  );
}
