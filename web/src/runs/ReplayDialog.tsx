import { useState } from 'react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '../api/client';
import type { Execution, Started } from '../api/types';
import { navigate } from '../app/router';
import { SelectField } from '../parts/basics';
import { Dialog } from '../parts/dialog';
import { ProblemBox } from '../parts/problem';
import { useText } from '../text/text';
import { useStepNames, useVersion } from './data';

interface ReplayDialogProps {
  execution: Execution;
  /** Newest version of the scenario. */
  newest: number | undefined;
  name: (module: number) => string;
  onClose: () => void;
}

/** Runs an execution again: from its data on or from a module on, by the version that ran or the newest one. */
export function ReplayDialog({ execution: e, newest, name, onClose }: ReplayDialogProps) {
  const { t } = useText();
  const client = useQueryClient();
  const failed = e.error?.module ?? 0;
  const [from, setFrom] = useState(0);
  const isOld = newest !== undefined && newest !== e.version;
  // What failed is mostly run again because somebody has mended it.
  const [wanted, setWanted] = useState<boolean>();
  const useNewest = wanted ?? (isOld && e.status === 'error');
  const version = useVersion(e.scenario, useNewest && newest ? newest : e.version);
  const { list } = useStepNames(version.data);
  const start = useMutation({
    mutationFn: () => api.post<Started>(`/executions/${e.id}/replay`, { from, newest: useNewest }),
    onSuccess: (started) => {
      void client.invalidateQueries({ queryKey: ['executions'] });
      navigate(`/history/${started.execution}`);
    },
  });
  return (
    <Dialog
      title={t('runs.replay')}
      confirm={t('runs.replay.do')}
      busy={start.isPending}
      onClose={onClose}
      onConfirm={() => start.mutate()}
    >
      <SelectField
        label={t('runs.replay.from')}
        help={t(from === 0 ? 'runs.replay.from.start' : 'runs.replay.from.module')}
        value={from}
        onChange={(x) => setFrom(Number(x.target.value))}
      >
        <option value={0}>{t('runs.replay.beginning')}</option>
        {failed > 0 && <option value={failed}>{t('runs.replay.failed', { name: name(failed) })}</option>}
        {list
          .slice(1)
          .filter((s) => s.id !== failed)
          .map((s) => (
            <option key={s.id} value={s.id}>
              {s.id} · {name(s.id)}
            </option>
          ))}
      </SelectField>
      {isOld && (
        <fieldset className="run-choices">
          <legend>{t('runs.version')}</legend>
          {[false, true].map((x) => (
            <label key={String(x)} className="check">
              <input type="radio" name="version" checked={useNewest === x} onChange={() => setWanted(x)} />
              {x ? t('runs.replay.newest', { n: newest }) : t('runs.replay.same', { n: e.version })}
            </label>
          ))}
        </fieldset>
      )}
      <p className="note warn">{t('runs.replay.lead')}</p>
      <ProblemBox error={start.error} />
    </Dialog>
  );
}
