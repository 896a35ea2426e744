import { useEffect, useId, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { useQuery } from '@tanstack/react-query';
import { Search } from 'lucide-react';
import { api } from '../api/client';
import type { Connection, ModuleName, Page } from '../api/types';
import { useMay, useSession } from '../app/session';
import { isTrigger } from '../blueprint/make';
import type { Blueprint } from '../blueprint/types';
import { AppIcon, useApps } from '../parts/apps';
import { Loading } from '../parts/basics';
import { appOf } from '../parts/flow';
import { ProblemBox } from '../parts/problem';
import { useText, type Key } from '../text/text';
import type { Slot } from './builder';
import { rank, type Choice } from './rank';
import { fits } from './slots';

interface PickerProps {
  blueprint: Blueprint;
  slot: Slot;
  onPick: (module: ModuleName) => void;
  onClose: () => void;
}

const kinds: Record<string, Key> = {
  trigger: 'builder.kind.trigger',
  'instant trigger': 'builder.kind.instant',
  action: 'builder.kind.action',
  search: 'builder.kind.search',
  universal: 'builder.kind.universal',
  transformer: 'builder.kind.transformer',
  iterator: 'builder.kind.iterator',
  aggregator: 'builder.kind.aggregator',
  router: 'builder.kind.router',
  'if-else': 'builder.kind.if-else',
  merge: 'builder.kind.merge',
  directive: 'builder.kind.directive',
  responder: 'builder.kind.responder',
};

const mostConnections = 200;
const nothing: ReadonlySet<string> = new Set();

/** The apps to which the team is connected: who searches wants these first. */
function useConnected(): ReadonlySet<string> {
  const { team } = useSession();
  const may = useMay();
  const { data } = useQuery({
    queryKey: ['connections', 'picker', team],
    queryFn: () => api.get<Page<Connection>>('/connections', { team, limit: mostConnections }),
    enabled: may('connection.view'),
  });
  return useMemo(() => (data ? new Set(data.items.map((c) => c.app)) : nothing), [data]);
}

/** The modules that fit, in the order in which they are offered. */
function useChoices(blueprint: Blueprint, slot: Slot, words: string) {
  const apps = useApps();
  const connected = useConnected();
  const fitting = useMemo(
    () =>
      (apps.data?.items ?? []).flatMap((app) =>
        app.modules
          .filter((m) => !m.unsupported && fits(blueprint, slot, m.kind))
          .map((module): Choice => ({
            module,
            app: app.label,
            appOriginal: app.original?.label,
            isConnected: connected.has(app.name),
          })),
      ),
    [apps.data, blueprint, slot, connected],
  );
  const first = (c: Choice) => (slot.at === 'error' ? c.module.kind === 'directive' : isTrigger(c.module.kind));
  // Before anything is typed, what the team has connected comes first among its like.
  const offered = rank(fitting, words);
  const ordered = words ? offered : [...offered.filter(first), ...offered.filter((c) => !first(c))];
  return { apps, ordered };
}

function heading(slot: Slot): Key {
  if (slot.at === 'first') return 'builder.picker.title.first';
  return slot.at === 'error'
    ? 'builder.picker.title.error'
    : slot.at === 'replace'
      ? 'builder.picker.title.replace'
      : 'builder.picker.title';
}

/** Where a group of choices begins, which is told in words. */
function groupOf({ module, app }: Choice, slot: Slot, first: boolean, t: (key: Key) => string): string {
  if (slot.at !== 'first' || !first) return app;
  return isTrigger(module.kind) ? t('builder.picker.triggers') : t('builder.picker.others');
}

/** Chooses a module: type a part of what it does or of its app, and press Enter. */
export function Picker({ blueprint, slot, onPick, onClose }: PickerProps) {
  const { t } = useText();
  const dialog = useRef<HTMLDialogElement>(null);
  const [words, setWords] = useState('');
  const [at, setAt] = useState(0);
  const id = useId();
  const { apps, ordered } = useChoices(blueprint, slot, words);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  useEffect(() => {
    dialog.current?.querySelector(`[data-at="${at}"]`)?.scrollIntoView({ block: 'nearest' });
  }, [at]);
  const pick = (choice: Choice | undefined) => choice && onPick(choice.module);
  const keys = (e: KeyboardEvent) => {
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };
    const by = steps[e.key];
    if (e.key === 'Enter') pick(ordered[at]);
    else if (by) setAt(Math.min(Math.max(at + by, 0), ordered.length - 1));
    else return;
    e.preventDefault();
  };
  const group = (c: Choice | undefined) => (c ? groupOf(c, slot, !words && slot.at === 'first', t) : '');
  return (
    <dialog
      ref={dialog}
      className="picker"
      aria-label={t(heading(slot))}
      onClose={onClose}
      onClick={(e) => e.target === dialog.current && onClose()}
    >
      <div className="picker-search">
        <Search aria-hidden />
        <input
          autoFocus
          role="combobox"
          aria-label={t('builder.picker.search')}
          aria-expanded="true"
          aria-controls={`${id}-list`}
          aria-activedescendant={ordered.length > 0 ? `${id}-${at}` : undefined}
          placeholder={t('builder.picker.placeholder')}
          value={words}
          onChange={(e) => {
            setWords(e.target.value);
            setAt(0);
          }}
          onKeyDown={keys}
        />
      </div>
      {apps.isPending && <Loading />}
      <ProblemBox error={apps.error} />
      {apps.data && ordered.length === 0 && <p className="picker-none soft">{t('builder.picker.none')}</p>}
      <div id={`${id}-list`} className="picker-list" role="listbox" aria-label={t('builder.picker.list')} tabIndex={-1}>
        {ordered.map((choice, i) => (
          <div key={choice.module.module} role="presentation">
            {group(choice) !== group(ordered[i - 1]) && (
              <p className="picker-group" role="presentation">
                {group(choice)}
              </p>
            )}
            <Option
              id={`${id}-${i}`}
              at={i}
              choice={choice}
              chosen={i === at}
              onPoint={() => setAt(i)}
              onPick={() => pick(choice)}
            />
          </div>
        ))}
      </div>
      <p className="picker-foot soft" aria-live="polite">
        {t('builder.picker.count', { n: ordered.length })} · {t('builder.picker.keys')}
      </p>
    </dialog>
  );
}

interface OptionProps {
  id: string;
  at: number;
  choice: Choice;
  chosen: boolean;
  /** The mouse has come to it: what is chosen by key and what lies under the mouse are one. */
  onPoint: () => void;
  onPick: () => void;
}

function Option({ id, at, choice, chosen, onPoint, onPick }: OptionProps) {
  const { t } = useText();
  const { module, app } = choice;
  const kind = kinds[module.kind];
  return (
    <div
      id={id}
      role="option"
      aria-selected={chosen}
      data-at={at}
      className="picker-option"
      onMouseMove={chosen ? undefined : onPoint}
      onClick={onPick}
    >
      <AppIcon app={appOf(module.module)} />
      <span className="picker-words">
        <span className="picker-name">{module.label}</span>
        <span className="soft">
          {app} · {module.summary}
        </span>
      </span>
      {kind && <span className={`kind-chip ${isTrigger(module.kind) ? 'start' : ''}`}>{t(kind)}</span>}
    </div>
  );
}
