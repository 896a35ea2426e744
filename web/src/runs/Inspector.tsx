import { useEffect, useState } from 'react';
import { Database, Inbox, X } from 'lucide-react';
import { isOver } from '../api/follow';
import type { ExecutionDetail, Operation } from '../api/types';
import { Link } from '../app/router';
import { useMay, useSession } from '../app/session';
import { useDataStores } from '../form/DataStoreField';
import { Empty, Loading } from '../parts/basics';
import type { Step } from '../parts/flow';
import { ProblemBox } from '../parts/problem';
import { useToaster } from '../parts/toasts';
import { useText } from '../text/text';
import { countsOf } from './bubbles';
import { useExecution, useStepNames, useVersion } from './data';
import { OperationDetail } from './OperationDetail';
import { OperationList } from './OperationList';
import { idOf, useOperations, withFirst, type Shown } from './operations';
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

/**
 * The operations of the module that begins, where it only takes in what was sent: the journal has none of them, and without them one
 * would not see where the data comes from.
 */
function useFirstModule(
  known: ExecutionDetail | undefined,
  first: number | undefined,
  journal: { isSuccess: boolean; items: Operation[] } | undefined,
) {
  const did = countsOf(known).some((m) => m.module === first && m.operations > 0);
  const wanted =
    known !== undefined &&
    isOver(known.status) &&
    did &&
    journal?.isSuccess === true &&
    journal.items.length > 0 &&
    !journal.items.some((o) => o.module === first);
  const list = useOperations({
    execution: wanted ? known.id : 0,
    module: first,
    failed: false,
    live: false,
    sequence: 0,
  });
  return { isLoading: wanted && list.isLoading, items: wanted ? list.items : none };
}

const none: Shown[] = [];
const mostStores = 2; // so that they stand beside the heading

/** The data stores with which modules work, by name where it is known. */
function useStores(steps: Step[]): { id: number; name?: string }[] {
  const { team } = useSession();
  const may = useMay()('datastore.view');
  const ids = [...new Set(steps.flatMap((step) => step.store ?? []))];
  const list = useDataStores(team, may && ids.length > 0);
  if (!may) return [];
  return ids.slice(0, mostStores).map((id) => ({ id, name: list.data?.items.find((d) => d.id === id)?.name }));
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
  const journal = useOperations({
    execution: id,
    module,
    failed: onlyFailed,
    live: running,
    sequence: live.sequence,
  });
  const [chosen, setChosen] = useState<string>();
  const version = useVersion(known?.scenario ?? 0, known?.version ?? 0);
  const names = useStepNames(version.data);
  const intake = useFirstModule(known, names.list[0]?.id, module === undefined && !onlyFailed ? journal : undefined);
  const list = {
    ...journal,
    isPending: journal.isPending || intake.isLoading,
    items: withFirst(journal.items, intake.items, journal.hasNextPage),
  };
  const at = list.items.find((o) => idOf(o) === chosen) ?? list.items[0];
  const stores = useStores(module === undefined ? names.list : names.list.filter((step) => step.id === module));
  const counts = countsOf(known).find((m) => m.module === module);
  const pure = module === undefined && !onlyFailed ? onlyPure(known, journal) : undefined;
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
            {rest > 0 && list.isSuccess && !list.isPending && ` · ${t('runs.operations.rest', { n: rest })}`}
          </p>
        </div>
        {stores.map(({ id, name }) => (
          <Link key={id} className="button" href={`/datastores/${id}`}>
            <Database aria-hidden /> {name ? t('form.datastore.open', { name }) : t('runs.open-store')}
          </Link>
        ))}
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
      {list.isSuccess && !list.isPending && list.items.length === 0 && (
        <Empty icon={<Inbox />} title={t(running ? 'runs.inspector.waiting' : 'runs.inspector.none')}>
          <p className="soft">{t(running ? 'runs.inspector.waiting.lead' : 'runs.inspector.none.lead')}</p>
        </Empty>
      )}
      {at && !list.isPending && (
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
