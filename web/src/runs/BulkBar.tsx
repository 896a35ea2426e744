import { useState } from 'react';
import { CircleStop, GitCompare, RotateCcw } from 'lucide-react';
import { api } from '../api/client';
import { isOver } from '../api/follow';
import type { Execution, Started } from '../api/types';
import { navigate } from '../app/router';
import { useMay } from '../app/session';
import { Button } from '../parts/basics';
import { Dialog } from '../parts/dialog';
import { useToaster } from '../parts/toasts';
import { useText } from '../text/text';

interface BulkBarProps {
  chosen: Execution[];
  clear: () => void;
  done: () => void;
}

/** What can be done with several executions at once. */
export function BulkBar({ chosen, clear, done }: BulkBarProps) {
  const { t } = useText();
  const toaster = useToaster();
  const may = useMay()('scenario.run');
  const [asking, setAsking] = useState(false);
  const [at, setAt] = useState<number>();
  const over = chosen.filter((e) => isOver(e.status));
  const running = chosen.filter((e) => !isOver(e.status));
  /** Goes through them one after the other, so that a server that is busy is not stormed. */
  const each = async (list: Execution[], act: (e: Execution) => Promise<unknown>) => {
    let refused: unknown;
    let good = 0;
    for (const [i, e] of list.entries()) {
      setAt(i);
      try {
        await act(e);
        good++;
      } catch (error) {
        refused ??= error;
      }
    }
    setAt(undefined);
    setAsking(false);
    if (good > 0) toaster.say(t('runs.bulk.done', { n: good }));
    if (refused) toaster.fail(refused);
    clear();
    done();
  };
  const [a, b] = chosen;
  return (
    <div className="bulk" role="region" aria-label={t('runs.bulk')}>
      <b aria-live="polite">{t('runs.selected', { n: chosen.length })}</b>
      {a && b && chosen.length === 2 && (
        <Button
          icon={<GitCompare aria-hidden />}
          onClick={() => navigate(`/history/compare?a=${Math.min(a.id, b.id)}&b=${Math.max(a.id, b.id)}`)}
        >
          {t('runs.compare')}
        </Button>
      )}
      {may && over.length > 0 && (
        <Button icon={<RotateCcw aria-hidden />} busy={at !== undefined} onClick={() => setAsking(true)}>
          {t('runs.replay.many', { n: over.length })}
        </Button>
      )}
      {may && running.length > 0 && (
        <Button
          icon={<CircleStop aria-hidden />}
          busy={at !== undefined}
          onClick={() => void each(running, (e) => api.post(`/executions/${e.id}/cancel`))}
        >
          {t('runs.stop.many', { n: running.length })}
        </Button>
      )}
      <Button look="quiet" onClick={clear}>
        {t('runs.select.none')}
      </Button>
      {asking && (
        <Dialog
          title={t('runs.replay.many', { n: over.length })}
          confirm={t('runs.replay')}
          busy={at !== undefined}
          onClose={() => setAsking(false)}
          onConfirm={() => void each(over, (e) => api.post<Started>(`/executions/${e.id}/replay`, {}))}
        >
          <p>{t('runs.replay.many.lead')}</p>
          {at !== undefined && <progress max={over.length} value={at} aria-label={t('runs.bulk')} />}
        </Dialog>
      )}
    </div>
  );
}
