import { useQuery } from '@tanstack/react-query';
import { api } from '../api/client';
import { appQuery } from '../api/definitions';
import type { Connection, Page } from '../api/types';
import { useText } from '../text/text';
import { same } from './values';

const most = 200;

/** The connections of a team for an app. */
export function useConnections(team: number, app: string, enabled: boolean) {
  const list = useQuery({
    queryKey: ['connections', 'form', team, app],
    queryFn: () => api.get<Page<Connection>>('/connections', { team, app, limit: most }),
    enabled,
  });
  return { ...list, items: (list.data?.items ?? []).filter((c) => c.app === app) };
}

/** An app with the forms of its connections. */
export function useApp(name: string, enabled: boolean) {
  return useQuery({ ...appQuery(name, useText().language), enabled });
}

/** The connection that a blueprint names, by its number or its name. */
export function connectionNamed(list: Connection[], value: unknown): Connection | undefined {
  return list.find((c) => same(c.id, value)) ?? list.find((c) => c.name === value);
}
