import { useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../api/client';
import type { Incomplete } from '../api/types';
import { Link } from '../app/router';
import type { Match } from '../app/routes';
import { useMay } from '../app/session';
import { Loading, Moment, Page } from '../parts/basics';
import { FailureBox, ProblemBox } from '../parts/problem';
import { Status } from '../parts/status';
import { useText } from '../text/text';
import { Bundles } from './Bundles';
import { Decide } from './Decide';
import { useExecution, useScenario, useStepNames, useVersion } from './data';
import { AnnouncedRequest } from './AnnouncedRequest';
import type { Shown } from './operations';
import { isBranch } from './values';
import { adviceText, outcomeUnknown, reasonText } from './reasons';
import './runs.css';

/** One bundle that stopped, with what can be done about it. */
export function IncompletePage({ id }: Match) {
  const { t } = useText();
  const incomplete = useQuery({
    queryKey: ['incompletes', 'one', id],
    queryFn: () => api.get<Incomplete>(`/incomplete/${id}`),
    refetchInterval: ({ state }) =>
      state.data?.state === 'pending' || state.data?.state === 'in progress' ? 2000 : false,
  });
  if (incomplete.data) return <Shown incomplete={incomplete.data} />;
  return (
    <Page title={t('runs.incomplete.of', { id: String(id) })}>
      {incomplete.isPending && <Loading />}
      <ProblemBox error={incomplete.error} retry={() => void incomplete.refetch()} />
    </Page>
  );
}

function Shown({ incomplete: i }: { incomplete: Incomplete }) {
  const { t } = useText();
  const client = useQueryClient();
  const may = useMay()('incomplete.edit');
  const scenario = useScenario(i.scenario);
  const names = useStepNames(useVersion(i.scenario, i.version).data);
  const unsure = i.reason.kind === outcomeUnknown;
  const open = i.state === 'unresolved' || i.state === 'pending';
  return (
    <div className="run-page incomplete-page">
      <Page
        title={reasonText(i.reason, t)}
        lead={
          <span className="row">
            <Status status={i.state} />
            <span>
              {t('runs.incomplete.at', { name: names.name(i.module) })}{' '}
              <Link href={`/scenarios/${i.scenario}`}>{scenario.data?.name ?? i.scenario}</Link>
            </span>
          </span>
        }
      >
        {i.state === 'resolved' && (
          <p className="note">
            {t('runs.resolved')} {i.resolution}
          </p>
        )}
        {i.state !== 'pending' && open && <p>{adviceText(i.reason, t)}</p>}
        {i.state === 'pending' && scenario.data?.active && <p className="note">{t('runs.pending')}</p>}
        {open && scenario.data && !scenario.data.active && (
          <p className="note warn" role="status">
            {t(i.state === 'pending' ? 'runs.pending.off' : 'runs.decide.off')}{' '}
            <Link href={`/scenarios/${i.scenario}`}>{t('runs.to-scenario.open')}</Link>
          </p>
        )}
        {!unsure && <FailureBox failure={i.reason} />}
        <Facts incomplete={i} />
        {unsure && <Announced incomplete={i} />}
        {open && may && (
          <Decide
            key={i.id}
            incomplete={i}
            newest={scenario.data?.version}
            reload={() => client.invalidateQueries({ queryKey: ['incompletes'] })}
          />
        )}
        {open && !may && <p className="note">{t('runs.decide.may-not')}</p>}
        {(!open || !may) && <Bundles bundles={i.bundles} id={i.id} name={names.name} />}
      </Page>
    </div>
  );
}

function Facts({ incomplete: i }: { incomplete: Incomplete }) {
  const { t } = useText();
  const execution = useExecution(i.execution);
  const facts: [string, React.ReactNode][] = [
    [
      t(i.attempts > 0 || i.state === 'resolved' ? 'runs.last-in' : 'runs.stopped-in'),
      <Link href={`/history/${i.execution}?module=${i.module}`}>
        {t('runs.execution.of', { id: String(i.execution) })}
      </Link>,
    ],
    [t('runs.version'), i.version],
    [t('runs.col.since'), <Moment at={i.created} />],
    [
      t('runs.col.attempts'),
      i.attempts_max > 0 ? t('runs.attempts.of', { n: i.attempts, max: i.attempts_max }) : i.attempts,
    ],
    [t('runs.col.next'), i.due ? <Moment at={i.due} /> : t('runs.no-retry')],
  ];
  const went = execution.data?.continuations ?? [];
  return (
    <dl className="summary">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
      {went.length > 0 && (
        <div>
          <dt>{t('runs.continuations')}</dt>
          <dd>
            {went.map((id) => (
              <Link key={id} href={`/history/${id}`}>
                {t('runs.execution.of', { id: String(id) })}
              </Link>
            ))}
          </dd>
        </div>
      )}
    </dl>
  );
}

/** The request of which nobody knows whether it arrived. */
function Announced({ incomplete: i }: { incomplete: Incomplete }) {
  const { t } = useText();
  const list = useQuery({
    queryKey: ['operations', i.execution, 'announced', i.module],
    queryFn: () =>
      api.get<{ items: Shown[] }>(`/executions/${i.execution}/operations`, {
        module: i.module,
        failed: 'true',
        limit: 200,
      }),
    select: (page) => page.items.find((o) => o.address === i.address),
  });
  const request = list.data?.request;
  if (!isBranch(request)) return list.isPending ? <Loading /> : null;
  return (
    <section className="card stack">
      <h2>{t('runs.request.announced')}</h2>
      <AnnouncedRequest request={request} file={`incomplete-${i.id}-request`} />
      <p className="soft">
        {t('runs.request.announced.at')} <Moment at={list.data?.started} />
      </p>
    </section>
  );
}
