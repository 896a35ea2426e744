import type { QueryClient } from '@tanstack/react-query';
import { api } from '../api/client';
import type { Connection, Page } from '../api/types';
import { editNode, find, spots } from '../blueprint/tree';
import type { Blueprint } from '../blueprint/types';
import { connectionKeys } from '../form/ModuleForm';
import { appOf } from '../parts/flow';
import type { BuilderValue } from './builder';
import { query } from './useSources';

function chosenIn(parameters: Record<string, unknown> = {}): unknown {
  return connectionKeys.map((key) => parameters[key]).find((value) => value !== undefined && value !== '');
}

/** The connection that the other modules of an app in a scenario work with, the last of them; undefined where there is none. */
export function connectionOf(b: Blueprint, app: string): unknown {
  return spots(b)
    .filter((s) => appOf(s.node.module) === app)
    .map((s) => chosenIn(s.node.parameters))
    .findLast((value) => value !== undefined);
}

/** Gives a module that was just added the connection that is meant most likely: that of its app's other modules, else the only one. */
export async function connectAdded(
  client: QueryClient,
  team: number,
  b: Blueprint,
  id: number,
  edit: BuilderValue['edit'],
  language: string,
) {
  const node = find(b, id)?.node;
  if (!node || chosenIn(node.parameters) !== undefined) return;
  const { connection: type } = await client.query(query(node, language));
  if (!type) return;
  const app = appOf(node.module);
  let chosen = connectionOf(b, app);
  if (chosen === undefined) {
    const { items } = await api.get<Page<Connection>>('/connections', { team, app, limit: 200 });
    const usable = items.filter((c) => c.app === app && c.type === type);
    if (usable.length === 1) chosen = usable[0]?.id;
  }
  if (chosen === undefined) return;
  edit(
    (now) =>
      editNode(now, id, (n) =>
        n.module !== node.module || chosenIn(n.parameters) !== undefined
          ? n
          : { ...n, parameters: { ...n.parameters, __IMTCONN__: chosen } },
      ),
    `connect ${id}`,
  );
}
