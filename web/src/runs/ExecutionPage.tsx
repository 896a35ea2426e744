import { useMemo, useState } from 'react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { CircleStop, GitCompare, RotateCcw, Workflow } from 'lucide-react';
import { api } from '../api/client';
import { isOver } from '../api/follow';
import type { Execution, ExecutionDetail } from '../api/types';
import { phone, useMedia } from '../app/media';
import { Link, useParameters } from '../app/router';
import type { Match } from '../app/routes';
import { useMay } from '../app/session';
import { FlowCanvas } from '../canvas/FlowCanvas';
import { Button, Loading, Page } from '../parts/basics';
import { FailureBox, ProblemBox } from '../parts/problem';
import { Status } from '../parts/status';
import { useToaster } from '../parts/toasts';
import { useText } from '../text/text';
import { bubblesOf, passedOf } from './bubbles';
import { useExecution, useScenario, useStepNames, useVersion } from './data';
import { Inspector } from './Inspector';
import { ReplayDialog } from './ReplayDialog';
import { StepList } from './StepList';
import { useLive } from './stream';
import { Summary } from './Summary';
import { ValueView } from './ValueView';
import './runs.css';

/** One execution on the canvas of the version that ran. */
export function ExecutionPage({ id }: Match) {
  const { t } = useText();
  const execution = useExecution(id);
  if (execution.data) return <Shown execution={execution.data} />;
  return (
    <Page title={t('runs.execution.of', { id: String(id) })}>
      {execution.isPending && <Loading />}
      <ProblemBox error={execution.error} retry={() => void execution.refetch()} />
    </Page>
  );
}

function Shown({ execution: known }: { execution: ExecutionDetail }) {
  const { t } = useText();
  const running = !isOver(known.status);
  const live = useLive(running ? known.id : 0);
  const execution = useMemo<ExecutionDetail>(() => ({ ...known, ...live.execution }), [known, live.execution]);
  const scenario = useScenario(known.scenario);
  const version = useVersion(known.scenario, known.version);
  const names = useStepNames(version.data);
  const isPhone = useMedia(phone);
  const [parameters, change] = useParameters();
  const module = Number(parameters.get('module')) || undefined;
  const choose = (m: number | undefined) => change({ module: m === undefined ? '' : String(m) });
  const passed = useMemo(() => passedOf(execution, live.progress), [execution, live.progress]);
  const name = scenario.data?.name ?? known.name ?? '';
  return (
    <div className="run-page execution-page">
      <Page
        title={t('runs.execution.title', { id: String(known.id), name })}
        lead={
          <span className="row">
            <Status status={execution.status} />
            {known.dry && <span className="tag live">{t('runs.dry')}</span>}
            {live.lost && <span role="status">{t('runs.lost')}</span>}
          </span>
        }
        actions={<Actions execution={execution} newest={scenario.data?.version} name={names.name} />}
      >
        {execution.error && (
          <div className="failed-at">
            <FailureBox failure={execution.error} />
            {execution.error.module !== undefined && execution.error.module > 0 && (
              <Button look="quiet" onClick={() => choose(execution.error?.module)}>
                {t('runs.failed.show', { name: names.name(execution.error.module) })}
              </Button>
            )}
          </div>
        )}
        <Summary execution={execution} progress={live.progress} newest={scenario.data?.version} />
        <section className={isPhone ? undefined : 'run-canvas'} aria-label={t('runs.canvas')}>
          {!version.data ? (
            <Loading />
          ) : isPhone ? (
            <StepList
              steps={names.list}
              name={names.name}
              bubbles={bubblesOf(execution, live.progress)}
              selected={module}
              choose={choose}
            />
          ) : (
            <FlowCanvas
              blueprint={version.data}
              selected={module}
              onSelect={choose}
              bubbles={bubblesOf(execution, live.progress)}
              passed={passed}
              onBubble={choose}
            />
          )}
        </section>
        <Inspector
          execution={known.id}
          module={module}
          onClose={module === undefined ? undefined : () => choose(undefined)}
        />
        <Ends execution={execution} />
      </Page>
    </div>
  );
}

interface ActionsProps {
  execution: Execution;
  newest: number | undefined;
  name: (module: number) => string;
}

function Actions({ execution, newest, name }: ActionsProps) {
  const { t } = useText();
  const may = useMay();
  const client = useQueryClient();
  const toaster = useToaster();
  const [replaying, setReplaying] = useState(false);
  const stop = useMutation({
    mutationFn: () => api.post(`/executions/${execution.id}/cancel`),
    onSuccess: () => client.invalidateQueries({ queryKey: ['execution'] }),
    onError: toaster.fail,
  });
  return (
    <>
      <Link className="button" href={`/scenarios/${execution.scenario}`}>
        <Workflow aria-hidden /> {t('runs.to-scenario')}
      </Link>
      <Link className="button" href={`/history/compare?a=${execution.id}`}>
        <GitCompare aria-hidden /> {t('runs.compare')}
      </Link>
      {may('scenario.run') && !isOver(execution.status) && (
        <Button
          icon={<CircleStop aria-hidden />}
          busy={stop.isPending}
          disabled={stop.isSuccess}
          onClick={() => stop.mutate()}
        >
          {t(stop.isSuccess ? 'runs.stopping' : 'runs.stop')}
        </Button>
      )}
      {may('scenario.run') && isOver(execution.status) && (
        <Button look="primary" icon={<RotateCcw aria-hidden />} onClick={() => setReplaying(true)}>
          {t('runs.replay')}
        </Button>
      )}
      {replaying && (
        <ReplayDialog execution={execution} newest={newest} name={name} onClose={() => setReplaying(false)} />
      )}
    </>
  );
}

/** What an execution began with and what it returned. */
function Ends({ execution: e }: { execution: ExecutionDetail }) {
  const { t } = useText();
  return (
    <div className="ends">
      {e.input.length > 0 && (
        <details className="card">
          <summary>
            {t('runs.input.begun', { n: e.input_bundles })}
            {e.input_bundles > e.input.length &&
              ` ${t('runs.output.first', { shown: e.input.length, n: e.input_bundles })}`}
          </summary>
          <ValueView value={e.input} name={`execution-${e.id}-input`} bundles />
        </details>
      )}
      {isObject(e.inputs) && (
        <details className="card">
          <summary>{t('runs.inputs')}</summary>
          <ValueView value={e.inputs} name={`execution-${e.id}-inputs`} />
        </details>
      )}
      {isObject(e.outputs) && (
        <details className="card" open>
          <summary>{t('runs.outputs')}</summary>
          <ValueView value={e.outputs} name={`execution-${e.id}-outputs`} />
        </details>
      )}
    </div>
  );
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
