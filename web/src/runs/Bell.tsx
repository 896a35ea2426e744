import { useEffect, useId, useRef, useState } from 'react';
import { useQuery } from '@tanstack/react-query';
import { Bell as BellIcon, BellOff, CircleAlert, CircleHelp, Hourglass, PowerOff } from 'lucide-react';
import { api } from '../api/client';
import { executionEvent } from '../api/follow';
import type { Execution, Notice, Page } from '../api/types';
import { Link } from '../app/router';
import { useMay, useSession } from '../app/session';
import { Moment } from '../parts/basics';
import { useToaster } from '../parts/toasts';
import { useText } from '../text/text';
import './bell.css';

const listed = 30;
const againMS = 60_000; // queues that stand are told by no event
const seenPlace = 'ropeway.seen';

/** What somebody should look at in the team, and how much of it is new to whoever looks. */
export function Bell() {
  const { team } = useSession();
  const may = useMay()('execution.view');
  useToasts(may);
  return may ? <Bells key={team} team={team} /> : null;
}

function Bells({ team }: { team: number }) {
  const { t } = useText();
  const notices = useQuery({
    queryKey: ['notices', team],
    queryFn: () => api.get<Page<Notice>>('/notices', { team, limit: listed }),
    refetchInterval: againMS,
  });
  const list = notices.data?.items ?? [];
  const place = `${seenPlace}.${team}`;
  const [seen, setSeen] = useState(() => localStorage.getItem(place) ?? '');
  const unread = list.filter((n) => n.at > seen).length;
  const [open, setOpen] = useState(false);
  const id = useId();
  const panel = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const onToggle = (isOpen: boolean) => {
    setOpen(isOpen);
    if (isOpen && panel.current && button.current) {
      beside(panel.current, button.current);
      panel.current.focus();
      return;
    }
    const newest = list[0]?.at;
    if (isOpen || !newest) return;
    localStorage.setItem(place, newest);
    setSeen(newest);
  };
  const close = () => panel.current?.hidePopover();
  return (
    <>
      <button
        ref={button}
        type="button"
        className="icon-button bell"
        popoverTarget={id}
        aria-haspopup="dialog"
        aria-expanded={open}
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
      <Told unread={unread} known={notices.isSuccess} />
      <div
        ref={panel}
        id={id}
        popover="auto"
        role="dialog"
        aria-label={t('runs.bell.title')}
        tabIndex={-1}
        className="bell-panel"
        onToggle={(e) => onToggle(e.newState === 'open')}
      >
        <h2>{t('runs.bell.title')}</h2>
        {list.length === 0 && (
          <p className="bell-none soft">
            <BellOff aria-hidden /> {t('runs.bell.none')}
          </p>
        )}
        <ul>
          {list.map((n) => (
            <NoticeLine key={keyOf(n)} notice={n} fresh={n.at > seen} close={close} />
          ))}
        </ul>
        {list.length > 0 && (
          <div className="bell-foot">
            <Link href="/history?status=error" onClick={close}>
              {t('runs.bell.all')}
            </Link>
            <Link href="/incomplete" onClick={close}>
              {t('nav.incomplete')}
            </Link>
          </div>
        )}
      </div>
    </>
  );
}

/** Tells who does not see the number that there is more than before; what is there at the beginning is not news. */
function Told({ unread, known }: { unread: number; known: boolean }) {
  const { t } = useText();
  const before = useRef<number>(undefined);
  const [text, setText] = useState('');
  useEffect(() => {
    if (!known) return;
    if (before.current !== undefined && unread > before.current) setText(t('runs.bell', { n: unread }));
    before.current = unread;
  }, [unread, known, t]);
  return (
    <span className="hidden" role="status">
      {text}
    </span>
  );
}

const edge = 8;

/** Puts the panel below its button, or above one that stands low. */
function beside(panel: HTMLElement, button: HTMLElement) {
  const at = button.getBoundingClientRect();
  const isLow = at.top > window.innerHeight / 2;
  panel.style.left = `${Math.max(edge, Math.min(at.left, window.innerWidth - panel.offsetWidth - edge))}px`;
  panel.style.top = isLow ? 'auto' : `${at.bottom + edge}px`;
  panel.style.bottom = isLow ? `${window.innerHeight - at.top + edge}px` : 'auto';
}

const keyOf = (n: Notice) => `${n.kind} ${n.scenario ?? 0} ${n.execution ?? 0} ${n.incomplete ?? 0} ${n.webhook ?? 0}`;

/** The page on which something can be done about it. */
function pageOf(n: Notice): string {
  switch (n.kind) {
    case 'execution_failed':
      return `/history/${n.execution ?? 0}`;
    case 'incomplete_waiting':
      return `/incomplete/${n.incomplete ?? 0}`;
    case 'scenario_stopped':
      return `/scenarios/${n.scenario ?? 0}`;
    default:
      return `/webhooks/${n.webhook ?? 0}`;
  }
}

const marks = {
  execution_failed: <CircleAlert aria-hidden className="bad" />,
  incomplete_waiting: <CircleHelp aria-hidden className="warn" />,
  scenario_stopped: <PowerOff aria-hidden className="bad" />,
  queue_nearly_full: <Hourglass aria-hidden className="bad" />,
  queue_stands: <Hourglass aria-hidden className="warn" />,
};

function NoticeLine({ notice: n, fresh, close }: { notice: Notice; fresh: boolean; close: () => void }) {
  const { t, told } = useText();
  return (
    <li className={fresh ? 'new' : undefined}>
      <Link href={pageOf(n)} onClick={close}>
        {marks[n.kind]}
        <span>
          <b>
            {fresh && <span className="hidden">{t('runs.bell.new')} </span>}
            {t(`runs.bell.${n.kind}`, { name: n.subject })}
          </b>
          <span className="soft bell-text">{told(n).message}</span>
          <span className="soft bell-at">
            <Moment at={n.at} />
          </span>
        </span>
      </Link>
    </li>
  );
}

/** Tells at once what fails in the scenario that is looked at; runs by hand are told where they were started. */
function useToasts(may: boolean) {
  const { t, told } = useText();
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
      const id = String(e.id);
      toaster.failElsewhere(new Error(t('runs.bell.toast', { id, why: e.error ? told(e.error).message : '' })), {
        href: `/history/${id}`,
        link: t('runs.bell.toast.open', { id }),
        about: `execution ${id}`,
      });
    };
    window.addEventListener(executionEvent, listen);
    return () => window.removeEventListener(executionEvent, listen);
  }, [may, t, told, toaster]);
}
