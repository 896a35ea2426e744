import { useRef, useState } from 'react';
import {
  CircleCheck,
  EllipsisVertical,
  GitBranch,
  History,
  Play,
  Redo2,
  Settings,
  Sparkles,
  Square,
  TriangleAlert,
  Undo2,
  X,
} from 'lucide-react';
import { navigate } from '../app/router';
import { useMay } from '../app/session';
import type { Point } from '../blueprint/place';
import { Button } from '../parts/basics';
import { tell } from '../parts/problem';
import { Status } from '../parts/status';
import { useToaster } from '../parts/toasts';
import { LastRun } from '../runs/LastRun';
import { NothingNew } from '../runs/NothingNew';
import type { Run } from '../runs/run';
import { RunMenu } from '../runs/RunMenu';
import { Waiting } from '../runs/Waiting';
import { useText } from '../text/text';
import type { Action } from './actions';
import { useBuilder, type Tool } from './builder';
import { exportBlueprint, readBlueprint } from './exchange';
import { Menu } from './Menu';
import { wrongIn } from './Unsaved';
import type { Edited } from './useEdited';
import type { Problems } from './useProblems';
import type { RunError } from './useRunError';

interface DockProps {
  edited: Edited;
  run: Run;
  runError: RunError;
  starting: boolean;
  problems: Problems;
  tool: Tool | undefined;
  onTool: (tool: Tool) => void;
  onRun: (options?: Record<string, unknown>) => void;
  onShowRun: () => void;
  onAlign: () => void;
  onHelp: () => void;
}

/** Running, undoing, and the ways to everything else of the scenario. */
export function Dock(props: DockProps) {
  const [asked, setAsked] = useState(false);
  return (
    <footer className="dock">
      <RunWords {...props} onAsk={() => setAsked(true)} />
      <Bar {...props} asked={asked} onClosed={() => setAsked(false)} />
    </footer>
  );
}

function Bar(props: RunButtonProps) {
  const { edited, problems, tool, onTool, onAlign } = props;
  const { readOnly, scenario } = useBuilder();
  const { t } = useText();
  const number = problems.list.length;
  const Mark = problems.errors > 0 || number > 0 ? TriangleAlert : CircleCheck;
  return (
    <div className="dock-bar" role="toolbar" aria-label={t('builder.toolbar')}>
      <RunButton {...props} />
      <span className="dock-space" />
      {!readOnly && (
        <span className="dock-edit">
          <Tip
            label={t('builder.undo')}
            disabled={!edited.canUndo}
            onClick={edited.undo}
            icon={<Undo2 aria-hidden />}
          />
          <Tip
            label={t('builder.redo')}
            disabled={!edited.canRedo}
            onClick={edited.redo}
            icon={<Redo2 aria-hidden />}
          />
          <Tip worded label={t('builder.align')} onClick={onAlign} icon={<Sparkles aria-hidden />} />
        </span>
      )}
      <button
        type="button"
        className={`button quiet problem-count${problems.errors > 0 ? ' bad' : number > 0 ? ' warn' : ''}`}
        aria-pressed={tool === 'problems'}
        aria-label={t('builder.problems.count', { n: number })}
        title={t('builder.problems.count', { n: number })}
        onClick={() => onTool('problems')}
      >
        <Mark aria-hidden />
        <span className="dock-number">{number}</span>
        <span className="dock-word">{t('builder.problems.count', { n: number })}</span>
      </button>
      <Tip
        worded
        label={t('builder.settings.title')}
        pressed={tool === 'settings'}
        onClick={() => onTool('settings')}
        icon={<Settings aria-hidden />}
      />
      {scenario !== 0 && (
        <>
          <Tip
            worded
            label={t('builder.versions.title')}
            pressed={tool === 'versions'}
            onClick={() => onTool('versions')}
            icon={<GitBranch aria-hidden />}
          />
          <Tip
            worded
            label={t('builder.history')}
            onClick={() => navigate(`/history?scenario=${scenario}`)}
            icon={<History aria-hidden />}
          />
        </>
      )}
      <More {...props} />
    </div>
  );
}

interface TipProps {
  label: string;
  /** Where there is room, it says what it is. */
  worded?: boolean;
  icon: React.ReactNode;
  disabled?: boolean;
  pressed?: boolean;
  onClick: () => void;
}

function Tip({ label, worded = false, icon, disabled, pressed, onClick }: TipProps) {
  return (
    <button
      type="button"
      className={worded ? 'icon-button worded' : 'icon-button'}
      aria-label={label}
      title={label}
      aria-pressed={pressed}
      disabled={disabled}
      onClick={onClick}
    >
      {icon}
      {worded && <span className="dock-word">{label}</span>}
    </button>
  );
}

