import { useState } from 'react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { CircleDashed, TriangleAlert } from 'lucide-react';
import { api } from '../api/client';
import { Link } from '../app/router';
import { useMay } from '../app/session';
import { AppChain } from '../parts/apps';
import { Moment } from '../parts/basics';
import { Status } from '../parts/status';
import { useToaster } from '../parts/toasts';
import { useText } from '../text/text';
import { RowMenu } from './RowMenu';
import { scheduleWords } from '../parts/schedule';
import type { Folder, Listed } from './shelf';

/** Switches a scenario on and off. While the server is asked it shows what was wished for. */
function ActiveSwitch({ scenario: s }: { scenario: Listed }) {
  const { t } = useText();
  const mayRun = useMay()('scenario.run');
  const client = useQueryClient();
  const toaster = useToaster();
  const [wished, setWished] = useState<boolean>();
  const turn = useMutation({
    mutationFn: (on: boolean) => api.post(`/scenarios/${s.id}/${on ? 'start' : 'stop'}`),
    onError: toaster.fail,
    onSettled: async () => {
      await client.invalidateQueries({ queryKey: ['scenarios'] });
      setWished(undefined);
    },
  });
  const isOn = wished ?? s.active;
  return (
    <label className="row-switch above" title={s.active || !s.invalid ? undefined : t('scenarios.cannot-run')}>
      <input
        type="checkbox"
        role="switch"
        className="switch"
        aria-label={t('scenarios.active', { name: s.name })}
        checked={isOn}
        disabled={!mayRun}
        aria-busy={turn.isPending || undefined}
        onChange={(e) => {
          if (turn.isPending) return;
          setWished(e.target.checked);
          turn.mutate(e.target.checked);
        }}
      />
      <span aria-hidden className="soft">
        {isOn ? t('scenarios.on') : t('scenarios.off')}
      </span>
    </label>
  );
}

function When({ scenario: s, showsFolder }: { scenario: Listed; showsFolder: boolean }) {
  const text = useText();
  return (
    <p className="soft">
      {scheduleWords(s.schedule, s.runs, text)}
      {s.active && s.due && (
        <>
          {` · ${text.t('scenarios.next')} `}
          <Moment at={s.due} />
        </>
      )}
      {showsFolder && s.folder && ` · ${s.folder}`}
    </p>
  );
}

function Last({ scenario: s }: { scenario: Listed }) {
  const { t, told } = useText();
  if (!s.last) return <span className="soft">{t('scenarios.never')}</span>;
  return (
    <Link
      className="above row-last"
      href={`/history/${s.last.execution}`}
      title={s.last.message && told({ ...s.last, message: s.last.message }).message}
    >
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
  const { t } = useText();
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
            <TriangleAlert aria-hidden /> {t('scenarios.cannot-run')}
          </p>
        ) : (
          <When scenario={s} showsFolder={showsFolder} />
        )}
      </div>
      <Incomplete scenario={s} />
      <p className="thing-side row-result">
        <Last scenario={s} />
      </p>
      <ActiveSwitch scenario={s} />
      <RowMenu scenario={s} folders={folders} />
    </li>
  );
}
