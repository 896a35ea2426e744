import { useEffect, useId, useRef, useState } from 'react';
import { useQuery } from '@tanstack/react-query';
import { Bell as BellIcon, CircleAlert, CircleHelp } from 'lucide-react';
import { api } from '../api/client';
import { executionEvent } from '../api/follow';
import type { Execution, Incomplete, Page } from '../api/types';
import { Link } from '../app/router';
import { useMay, useSession } from '../app/session';
import { Moment } from '../parts/basics';
import { useToaster } from '../parts/toasts';
import { useText } from '../text/text';
import { useScenarios } from './data';
import { reasonText } from './reasons';
import './bell.css';

const listed = 20;
const seenPlace = 'ropeway.seen';

interface Notice {
  key: string;
  at: string;
  href: string;
  scenario: number;
  text: string;
  kind: 'failed' | 'incomplete';
}

/** What went wrong lately in the team, and how much of it is new to whoever looks. */
export function Bell() {
  const { team } = useSession();
  const may = useMay()('execution.view');
  useToasts(may);
  return may ? <Bells key={team} team={team} /> : null;
}

function useNotices(team: number): Notice[] {
  const { t } = useText();
  const failed = useQuery({
    queryKey: ['executions', 'bell', team],
    queryFn: () => api.get<Page<Execution>>('/executions', { team, status: 'error', limit: listed }),
  });
  const stopped = useQuery({
    queryKey: ['incompletes', 'bell', team],
    queryFn: () => api.get<Page<Incomplete>>('/incomplete', { team, state: 'unresolved', limit: listed }),
  });
  const list: Notice[] = [
    ...(failed.data?.items ?? []).map((e) => ({
      key: `e${e.id}`,
      at: e.finished ?? e.accepted,
      href: `/history/${e.id}`,
      scenario: e.scenario,
      text: e.error?.message ?? t('status.error'),
      kind: 'failed' as const,
    })),
    ...(stopped.data?.items ?? []).map((i) => ({
      key: `i${i.id}`,
      at: i.created,
      href: `/incomplete/${i.id}`,
      scenario: i.scenario,
      text: reasonText(i.reason, t),
      kind: 'incomplete' as const,
    })),
  ];
  return list.sort((a, b) => b.at.localeCompare(a.at)).slice(0, listed);
}

function Bells({ team }: { team: number }) {
  const { t } = useText();
  const list = useNotices(team);
  const { names } = useScenarios(team);
  const place = `${seenPlace}.${team}`;
  const [seen, setSeen] = useState(() => localStorage.getItem(place) ?? '');
  const unread = list.filter((n) => n.at > seen).length;
  const id = useId();
  const panel = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const onToggle = (isOpen: boolean) => {
    if (isOpen && panel.current && button.current) {
      const at = button.current.getBoundingClientRect();
      const high = at.top > window.innerHeight / 2;
      panel.current.style.left = `${Math.max(8, Math.min(at.left, window.innerWidth - panel.current.offsetWidth - 8))}px`;
      panel.current.style.top = high ? 'auto' : `${at.bottom + 6}px`;
      panel.current.style.bottom = high ? `${window.innerHeight - at.top + 6}px` : 'auto';
      return;
    }
    const newest = list[0]?.at;
    if (isOpen || !newest) return;
    localStorage.setItem(place, newest);
    setSeen(newest);
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        className="icon-button bell"
        popoverTarget={id}
        aria-label={t('runs.bell', { n: unread })}
        title={t('runs.bell.title')}
      >
        <BellIcon aria-hidden />
        {unread > 0 && (
          <span className="bell-count" aria-hidden>
            {unread >= listed ? `${listed}+` : unread}
          </span>
        )}
      </button>
      <div ref={panel} id={id} popover="auto" className="bell-panel" onToggle={(e) => onToggle(e.newState === 'open')}>
        <h2>{t('runs.bell.title')}</h2>
        {list.length === 0 && <p className="soft">{t('runs.bell.none')}</p>}
        <ul>
          {list.map((n) => (
            <li key={n.key} className={n.at > seen ? 'new' : undefined}>
              <Link href={n.href} onClick={() => panel.current?.hidePopover()}>
                {n.kind === 'failed' ? (
                  <CircleAlert aria-hidden className="bad" />
                ) : (
                  <CircleHelp aria-hidden className="warn" />
                )}
                <span>
                  <b>
                    {n.at > seen && <span className="hidden">{t('runs.bell.new')} </span>}
                    {t(n.kind === 'failed' ? 'runs.bell.failed' : 'runs.bell.incomplete', {
                      name: names.get(n.scenario) ?? String(n.scenario),
                    })}
                  </b>
                  <span className="soft bell-text">{n.text}</span>
                  <span className="soft">
                    <Moment at={n.at} />
                  </span>
                </span>
              </Link>
            </li>
          ))}
        </ul>
        <div className="row">
          <Link href="/history?status=error" onClick={() => panel.current?.hidePopover()}>
            {t('runs.bell.all')}
          </Link>
        </div>
      </div>
    </>
  );
}

/** Tells at once what fails in the scenario that is looked at; runs by hand are told where they were started. */
function useToasts(may: boolean) {
  const { t } = useText();
  const toaster = useToaster();
  useEffect(() => {
    if (!may) return;
    const listen = (event: Event) => {
      const e = (event as CustomEvent<Execution>).detail;
      const isHere =
        location.pathname === `/scenarios/${e.scenario}` ||
        (location.pathname === '/history' &&
          new URLSearchParams(location.search).get('scenario') === String(e.scenario));
      if (e.status !== 'error' || e.origin === 'hand' || !isHere) return;
      toaster.fail(new Error(t('runs.bell.toast', { id: String(e.id), why: e.error?.message ?? '' })));
    };
    window.addEventListener(executionEvent, listen);
    return () => window.removeEventListener(executionEvent, listen);
  }, [may, t, toaster]);
}