/** What is to be said of a run, in a line of its own: the buttons below keep their places and forms. */
function RunWords({ run, runError, onTool, onAsk }: DockProps & { onAsk: () => void }) {
  const { scenario } = useBuilder();
  const { t } = useText();
  return (
    <div className="dock-line" aria-live="polite">
      {run.waiting && <Waiting scenario={scenario} />}
      {!run.running && <NothingNew scenario={scenario} execution={run.state} onAsk={onAsk} />}
      {run.state?.dry && <span className="tag live">{t('runs.dry.nothing-written')}</span>}
      {Boolean(runError.error) && (
        <>
          <RunErrorText error={runError.error} onTool={onTool} />
          <button
            type="button"
            className="icon-button"
            aria-label={t('common.close')}
            title={t('common.close')}
            onClick={runError.close}
          >
            <X aria-hidden />
          </button>
        </>
      )}
    </div>
  );
}

function RunErrorText({ error, onTool }: { error: unknown; onTool: DockProps['onTool'] }) {
  const { t, told } = useText();
  const wrong = wrongIn(error);
  if (wrong > 0)
    return (
      <span className="run-error" role="alert">
        {t('builder.not-run', { n: wrong })}{' '}
        <button type="button" className="link" onClick={() => onTool('problems')}>
          {t('builder.not-saved.show')}
        </button>
      </span>
    );
  const { message, hint } = tell(error, t, told);
  return (
    <span className="run-error" role="alert">
      {message} {hint}
    </span>
  );
}

interface RunButtonProps extends DockProps {
  /** Somebody wants to choose where the trigger starts. */
  asked: boolean;
  onClosed: () => void;
}

function RunButton({ run, starting, edited, asked, onRun, onShowRun, onClosed }: RunButtonProps) {
  const { scenario } = useBuilder();
  const { t } = useText();
  const may = useMay();
  if (!may('scenario.run')) return null;
  return (
    <div className="dock-run" aria-live="polite">
      {run.running ? (
        <Button look="danger" icon={<Square aria-hidden />} onClick={run.stop}>
          {t('builder.stop')}
        </Button>
      ) : (
        <Button
          look="primary"
          icon={<Play aria-hidden />}
          busy={starting}
          disabled={edited.blueprint.flow.length === 0}
          title={edited.dirty ? t('builder.run.saves') : undefined}
          onClick={() => onRun()}
        >
          {t('builder.run')}
        </Button>
      )}
      {!run.running && scenario !== 0 && (
        <RunMenu
          scenario={scenario}
          blueprint={edited.blueprint}
          busy={starting}
          asked={asked}
          onClosed={onClosed}
          onStart={onRun}
        />
      )}
      {!run.running && !run.state && <LastRun scenario={scenario} onShow={run.follow} />}
      {run.state && (
        <button type="button" className="run-state" onClick={onShowRun}>
          <Status status={run.state.status} />
          <span className="soft">{t('canvas.operations', { n: run.state.operations })}</span>
        </button>
      )}
    </div>
  );
}

function More({ edited, onHelp }: DockProps) {
  const { edit, readOnly } = useBuilder();
  const { t } = useText();
  const toaster = useToaster();
  const file = useRef<HTMLInputElement>(null);
  const [at, setAt] = useState<Point>();
  const actions: Action[] = [
    { text: 'builder.export', do: () => exportBlueprint(edited.blueprint) },
    ...(readOnly ? [] : [{ text: 'builder.import' as const, do: () => file.current?.click() }]),
    { text: 'builder.help.title', keys: '?', do: onHelp },
  ];
  const take = async (chosen: File | undefined) => {
    const b = chosen && readBlueprint(await chosen.text());
    if (b) edit(() => b);
    else if (chosen) toaster.fail(new Error(t('builder.import.wrong')));
  };
  return (
    <>
      <button
        type="button"
        className="icon-button"
        aria-haspopup="menu"
        aria-label={t('builder.more')}
        title={t('builder.more')}
        onClick={(e) => {
          const { right, top } = e.currentTarget.getBoundingClientRect();
          setAt({ x: right, y: top });
        }}
      >
        <EllipsisVertical aria-hidden />
      </button>
      <input
        ref={file}
        type="file"
        accept=".json,application/json"
        className="hidden"
        aria-label={t('builder.import')}
        tabIndex={-1}
        onChange={(e) => {
          void take(e.target.files?.[0]);
          e.target.value = '';
        }}
      />
      {at && <Menu label={t('builder.more')} at={at} actions={actions} onClose={() => setAt(undefined)} />}
    </>
  );
}
