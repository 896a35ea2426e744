import { useQuery } from '@tanstack/react-query';
import {
  Braces,
  ChevronRight,
  CodeXml,
  Database,
  Globe,
  Hash,
  Mail,
  MessageCircle,
  Sheet,
  Split,
  TextSearch,
  Webhook,
  Workflow,
  Wrench,
  type LucideIcon,
} from 'lucide-react';
import { appsQuery } from '../api/definitions';
import type { ModuleName } from '../api/types';
import { useText } from '../text/text';
import { appOf } from './flow';

/** The icons that apps name. One that is not here shows its first letters, as does an app without an icon. */
export const icons: Record<string, LucideIcon> = {
  braces: Braces,
  'code-xml': CodeXml,
  database: Database,
  globe: Globe,
  hash: Hash,
  mail: Mail,
  'message-circle': MessageCircle,
  sheet: Sheet,
  split: Split,
  'text-search': TextSearch,
  webhook: Webhook,
  workflow: Workflow,
  wrench: Wrench,
};

const tones = 6;

function toneOf(app: string): number {
  let sum = 0;
  for (const c of app) sum = (sum * 31 + (c.codePointAt(0) ?? 0)) % 9973;
  return sum % tones;
}

/** The class that gives something the colour of an app. */
export function toneClass(app: string): string {
  return `tone-${toneOf(app)}`;
}

/** The letters that stand for an app without an icon. */
export function lettersOf(app: string): string {
  return app.slice(0, 1).toUpperCase() + app.slice(1, 2);
}

/** The tile of an app: its icon on its colour, or its first letters. */
export function AppIcon({ app, small = false }: { app: string; small?: boolean }) {
  const { data } = useApps();
  const look = data?.items.find((a) => a.name === app);
  const Icon = icons[look?.icon ?? ''];
  return (
    <span
      className={`app-icon tone-${toneOf(app)}${small ? ' small' : ''}`}
      style={look?.color ? { background: look.color } : undefined}
      data-letters={Icon ? undefined : lettersOf(app)}
      aria-hidden
    >
      {Icon && <Icon />}
    </span>
  );
}

export function useApps() {
  return useQuery(appsQuery(useText().language));
}

/** Finds the app and the module that a name in a blueprint means. */
export function useModules(): { app: (name: string) => string; module: (name: string) => ModuleName | undefined } {
  const { data } = useApps();
  return {
    app: (name) => data?.items.find((a) => a.name === name)?.label ?? name,
    module: (name) => data?.items.flatMap((a) => a.modules).find((m) => m.module === name),
  };
}

const shown = 5;

/** The apps of a flow in their order, each once in a row. */
export function chainOf(modules: string[]): string[] {
  return modules.map(appOf).filter((app, i, all) => app !== all[i - 1]);
}

/** The apps along a scenario as tiles, with how many do not fit. */
export function AppChain({ modules, arrows = false }: { modules: string[]; arrows?: boolean }) {
  const names = useModules();
  const apps = chainOf(modules);
  const more = apps.length > shown ? apps.length - shown : 0;
  return (
    <span className={arrows ? 'chain arrows' : 'chain'} role="img" aria-label={apps.map(names.app).join(', ')}>
      {apps.slice(0, shown).map((app, i) => (
        <span key={i} className="chain-link">
          {arrows && i > 0 && <ChevronRight aria-hidden />}
          <AppIcon app={app} />
        </span>
      ))}
      {more > 0 && <span className="chain-more">+{more}</span>}
    </span>
  );
}
