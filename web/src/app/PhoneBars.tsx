import { useEffect, useId, useRef, useState } from 'react';
import { LogOut, Menu, UserRound, X } from 'lucide-react';
import { Logo } from '../parts/logo';
import { useText } from '../text/text';
import { HeadTools } from './HeadTools';
import { barPlaces, usePlaces, type FrameProps } from './places';
import { Link } from './router';
import { PlaceLink, TeamSwitcher } from './Sidebar';
import { useSignOut } from './signOut';

/** The head of the page on a phone. */
export function TopBar({ search }: FrameProps) {
  return (
    <header className="top-bar">
      <Link className="brand" href="/scenarios">
        <Logo />
        Ropeway
      </Link>
      <HeadTools search={search} />
    </header>
  );
}

/** The places that are used most stand where thumbs are; the others come up from there. */
export function BottomBar(frame: FrameProps) {
  const { t } = useText();
  const [open, setOpen] = useState(false);
  const places = usePlaces().flatMap((g) => g.places);
  const bar = places.slice(0, barPlaces);
  const inBar = frame.found && bar.some((p) => frame.found && p.of.includes(frame.found.name));
  return (
    <nav className="bottom-bar" aria-label={t('nav.main')}>
      {bar.map((p) => (
        <PlaceLink key={p.href} place={p} {...frame} />
      ))}
      <button
        type="button"
        className="place"
        aria-haspopup="dialog"
        aria-expanded={open}
        data-current={frame.found && !inBar ? true : undefined}
        onClick={() => setOpen(true)}
      >
        <Menu aria-hidden />
        <span className="side-word">{t('nav.more')}</span>
      </button>
      {open && <MoreSheet frame={frame} onClose={() => setOpen(false)} />}
    </nav>
  );
}

function MoreSheet({ frame, onClose }: { frame: FrameProps; onClose: () => void }) {
  const { t } = useText();
  const element = useRef<HTMLDialogElement>(null);
  const heading = useId();
  const signOut = useSignOut();
  const rest = usePlaces()
    .flatMap((g) => g.places)
    .slice(barPlaces);
  useEffect(() => {
    element.current?.showModal();
  }, []);
  return (
    <dialog
      ref={element}
      className="sheet"
      aria-labelledby={heading}
      onClose={onClose}
      onClick={(e) => e.target === element.current && onClose()}
    >
      <div className="sheet-body">
        <header>
          <h2 id={heading}>{t('nav.more')}</h2>
          <button type="button" className="icon-button" aria-label={t('common.close')} onClick={onClose}>
            <X aria-hidden />
          </button>
        </header>
        <TeamSwitcher />
        <div className="sheet-places">
          {rest.map((p) => (
            <PlaceLink key={p.href} place={p} {...frame} onClick={onClose} />
          ))}
          <Link
            className="place"
            href="/account"
            aria-current={frame.found?.name === 'account' ? 'page' : undefined}
            onClick={onClose}
          >
            <UserRound aria-hidden />
            <span className="side-word">{t('nav.account')}</span>
          </Link>
          <button type="button" className="place" onClick={() => void signOut()}>
            <LogOut aria-hidden />
            <span className="side-word">{t('nav.sign-out')}</span>
          </button>
        </div>
      </div>
    </dialog>
  );
}
