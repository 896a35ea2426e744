import { useMutation, useQueryClient } from '@tanstack/react-query';
import { CircleDashed, TriangleAlert } from 'lucide-react';
import { api } from '../api/client';
import { Link } from '../app/router';
import { useMay } from '../app/session';
import { Moment } from '../parts/basics';
import { Status } from '../parts/status';
import { useToaster } from '../parts/toasts';
import { useText } from '../text/text';
import { AppChain } from './chain';
import { RowMenu } from './RowMenu';
import { scheduleWords } from './schedule';
import type { Folder, Listed } from './shelf';

/** Switches a scenario on and off. While the server is asked it shows what was wished for. */
function ActiveSwitch({ scenario: s }: { scenario: Listed }) {
  const { t } = useText();
  const mayRun = useMay()('scenario.run');
  const client = useQueryClient();
  const toaster = useToaster();
  const turn = useMutation({
    mutationFn: (on: boolean) => api.post(`/scenarios/${s.id}/${on ? 'start' : 'stop'}`),
    onError: toaster.fail,
    onSettled: () => client.invalidateQueries({ queryKey: ['scenarios'] }),
  });
  const isOn = turn.isPending ? turn.variables : s.active;
  const refused = s.invalid && !s.active ? s.invalid : undefined;
  return (
    <label className="row-switch above" title={refused}>
      <input
        type="checkbox"
        role="switch"
        className="switch"
        aria-label={t('scenarios.active', { name: s.name })}
        checked={isOn}
        disabled={!mayRun || !!refused || turn.isPending}
        onChange={(e) => turn.mutate(e.target.checked)}
      />
      <span aria-hidden className="soft">
        {isOn ? t('scenarios.on') : t('scenarios.off')}
      </span>
    </label>
  );
}

function Next({ scenario: s }: { scenario: Listed }) {
  const { t } = useText();
  if (!s.active || !s.due) return null;
  return (
    <>
      <span className="soft">{t('scenarios.next')}</span> <Moment at={s.due} />
    </>
  );
}

function Last({ scenario: s }: { scenario: Listed }) {
  const { t } = useText();
  if (!s.last) return <span className="soft">{t('scenarios.never')}</span>;
  return (
    <Link className="above row-last" href={`/history/${s.last.execution}`} title={s.last.message}>
      <Status status={s.last.status} />
      <Moment at={s.last.finished} />
    </Link>
  );
}

function Incomplete({ scenario: s }: { scenario: Listed }) {
  const { t } = useText();
  if (s.incomplete === 0) return null;
  return (
    <Link className="above status warn" href={`/incomplete?scenario=${s.id}`}>
      <CircleDashed aria-hidden />
      {t('scenarios.incomplete', { n: s.incomplete })}
    </Link>
  );
}

/** One scenario of the list. */
export function Row({
  scenario: s,
  folders,
  showsFolder,
}: {
  scenario: Listed;
  folders: Folder[];
  showsFolder: boolean;
}) {
  const text = useText();
  return (
    <li className={s.active ? 'thing' : 'thing off'}>
      <span className="row-chain">
        <AppChain modules={s.modules} />
      </span>
      <div className="thing-main">
        <Link className="thing-name" href={`/scenarios/${s.id}`}>
          {s.name}
        </Link>
        {s.invalid ? (
          <p className="row-reason">
            <TriangleAlert aria-hidden /> {s.invalid}
          </p>
        ) : (
          <p className="soft">
            {scheduleWords(s.schedule, s.runs, text)}
            {showsFolder && s.folder && ` · ${s.folder}`}
          </p>
        )}
      </div>
      <Incomplete scenario={s} />
      <p className="thing-side row-next">
        <Next scenario={s} />
      </p>
      <p className="thing-side row-result">
        <Last scenario={s} />
      </p>
      <ActiveSwitch scenario={s} />
      <RowMenu scenario={s} folders={folders} />
    </li>
  );
}
