import { useState } from 'react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { RotateCcw, SkipForward } from 'lucide-react';
import { api, CallError } from '../api/client';
import type { components } from '../api/schema';
import type { Incomplete } from '../api/types';
import { Link } from '../app/router';
import { useMay } from '../app/session';
import { Button } from '../parts/basics';
import { Dialog } from '../parts/dialog';
import { ProblemBox, tell } from '../parts/problem';
import { useText } from '../text/text';
import { outcomeUnknown } from './reasons';

type Decided = components['schemas']['Decided'];

interface Results {
  skipped: boolean;
  done: number;
  refused: { id: number; message: string; hint?: string }[];
}

const part = 25;

interface RetryBarProps {
  chosen: Incomplete[];
  /** The scenario that is looked at, of which everything can be retried; 0 for none. */
  all: number;
  clear: () => void;
}

/** Has several incomplete executions done again or skipped, and tells what became of each. */
export function RetryBar({ chosen, all, clear }: RetryBarProps) {
  const { t } = useText();
  const client = useQueryClient();
  const may = useMay()('incomplete.edit');
  const [asking, setAsking] = useState<'retry' | 'skip' | 'all'>();
  const [at, setAt] = useState(0);
  const [results, setResults] = useState<Results>();
  const retry = useRetry(setAt);
  const act = useMutation({
    mutationFn: () => retry(asking, chosen, all),
    onSuccess: (r) => {
      setResults(r);
      setAsking(undefined);
      clear();
      void client.invalidateQueries({ queryKey: ['incompletes'] });
    },
  });
  if (!may || (chosen.length === 0 && all === 0 && !results)) return null;
  const unsure = chosen.filter((i) => i.reason.kind === outcomeUnknown).length;
  return (
    <>
      {(chosen.length > 0 || all !== 0) && (
        <div className="bulk" role="region" aria-label={t('runs.bulk.incomplete')}>
          {chosen.length > 0 ? (
            <>
              <b aria-live="polite">{t('runs.selected', { n: chosen.length })}</b>
              <Button icon={<RotateCcw aria-hidden />} onClick={() => setAsking('retry')}>
                {t('runs.retry.many', { n: chosen.length })}
              </Button>
              <Button icon={<SkipForward aria-hidden />} onClick={() => setAsking('skip')}>
                {t('runs.skip.many', { n: chosen.length })}
              </Button>
              <Button look="quiet" onClick={clear}>
                {t('runs.select.none')}
              </Button>
            </>
          ) : (
            <Button icon={<RotateCcw aria-hidden />} onClick={() => setAsking('all')}>
              {t('runs.retry.scenario')}
            </Button>
          )}
        </div>
      )}
      {results && <ResultBox results={results} close={() => setResults(undefined)} />}
      {asking && (
        <Dialog
          title={t(
            asking === 'skip' ? 'runs.skip.many' : asking === 'all' ? 'runs.retry.scenario' : 'runs.retry.many',
            {
              n: chosen.length,
            },
          )}
          confirm={t(asking === 'skip' ? 'runs.decide.skip.do' : 'runs.decide.retry.do')}
          danger={asking === 'skip'}
          busy={act.isPending}
          onClose={() => setAsking(undefined)}
          onConfirm={() => act.mutate()}
        >
          <p>{t(asking === 'skip' ? 'runs.skip.many.lead' : 'runs.retry.many.lead')}</p>
          {asking !== 'skip' && (unsure > 0 || asking === 'all') && (
            <p className="note warn">
              {t(asking === 'all' ? 'runs.retry.all.unsure' : 'runs.retry.many.unsure', { n: unsure })}
            </p>
          )}
          {act.isPending && <progress max={chosen.length || 1} value={at} aria-label={t('runs.bulk.incomplete')} />}
          <ProblemBox error={act.error} />
        </Dialog>
      )}
    </>
  );
}

function ResultBox({ results, close }: { results: Results; close: () => void }) {
  const { t } = useText();
  return (
    <div className={results.refused.length > 0 ? 'note warn' : 'note'} role="status">
      <div className="row spread">
        <p>{t(results.skipped ? 'runs.skip.done' : 'runs.retry.done', { n: results.done })}</p>
        <Button look="quiet" onClick={close}>
          {t('common.close')}
        </Button>
      </div>
      {results.refused.length > 0 && (
        <ul>
          {results.refused.map((r) => (
            <li key={r.id}>
              <Link href={`/incomplete/${r.id}`}>{t('runs.incomplete.of', { id: String(r.id) })}</Link>: {r.message}{' '}
              {r.hint}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function useRetry(tellProgress: (n: number) => void) {
  const { t, told } = useText();
  const take = (into: Results, d: Decided) => {
    into.done += d.done.length;
    for (const [id, why] of Object.entries(d.refused ?? {}))
      into.refused.push({ id: Number(id), ...told({ ...why, message: why.detail }) });
  };
  return async (what: 'retry' | 'skip' | 'all' | undefined, list: Incomplete[], scenario: number) => {
    const results: Results = { skipped: what === 'skip', done: 0, refused: [] };
    if (what === 'all') take(results, await api.post<Decided>('/incomplete/retry', { scenario }));
    for (let i = 0; what === 'retry' && i < list.length; i += part) {
      tellProgress(i);
      take(results, await api.post<Decided>('/incomplete/retry', { ids: list.slice(i, i + part).map((x) => x.id) }));
    }
    for (const [i, one] of (what === 'skip' ? list : []).entries()) {
      tellProgress(i);
      try {
        await api.post(`/incomplete/${one.id}/decide`, { action: 'skip' }, one.revision);
        results.done++;
      } catch (error) {
        if (error instanceof CallError && error.status === 0) throw error;
        results.refused.push({ id: one.id, ...tell(error, t, told) });
      }
    }
    return results;
  };
}
