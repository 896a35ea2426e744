import { useDeferredValue, type ReactNode } from 'react';
import { useQuery } from '@tanstack/react-query';
import { Plus, Users, UserRound, Workflow } from 'lucide-react';
import { api } from '../api/client';
import type { Page, Scenario } from '../api/types';
import { AppIcon, useApps } from '../parts/apps';
import { useText } from '../text/text';
import { usePlaces } from './places';
import { navigate } from './router';
import { useMay, useSession } from './session';

/** Something that the palette jumps to. */
export interface Goal {
  id: string;
  name: string;
  /** What it is, in a word. */
  kind: string;
  icon: ReactNode;
  go: () => void;
}

const shown = 20;

/** Takes the letters of both without their accents, so that "citta" finds "Città". */
export function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

/** How well a name fits what was typed, the best first: 0 it begins with it, 1 a word of it does, 2 it holds it; -1 not at all. */
export function rank(name: string, typed: string): number {
  const where = plain(name).indexOf(typed);
  if (where < 0) return -1;
  if (where === 0) return 0;
  return plain(name).includes(' ' + typed) ? 1 : 2;
}

/** Finds goals by a part of their names: pages before scenarios, those before apps and teams, where they fit as well. */
export function useFound(text: string): Goal[] {
  const typed = plain(text.trim());
  const all = [...usePages(), ...useScenarios(text.trim()), ...useAppGoals(typed), ...useTeams(typed)];
  return all
    .map((goal) => ({ goal, rank: rank(goal.name, typed) }))
    .filter((x) => x.rank >= 0)
    .sort((a, b) => a.rank - b.rank)
    .slice(0, shown)
    .map((x) => x.goal);
}

function usePages(): Goal[] {
  const { t } = useText();
  const may = useMay();
  const kind = t('palette.page');
  const places: Goal[] = usePlaces()
    .flatMap((g) => g.places)
    .map(({ href, text, icon: Icon }) => ({
      id: href,
      name: t(text),
      kind,
      icon: <Icon aria-hidden />,
      go: () => navigate(href),
    }));
  const account: Goal = {
    id: '/account',
    name: t('nav.account'),
    kind,
    icon: <UserRound aria-hidden />,
    go: () => navigate('/account'),
  };
  const make: Goal = {
    id: '/scenarios/new',
    name: t('palette.new-scenario'),
    kind: t('palette.action'),
    icon: <Plus aria-hidden />,
    go: () => navigate('/scenarios/new'),
  };
  return may('scenario.edit') ? [...places, account, make] : [...places, account];
}

function useScenarios(text: string): Goal[] {
  const { t } = useText();
  const { team } = useSession();
  const name = useDeferredValue(text);
  const { data } = useQuery({
    queryKey: ['scenarios', 'palette', team, name],
    queryFn: () => api.get<Page<Scenario>>('/scenarios', { team, name, limit: shown }),
    placeholderData: (before) => before,
    enabled: useMay()('scenario.view'),
  });
  return (data?.items ?? []).map((s) => ({
    id: `scenario ${s.id}`,
    name: s.name,
    kind: t('palette.scenario'),
    icon: <Workflow aria-hidden />,
    go: () => navigate(`/scenarios/${s.id}`),
  }));
}

/** Apps and teams are found, but do not stand in the way of who has not typed yet. */
function useAppGoals(typed: string): Goal[] {
  const { t } = useText();
  const { data } = useApps();
  if (!typed) return [];
  return (data?.items ?? []).map((a) => ({
    id: `app ${a.name}`,
    name: a.label,
    kind: t('palette.app'),
    icon: <AppIcon app={a.name} small />,
    go: () => navigate(`/apps/${a.name}`),
  }));
}

function useTeams(typed: string): Goal[] {
  const { t } = useText();
  const { teams, team, choose } = useSession();
  if (!typed) return [];
  return teams
    .filter((x) => x.id !== team)
    .map((x) => ({
      id: `team ${x.id}`,
      name: x.name,
      kind: t('palette.team'),
      icon: <Users aria-hidden />,
      go: () => choose(x.id),
    }));
}
