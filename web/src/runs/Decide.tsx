import { useState, type ReactNode } from 'react';
import { useMutation } from '@tanstack/react-query';
import { CircleCheck, CircleX, RotateCcw, SkipForward } from 'lucide-react';
import { api, CallError } from '../api/client';
import type { Decision, Incomplete } from '../api/types';
import { AreaField, Button, TextField } from '../parts/basics';
import { ProblemBox } from '../parts/problem';
import { useToaster } from '../parts/toasts';
import { useText } from '../text/text';
import { Bundles, bundlesOf, withBundles } from './Bundles';
import { useStepNames, useVersion } from './data';
import { readObject } from './json';
import { outcomeUnknown } from './reasons';

type Action = 'happened' | 'retry' | 'skip' | 'stop';

const icons: Record<Action, ReactNode> = {
  happened: <CircleCheck aria-hidden />,
  retry: <RotateCcw aria-hidden />,
  skip: <SkipForward aria-hidden />,
  stop: <CircleX aria-hidden />,
};

interface DecideProps {
  incomplete: Incomplete;
  newest: number | undefined;
  reload: () => Promise<unknown>;
}

/** What a person decides about a bundle that stopped, with what follows from each choice. */
export function Decide({ incomplete: i, newest, reload }: DecideProps) {
  const { t } = useText();
  const toaster = useToaster();
  const unsure = i.reason.kind === outcomeUnknown;
  const [action, setAction] = useState<Action | undefined>(unsure ? undefined : 'retry');
  const [seen, setSeen] = useState(i.revision);
  const [output, setOutput] = useState('{}');
  const [edited, setEdited] = useState<string>();
  const [reason, setReason] = useState('');
  const [useNewest, setUseNewest] = useState(false);
  const names = useStepNames(useVersion(i.scenario, i.version).data);
  const happened = readObject(output);
  const bundles = edited === undefined ? undefined : readObject(edited);
  const wrong = (action === 'happened' && happened.error) || (action === 'retry' && bundles?.error);
  const decide = useMutation({
    mutationFn: (d: Decision) => api.post<Incomplete>(`/incomplete/${i.id}/decide`, d, seen),
    onSuccess: async (after, d) => {
      toaster.say(t(`runs.decided.${d.action}`));
      setSeen(after.revision);
      setEdited(undefined);
      await reload();
    },
  });
  /** Goes on with the state that somebody else has left. */
  const look = async () => {
    const now = await api.get<Incomplete>(`/incomplete/${i.id}`);
    await reload();
    setSeen(now.revision);
    decide.reset();
  };
  const conflict = decide.error instanceof CallError && decide.error.status === 412;
  const kept = () => (bundles?.value ? withBundles(i.bundles, bundles.value) : undefined);
  const submit = () => {
    if (!action || wrong) return;
    const newestOne = useNewest && (action === 'retry' || action === 'happened') ? true : undefined;
    if (action === 'happened')
      decide.mutate({ action, output: happened.value, newest: newestOne, reason: reason || undefined });
    else if (action === 'retry') decide.mutate({ action, bundles: kept(), newest: newestOne });
    else decide.mutate({ action, reason: reason || undefined });
  };
  const choices: Action[] = unsure ? ['happened', 'retry', 'skip', 'stop'] : ['retry', 'happened', 'skip', 'stop'];
  return (
    <>
      <form
        className="card decide"
        aria-label={t('runs.decide')}
        onSubmit={(e) => {
          e.preventDefault();
          submit();
        }}
      >
        <h2>{t('runs.decide')}</h2>
        <div className="decide-choices" role="radiogroup" aria-label={t('runs.decide')}>
          {choices.map((a) => (
            <label key={a} className={action === a ? 'decide-choice chosen' : 'decide-choice'}>
              <input type="radio" name="action" checked={action === a} onChange={() => setAction(a)} />
              {icons[a]}
              <span>
                <b>{t(a === 'retry' && unsure ? 'runs.decide.again' : `runs.decide.${a}`)}</b>
                <span className="soft">
                  {t(a === 'retry' && unsure ? 'runs.decide.again.then' : `runs.decide.${a}.then`)}
                </span>
              </span>
            </label>
          ))}
        </div>
        {action === 'happened' && (
          <AreaField
            className="mono"
            label={t('runs.decide.output')}
            help={t('runs.decide.output.help')}
            error={happened.error && t('runs.json.wrong', { why: happened.error })}
            value={output}
            rows={5}
            spellCheck={false}
            onChange={(e) => setOutput(e.target.value)}
          />
        )}
        {(action === 'retry' || action === 'happened') && newest !== undefined && newest !== i.version && (
          <label className="check">
            <input type="checkbox" checked={useNewest} onChange={(e) => setUseNewest(e.target.checked)} />
            {t('runs.decide.newest', { n: newest, old: i.version })}
          </label>
        )}
        {(action === 'skip' || action === 'stop') && (
          <TextField
            label={t('runs.decide.reason')}
            value={reason}
            maxLength={500}
            onChange={(e) => setReason(e.target.value)}
          />
        )}
        {conflict ? (
          <div className="note warn" role="alert">
            <p>{t('runs.decide.conflict')}</p>
            <Button onClick={() => void look().catch(toaster.fail)}>{t('runs.decide.conflict.show')}</Button>
          </div>
        ) : (
          <ProblemBox error={decide.error} />
        )}
        {i.revision > seen && !conflict && (
          <p className="note warn" role="status">
            {t('runs.decide.changed')}{' '}
            <Button look="quiet" onClick={() => setSeen(i.revision)}>
              {t('runs.decide.changed.ok')}
            </Button>
          </p>
        )}
        <div className="row">
          <Button type="submit" look="primary" disabled={!action || Boolean(wrong)} busy={decide.isPending}>
            {t(action ? `runs.decide.${action}.do` : 'runs.decide.choose')}
          </Button>
        </div>
      </form>
      {edited === undefined ? (
        <div className="stack">
          <Bundles bundles={i.bundles} id={i.id} name={names.name} />
          <div>
            <Button onClick={() => setEdited(JSON.stringify(bundlesOf(i.bundles), null, 2))}>
              {t('runs.bundles.edit')}
            </Button>
          </div>
        </div>
      ) : (
        <section className="card stack">
          <AreaField
            className="mono"
            label={t('runs.bundles.kept')}
            help={t('runs.bundles.edit.help')}
            error={bundles?.error && t('runs.json.wrong', { why: bundles.error })}
            value={edited}
            rows={16}
            spellCheck={false}
            onChange={(e) => setEdited(e.target.value)}
          />
          <div className="row">
            <Button
              busy={decide.isPending}
              disabled={bundles?.error !== undefined}
              onClick={() => decide.mutate({ action: 'edit', bundles: kept() })}
            >
              {t('runs.bundles.save')}
            </Button>
            <Button look="quiet" onClick={() => setEdited(undefined)}>
              {t('common.cancel')}
            </Button>
          </div>
        </section>
      )}
    </>
  );
}
