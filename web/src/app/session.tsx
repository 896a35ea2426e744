import { createContext, useContext } from 'react';
import type { Me, Team } from '../api/types';

export interface Session {
  me: Me;
  teams: Team[];
  team: number;
  choose: (team: number) => void;
}

export const SessionContext = createContext<Session | undefined>(undefined);

/** Who has signed in, and the team that is looked at. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('only signed-in pages know who looks at them');
  return session;
}

/** Tells what the user may do in the team that is looked at. */
export function useMay(): (right: string) => boolean {
  const { me, team } = useSession();
  const rights: string[] = me.teams.find((t) => t.id === team)?.rights ?? [];
  return (right) => rights.includes(right);
}

/** Tells what the user may do in some organization, or on the installation. */
export function useMayAnywhere(): (right: string) => boolean {
  const { me } = useSession();
  return (right) =>
    me.rights.some((r) => r === right) || me.organizations.some((o) => o.rights.some((r) => r === right));
}
