import { useEffect, useState } from 'react';
import { Database, Inbox, X } from 'lucide-react';
import { isOver } from '../api/follow';
import type { ExecutionDetail } from '../api/types';
import { Link } from '../app/router';
import { useMay } from '../app/session';
import { Empty, Loading } from '../parts/basics';
import { ProblemBox } from '../parts/problem';
import { useToaster } from '../parts/toasts';
import { useText } from '../text/text';
import { countsOf } from './bubbles';
import { useExecution, useStepNames, useVersion } from './data';
import { OperationDetail } from './OperationDetail';
import { OperationList } from './OperationList';
import { idOf, useOperations } from './operations';
import { useLive } from './stream';
import './runs.css';

export interface InspectorProps {
  execution: number;
  /** Shows the operations of one module; without it those of all. */
  module?: number;
  onClose?: () => void;
}

/** Every operation of an execution, with what went in and came out. It follows an execution that runs. */
export function Inspector({ execution, module, onClose }: InspectorProps) {
  return <Inspected key={`${execution} ${module ?? ''}`} execution={execution} module={module} onClose={onClose} />;
}

/** Modules without effect stand in no journal: where there are no others, what the last of them did is worked out again. */
function onlyPure(
  known: ExecutionDetail | undefined,
  list: { isSuccess: boolean; items: unknown[] },
): number | undefined {
  if (!known || !isOver(known.status) || !list.isSuccess || list.items.length > 0) return undefined;
  return countsOf(known).findLast((m) => m.in + m.out > 0)?.module;
}

function Inspected({ execution: id, module, onClose }: InspectorProps) {
  const { t } = useText();
  const execution = useExecution(id);
  const known = execution.data;
  const running = known !== undefined && !isOver(known.status);
  const { settle } = useToaster();
  const status = known?.status;
  useEffect(() => {
    if (status === 'error') settle(`execution ${id}`); // it is seen here
  }, [id, status, settle]);
  const live = useLive(running ? id : 0);
  const [onlyFailed, setOnlyFailed] = useState(false);
  const list = useOperations({
    execution: id,
    module,
    failed: onlyFailed,
    live: running,
    sequence: live.sequence,
  });
  const [chosen, setChosen] = useState<string>();
  const at = list.items.find((o) => idOf(o) === chosen) ?? list.items[0];
  const version = useVersion(known?.scenario ?? 0, known?.version ?? 0);
  const names = useStepNames(version.data);
  const may = useMay();
  const store = module === undefined ? undefined : names.step(module)?.store;
  const counts = countsOf(known).find((m) => m.module === module);
  const pure = module === undefined && !onlyFailed ? onlyPure(known, list) : undefined;
  if (pure !== undefined) return <Inspector execution={id} module={pure} onClose={onClose} />;
  // Modules without effect count, and stand in no journal.
  const rest =
    module === undefined && !onlyFailed && known && !running && !list.hasNextPage
      ? Math.max(0, known.operations - list.items.length)
      : 0;
  const errors = (module === undefined ? countsOf(known) : counts ? [counts] : []).reduce((n, m) => n + m.errors, 0);
  return (
    <section className="inspector" aria-label={t('runs.inspector')}>
      <header className="inspector-head">
        <div>
          <h2>{module === undefined ? t('runs.operations') : names.name(module)}</h2>
          <p className="soft">
            {counts
              ? t('runs.module.counts', { in: counts.in, out: counts.out, filtered: counts.filtered })
              : t('runs.operations.shown', { n: list.items.length })}
            {rest > 0 && list.isSuccess && ` · ${t('runs.operations.rest', { n: rest })}`}
          </p>
        </div>
        {store !== undefined && may('datastore.view') && (
          <Link className="button" href={`/datastores/${store}`}>
            <Database aria-hidden /> {t('runs.open-store')}
          </Link>
        )}
        {(errors > 0 || onlyFailed) && (
          <label className="check small-check">
            <input type="checkbox" checked={onlyFailed} onChange={(e) => setOnlyFailed(e.target.checked)} />
            {t('runs.only-failed', { n: errors })}
          </label>
        )}
        {onClose && (
          <button type="button" className="icon-button" aria-label={t('common.close')} onClick={onClose}>
            <X aria-hidden />
          </button>
        )}
      </header>
      {list.isPending && <Loading />}
      <ProblemBox error={list.error} retry={() => void list.refetch()} />
      {list.isSuccess && list.items.length === 0 && (
        <Empty icon={<Inbox />} title={t(running ? 'runs.inspector.waiting' : 'runs.inspector.none')}>
          <p className="soft">{t(running ? 'runs.inspector.waiting.lead' : 'runs.inspector.none.lead')}</p>
        </Empty>
      )}
      {at && (
        <div className="inspector-body">
          <OperationList
            operations={list.items}
            chosen={idOf(at)}
            live={running}
            name={module === undefined ? names.name : undefined}
            onChoose={setChosen}
            more={list}
          />
          <OperationDetail
            key={idOf(at)}
            execution={id}
            operation={at}
            live={running}
            step={names.step(at.module)}
            name={names.name(at.module)}
          />
        </div>
      )}
    </section>
  );
}
