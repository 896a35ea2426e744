import { useMemo } from 'react';
import { nameOf } from '../blueprint/tree';
import type { App } from '../api/types';
import type { Node } from '../blueprint/types';
import { useApps } from '../parts/apps';
import { appOf } from '../parts/flow';
import { useText } from '../text/text';

/** The words for modules: what somebody called them, else what their app does. */
export interface Labels {
  /** How an app wants to look, where it is here. */
  look: (app: string) => App | undefined;
  app: (module: string) => string;
  /** "List leads", or the bare name where the app is not here. */
  module: (module: string) => string;
  /** The name that somebody gave it, else that of the module. */
  title: (node: Node) => string;
  /** The title with its number, so that it is like no other. */
  full: (node: Node) => string;
  kind: (module: string) => string;
  known: (module: string) => boolean;
}

export function useLabels(): Labels {
  const { data } = useApps();
  const { t } = useText();
  return useMemo(() => {
    const apps = new Map(data?.items.map((a) => [a.name, a]));
    const modules = new Map(data?.items.flatMap((a) => a.modules.map((m) => [m.module, m] as const)));
    const label = (module: string) => modules.get(module)?.label ?? module.split(':')[1] ?? module;
    const title = (node: Node) => nameOf(node) || label(node.module);
    return {
      look: (app) => apps.get(app),
      app: (module) => {
        const app = appOf(module);
        return apps.get(app)?.label ?? app;
      },
      module: label,
      title,
      full: (node) => t('canvas.module', { name: title(node), id: String(node.id) }),
      kind: (module) => modules.get(module)?.kind ?? '',
      known: (module) => modules.size === 0 || modules.has(module),
    };
  }, [data, t]);
}
