import { useState } from 'react';
import { LogOut, PanelLeftClose, PanelLeftOpen } from 'lucide-react';
import { Logo } from '../parts/logo';
import { useText } from '../text/text';
import { HeadTools } from './HeadTools';
import { usePlaces, type FrameProps, type Place, type Waiting } from './places';
import { Link } from './router';
import type { Match } from './routes';
import { useSession } from './session';
import { useSignOut } from './signOut';

const closedPlace = 'ropeway.sidebar';

function useClosed(): [boolean, () => void] {
  const [closed, setClosed] = useState(() => localStorage.getItem(closedPlace) === 'closed');
  return [
    closed,
    () => {
      localStorage.setItem(closedPlace, closed ? 'open' : 'closed');
      setClosed(!closed);
    },
  ];
}

/** The places of the application beside the page, as words or as icons alone. */
export function Sidebar({ found, waiting, search }: FrameProps) {
  const { t } = useText();
  const [closed, toggle] = useClosed();
  const groups = usePlaces();
  const Panel = closed ? PanelLeftOpen : PanelLeftClose;
  return (
    <aside className={closed ? 'side closed' : 'side'}>
      <div className="side-head">
        <Link className="brand" href="/scenarios">
          <Logo />
          <span className="side-word">Ropeway</span>
        </Link>
        <HeadTools search={search} />
      </div>
      <TeamSwitcher />
      <nav aria-label={t('nav.main')}>
        {groups.map((g) => (
          <div key={g.text} className="side-group" role="group" aria-label={t(g.text)}>
            <p className="side-title" aria-hidden>
              {t(g.text)}
            </p>
            {g.places.map((p) => (
              <PlaceLink key={p.href} place={p} found={found} waiting={waiting} titled={closed} />
            ))}
          </div>
        ))}
      </nav>
      <div className="side-foot">
        <AccountLink found={found} />
        <SignOut />
        <button
          type="button"
          className="icon-button"
          aria-expanded={!closed}
          aria-label={t('nav.sidebar')}
          title={t(closed ? 'nav.sidebar.open' : 'nav.sidebar.close')}
          onClick={toggle}
        >
          <Panel aria-hidden />
        </button>
      </div>
    </aside>
  );
}

interface PlaceLinkProps {
  place: Place;
  found: Match | undefined;
  waiting: Waiting;
  titled?: boolean;
  onClick?: () => void;
}

export function PlaceLink({ place, found, waiting, titled, onClick }: PlaceLinkProps) {
  const { t } = useText();
  const Icon = place.icon;
  const current = found && place.of.includes(found.name);
  return (
    <Link
      className="place"
      href={place.href}
      title={titled ? t(place.text) : undefined}
      aria-current={current ? 'page' : undefined}
      onClick={onClick}
    >
      <Icon aria-hidden />
      <span className="side-word">{t(place.text)}</span>
      {place.href === '/incomplete' && waiting.number > 0 && (
        <span className="count">
          <span aria-hidden>{waiting.text}</span>
          <span className="hidden">{t('nav.waiting', { n: waiting.number })}</span>
        </span>
      )}
    </Link>
  );
}

/** The first letters of a name, as its picture. */
export function Initials({ name }: { name: string }) {
  const words = name.trim().split(/\s+/);
  const letters = [words[0], words.length > 1 ? words.at(-1) : ''].map((w) => Array.from(w ?? '')[0] ?? '').join('');
  return (
    <span className="initials" aria-hidden>
      {letters.toUpperCase()}
    </span>
  );
}

function AccountLink({ found }: { found: Match | undefined }) {
  const { t } = useText();
  const { me } = useSession();
  return (
    <Link
      className="place account-link"
      href="/account"
      title={t('nav.account')}
      aria-current={found?.name === 'account' ? 'page' : undefined}
    >
      <Initials name={me.user.name} />
      <span className="side-word">{me.user.name}</span>
      <span className="hidden">{t('nav.account')}</span>
    </Link>
  );
}

export function TeamSwitcher() {
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

function SignOut() {
  const { t } = useText();
  const signOut = useSignOut();
  return (
    <button
      type="button"
      className="icon-button"
      aria-label={t('nav.sign-out')}
      title={t('nav.sign-out')}
      onClick={() => void signOut()}
    >
      <LogOut aria-hidden />
    </button>
  );
}
