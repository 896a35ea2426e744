import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { useMay, useSession } from '../app/session';
import type { ModuleName, Scenario } from '../api/types';
import { canConnect, connect } from '../blueprint/edits';
import { align, drawn } from '../blueprint/layout';
import { move, type Point } from '../blueprint/place';
import { ownSettingsOf } from '../blueprint/settings';
import { FlowCanvas, type Editing, type Target } from '../canvas/FlowCanvas';
import { useLabels } from '../canvas/labels';
import { useToaster } from '../parts/toasts';
import { useRun } from '../runs/run';
import { useText } from '../text/text';
import { actionsOf } from './actions';
import { Banners } from './Banners';
import { BuilderContext, type BuilderValue, type Slot } from './builder';
import { connectAdded } from './connecting';
import { ConflictDialog } from './ConflictDialog';
import { Dock } from './Dock';
import type { Handover } from './handover';
import { Help } from './Help';
import { InspectedDock } from './InspectedDock';
import { Menu } from './Menu';
import { Outline } from './Outline';
import { Picker } from './Picker';
import type { Schedule } from './schedule';
import { addModule } from './slots';
import { TopBar } from './TopBar';
import { Unsaved } from './Unsaved';
import { useBeginning } from './useBeginning';
import { useBuilderKeys } from './useBuilderKeys';
import { useClipboard } from './useClipboard';
import { useCreating } from './useCreating';
import { useEdited, type Base } from './useEdited';
import { useNewer } from './useNewer';
import { useProblems } from './useProblems';
import { useRunError } from './useRunError';
import { useSaving } from './useSaving';
import { useSelection } from './useSelection';
import { WebhookAddress } from './WebhookAddress';
import { Side } from './Side';

interface BuilderProps {
  id: number;
  base: Base;
  scenario: Scenario | undefined;
  handed?: Handover;
}

const phone = '(max-width: 48rem)';

/** Lets the keyboard go on at a module, unless somebody is in a form already. */
function focusModule(id: number, evenFromForm = false) {
  window.setTimeout(() => {
    if (!evenFromForm && document.activeElement?.closest('.builder-panel')) return;
    document.querySelector<HTMLElement>(`[data-module="${id}"]`)?.focus();
  });
}

/**
 * Whose data is shown: the panel beside it may have gone on to another module since, and both are about the same one. What the run did not
 * come to, such as a module that was just added, has none.
 */
function followed(
  inspected: number | 'all' | undefined,
  [one, ...others]: number[],
  ran: Record<number, unknown>,
): number | 'all' | undefined {
  if (typeof inspected !== 'number' || one === undefined || others.length > 0) return inspected;
  return one === inspected || one in ran ? one : undefined;
}

