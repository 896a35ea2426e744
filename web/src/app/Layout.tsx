import { lazy, Suspense, useCallback, useEffect, useState, type ReactNode } from 'react';
import { useQuery } from '@tanstack/react-query';
import { api } from '../api/client';
import { useTeamFeed } from '../api/follow';
import type { Incomplete, Page } from '../api/types';
import { useText } from '../text/text';
import { phone, useMedia } from './media';
import { BottomBar, TopBar } from './PhoneBars';
import type { Waiting } from './places';
import type { Match } from './routes';
import { useMay, useSession } from './session';
import { Sidebar } from './Sidebar';

const Palette = lazy(() => import('./Palette'));

/** The frame around every page of somebody who has signed in. */
export function Layout({ found, children }: { found: Match | undefined; children: ReactNode }) {
  const { t } = useText();
  const { team } = useSession();
  const may = useMay();
  const isPhone = useMedia(phone);
  useTeamFeed(may('execution.view') ? team : 0);
  const [searching, setSearching] = usePalette();
  const search = useCallback(() => setSearching(true), [setSearching]);
  const frame = { found, waiting: useWaiting(), search };
  return (
    <div className="frame">
      <a className="skip" href="#content">
        {t('nav.skip')}
      </a>
      {isPhone ? <TopBar {...frame} /> : <Sidebar {...frame} />}
      <main id="content" key="content" tabIndex={-1}>
        {children}
      </main>
      {isPhone && <BottomBar {...frame} />}
      {searching && (
        <Suspense>
          <Palette onClose={() => setSearching(false)} />
        </Suspense>
      )}
    </div>
  );
}

function useWaiting(): Waiting {
  const { team } = useSession();
  const may = useMay();
  const { data } = useQuery({
    queryKey: ['incompletes', 'waiting', team],
    queryFn: () => api.get<Page<Incomplete>>('/incomplete', { team, limit: 100 }),
    enabled: may('execution.view'),
  });
  const number = data?.items.length ?? 0;
  return { number, text: data?.next ? `${number}+` : `${number}` };
}

/** Ctrl+K, or Cmd+K, opens the palette on every page and closes it again. */
function usePalette() {
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const press = (e: KeyboardEvent) => {
      if (e.key.toLowerCase() !== 'k' || !(e.ctrlKey || e.metaKey) || e.altKey || e.shiftKey) return;
      e.preventDefault();
      setOpen((was) => !was);
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, []);
  return [open, setOpen] as const;
}
