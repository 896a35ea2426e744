import type { ReactNode } from 'react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import {
  Blocks,
  CircleDashed,
  Database,
  History,
  LogOut,
  Plug,
  ScrollText,
  Server,
  UserRound,
  Users,
  Webhook,
  Workflow,
  type LucideIcon,
} from 'lucide-react';
import { api } from '../api/client';
import { useTeamFeed } from '../api/follow';
import type { Incomplete, Page } from '../api/types';
import { Logo } from '../parts/logo';
import { useToaster } from '../parts/toasts';
import { useText, type Key } from '../text/text';
import { Link, navigate } from './router';
import type { Match, RouteName } from './routes';
import { useMay, useMayAnywhere, useSession } from './session';

interface Place {
  href: string;
  text: Key;
  icon: LucideIcon;
  of: RouteName[];
  /** Shown to whoever has it, in the team or elsewhere. */
  right: string;
}

const places: Place[] = [
  {
    href: '/scenarios',
    text: 'nav.scenarios',
    icon: Workflow,
    of: ['scenarios', 'scenario', 'new-scenario', 'templates'],
    right: 'scenario.view',
  },
  {
    href: '/history',
    text: 'nav.history',
    icon: History,
    of: ['history', 'execution', 'compare'],
    right: 'execution.view',
  },
  {
    href: '/incomplete',
    text: 'nav.incomplete',
    icon: CircleDashed,
    of: ['incompletes', 'incomplete'],
    right: 'execution.view',
  },
  { href: '/connections', text: 'nav.connections', icon: Plug, of: ['connections'], right: 'connection.view' },
  { href: '/webhooks', text: 'nav.webhooks', icon: Webhook, of: ['webhooks', 'webhook'], right: 'webhook.view' },
  {
    href: '/datastores',
    text: 'nav.datastores',
    icon: Database,
    of: ['datastores', 'datastore'],
    right: 'datastore.view',
  },
  { href: '/apps', text: 'nav.apps', icon: Blocks, of: ['apps', 'app'], right: '' },
  { href: '/organization', text: 'nav.organization', icon: Users, of: ['organization'], right: 'organization.view' },
  { href: '/audit', text: 'nav.audit', icon: ScrollText, of: ['audit'], right: 'audit.view' },
  { href: '/server', text: 'nav.server', icon: Server, of: ['server'], right: 'installation.view' },
];

/** The frame around every page of somebody who has signed in. */
export function Layout({ found, children }: { found: Match | undefined; children: ReactNode }) {
  const { t } = useText();
  const { me, team } = useSession();
  const may = useMay();
  const anywhere = useMayAnywhere();
  useTeamFeed(may('execution.view') ? team : 0);
  const waiting = useQuery({
    queryKey: ['incompletes', 'waiting', team],
    queryFn: () => api.get<Page<Incomplete>>('/incomplete', { team, limit: 100 }),
    enabled: may('execution.view'),
  });
  const number = waiting.data?.items.length ?? 0;
  return (
    <div className="frame">
      <a className="skip" href="#content">
        {t('nav.skip')}
      </a>
      <aside>
        <Link className="brand" href="/scenarios">
          <Logo />
          Ropeway
        </Link>
        <TeamSwitcher />
        <nav aria-label={t('nav.main')}>
          {places
            .filter((p) => !p.right || may(p.right) || anywhere(p.right))
            .map(({ href, text, icon: Icon, of }) => (
              <Link key={href} href={href} aria-current={found && of.includes(found.name) ? 'page' : undefined}>
                <Icon aria-hidden />
                <span>{t(text)}</span>
                {href === '/incomplete' && number > 0 && (
                  <span className="count">
                    <span aria-hidden>{waiting.data?.next ? `${number}+` : number}</span>
                    <span className="hidden">{t('nav.waiting', { n: number })}</span>
                  </span>
                )}
              </Link>
            ))}
          <Link className="account-link" href="/account" aria-current={found?.name === 'account' ? 'page' : undefined}>
            <UserRound aria-hidden />
            <span className="account-name">{me.user.name}</span>
            <span className="account-short">{t('nav.account')}</span>
          </Link>
        </nav>
        <SignOut />
      </aside>
      <main id="content" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}

function TeamSwitcher() {
  const { t } = useText();
  const { teams, team, choose } = useSession();
  if (teams.length < 2) return null;
  return (
    <select className="teams" aria-label={t('nav.team')} value={team} onChange={(e) => choose(Number(e.target.value))}>
      {teams.map((x) => (
        <option key={x.id} value={x.id}>
          {x.name}
        </option>
      ))}
    </select>
  );
}

export function useSignOut() {
  const client = useQueryClient();
  const toaster = useToaster();
  return async () => {
    try {
      await api.delete('/session');
      client.clear();
      navigate('/sign-in');
    } catch (error) {
      toaster.fail(error);
    }
  };
}

function SignOut() {
  const { t } = useText();
  const signOut = useSignOut();
  return (
    <button type="button" className="sign-out" onClick={() => void signOut()}>
      <LogOut aria-hidden />
      {t('nav.sign-out')}
    </button>
  );
}