/** The builder: the scenario as a canvas or an outline, what is selected in a panel beside it. */
export function Builder({ id, base, scenario, handed }: BuilderProps) {
  const { t, language } = useText();
  const { me, team } = useSession();
  const may = useMay();
  const toaster = useToaster();
  const client = useQueryClient();
  const readOnly = !may('scenario.edit');
  const labels = useLabels();
  const edited = useEdited(me.user.id, id, base, handed?.history);
  const { blueprint, edit } = edited;
  const choice = useSelection(handed?.selection ?? []);
  const { selection, link, select, selectLink, tool } = choice;
  const [slot, setSlot] = useState<Slot>();
  const [menu, setMenu] = useState<{ target: Target; at: Point }>();
  const [view, setView] = useState<'canvas' | 'outline'>(() =>
    window.matchMedia(phone).matches ? 'outline' : 'canvas',
  );
  const [help, setHelp] = useState(false);
  const [fit, setFit] = useState(0);
  const [inspected, setInspected] = useState<number | 'all'>();
  const [tried, tryModule] = useState(handed?.tried);
  const [schedule, setSchedule] = useState<Schedule>();
  const problems = useProblems(id, blueprint, labels);
  const place = useCallback(
    (slot: Slot, module: ModuleName) => {
      const added = addModule(blueprint, slot, module, labels.kind);
      edit(() => added.blueprint);
      select([added.id]);
      void connectAdded(client, team, added.blueprint, added.id, edit, language).catch(() => undefined); // the form asks for it
      return added.id;
    },
    [blueprint, labels, edit, select, client, team, language],
  );
  useBeginning(blueprint, place);
  const clipboard = useClipboard(blueprint, edit, select);
  const saving = useSaving(id, edited);
  const newer = useNewer(scenario, edited, saving.busy);
  const creating = useCreating(team, edited, schedule, { selection, tried });
  const run = useRun(id);
  const runError = useRunError(run.error, [blueprint, scenario?.version, scenario?.active]);
  const save = useCallback(
    (andRun = false) => (id === 0 ? creating.create(andRun) : saving.save()),
    [id, creating, saving],
  );
  const start = async (options?: Record<string, unknown>) => {
    if (edited.dirty || id === 0) {
      if (!(await save(true))) return;
      if (id === 0) return; // the page of the scenario runs it
      toaster.say(t('builder.saved-to-run'));
    }
    run.start(options);
  };
  const first = blueprint.flow[0]?.id ?? 0;
  const bubbles = run.waiting ? { [first]: { operations: 0, errors: 0, running: true } } : run.bubbles;
  const begun = useRef(false);
  useEffect(() => {
    if (!handed?.run || begun.current) return;
    begun.current = true;
    run.start();
  }, [handed, run]);
  useEffect(() => {
    document.title = `${blueprint.name} · Ropeway`;
  }, [blueprint.name]);

  const zone = ownSettingsOf(blueprint).timezone || me.user.zone || 'UTC';
  const { copy, paste } = clipboard;
  const value = useMemo<BuilderValue>(
    () => ({
      scenario: id,
      blueprint,
      edit,
      labels,
      readOnly,
      zone,
      selection,
      link,
      select,
      selectLink,
      add: setSlot,
      menu: (target, at) => setMenu({ target, at }),
      copy,
      paste: (after) => void paste(after),
      tried,
      tryModule,
    }),
    [id, blueprint, edit, labels, readOnly, zone, selection, link, select, selectLink, copy, paste, tried],
  );
  const editing = useMemo<Editing>(
    () => ({
      onMove: (points) => edit((b) => move(drawn(b), points)),
      onAdd: (after, point) => setSlot(after === undefined ? { at: 'first' } : { at: 'behind', module: after, point }),
      canConnect: (from, to) => canConnect(blueprint, from, to),
      onConnect: (from, to) => edit((b) => connect(b, from, to)),
      onMenu: (target, at) => setMenu({ target, at }),
    }),
    [blueprint, edit],
  );
  const shown = followed(inspected, tool === undefined ? selection : [], run.passed);
  const { leaveOnly } = choice;
  const inspect = useCallback(
    (module: number) => {
      leaveOnly(module); // a panel about something else would take the room
      setInspected(module);
    },
    [leaveOnly],
  );
  const doAlign = useCallback(() => {
    edit(align);
    setFit((n) => n + 1);
  }, [edit]);
  useBuilderKeys(value, {
    undo: edited.undo,
    redo: edited.redo,
    save: () => void save(),
    run: () => void start(),
    align: doAlign,
    help: () => setHelp(true),
    view: () => setView(view === 'canvas' ? 'outline' : 'canvas'),
    escape: () => {
      if (inspected !== undefined) return setInspected(undefined);
      const at = selection[0] ?? link;
      if (document.activeElement?.closest('.builder-panel') && at !== undefined) focusModule(at, true);
      choice.clear();
    },
  });
  return (
    <BuilderContext value={value}>
      <div className="builder">
        <TopBar
          scenario={scenario}
          edited={edited}
          saving={saving.busy || creating.busy}
          view={view}
          onView={setView}
          tool={tool}
          onTool={choice.openTool}
          onSave={() => save()}
        />
        <Banners
          edited={edited}
          scenario={scenario}
          saving={saving}
          newer={newer}
          problems={problems}
          onProblems={choice.openTool}
        />
        <div className="builder-body">
          <div className="builder-stage">
            <Unsaved
              error={saving.conflict ? undefined : (saving.error ?? creating.error)}
              onProblems={choice.openTool}
              onOff={() => void saving.saveOff()}
            />
            {view === 'canvas' ? (
              <FlowCanvas
                blueprint={blueprint}
                selection={selection}
                onSelection={select}
                link={link}
                onLink={selectLink}
                marks={problems.marks}
                bubbles={bubbles}
                passed={run.passed}
                onBubble={inspect}
                editing={readOnly ? undefined : editing}
                fit={fit}
              />
            ) : (
              <Outline bubbles={bubbles} passed={run.passed} marks={problems.marks} onBubble={inspect} />
            )}
            {shown !== undefined && run.execution !== 0 && (
              <InspectedDock
                execution={run.execution}
                module={shown === 'all' ? undefined : shown}
                onClose={() => setInspected(undefined)}
              />
            )}
          </div>
          <Side
            choice={choice}
            problems={problems}
            scenario={scenario}
            edited={edited}
            schedule={schedule}
            onSchedule={setSchedule}
          />
        </div>
        <Dock
          edited={edited}
          run={run}
          runError={runError}
          starting={saving.busy || creating.busy}
          problems={problems}
          tool={tool}
          onTool={choice.openTool}
          onRun={(options) => void start(options)}
          onShowRun={() => setInspected('all')}
          onAlign={doAlign}
          onHelp={() => setHelp(true)}
        />
      </div>
      {slot && (
        <Picker
          blueprint={blueprint}
          slot={slot}
          onClose={() => setSlot(undefined)}
          onPick={(module) => {
            setSlot(undefined);
            focusModule(place(slot, module));
          }}
        />
      )}
      {menu && (
        <Menu
          label={t('builder.menu')}
          at={menu.at}
          actions={actionsOf(value, menu.target)}
          onClose={() => setMenu(undefined)}
        />
      )}
      {help && <Help onClose={() => setHelp(false)} />}
      {saving.conflict && <ConflictDialog saving={saving} edited={edited} />}
      {creating.made && <WebhookAddress made={creating.made} onClose={creating.goOn} />}
    </BuilderContext>
  );
}
