import { useQuery } from '@tanstack/react-query';
import { CircleCheck, TriangleAlert } from 'lucide-react';
import { api } from '../../api/client';
import type { components } from '../../api/schema';
import { Link } from '../../app/router';
import { Loading, Moment } from '../../parts/basics';
import { ProblemBox } from '../../parts/problem';
import { Section } from '../../parts/section';
import { isKey, useText } from '../../text/text';

type Cluster = components['schemas']['Cluster'];
type Node = Cluster['nodes'][number];

const askMS = 5_000;
const queues = 10;

/** The machines that share the work, what each of them does, and what waits. */
export function Nodes() {
  const { t } = useText();
  const cluster = useQuery({
    queryKey: ['cluster'],
    queryFn: () => api.get<Cluster>(`/cluster?limit=${queues}`),
    refetchInterval: askMS,
  });
  return (
    <Section title={t('server.nodes')} lead={t('server.nodes.lead')}>
      {cluster.isPending && <Loading />}
      <ProblemBox error={cluster.error} retry={() => void cluster.refetch()} />
      {cluster.data && (
        <>
          {cluster.data.unowned > 0 && (
            <p role="status">
              <span className="status warn">
                <TriangleAlert aria-hidden />
                {t('server.nodes.unowned', { n: cluster.data.unowned, of: cluster.data.partitions })}
              </span>
            </p>
          )}
          <NodeTable nodes={cluster.data.nodes} />
          {cluster.data.queues.length > 0 && <Queues queues={cluster.data.queues} />}
        </>
      )}
    </Section>
  );
}

function NodeTable({ nodes }: { nodes: Node[] }) {
  const { t } = useText();
  return (
    <div className="table-box" tabIndex={0} role="region" aria-label={t('server.nodes')}>
      <table className="table">
        <caption className="hidden">{t('server.nodes')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('server.nodes.name')}</th>
            <th scope="col">{t('server.nodes.state')}</th>
            <th scope="col">{t('server.nodes.share')}</th>
            <th scope="col">{t('server.nodes.running')}</th>
            <th scope="col">{t('server.nodes.waiting')}</th>
            <th scope="col">{t('server.version')}</th>
            <th scope="col">{t('server.since')}</th>
          </tr>
        </thead>
        <tbody>
          {nodes.map((n) => (
            <NodeRow key={n.id} node={n} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function NodeRow({ node }: { node: Node }) {
  const { t, language } = useText();
  const Icon = node.state === 'alive' ? CircleCheck : TriangleAlert;
  const state = `server.nodes.${node.state}`;
  const roles = node.roles.map((role) => {
    const key = `server.nodes.role.${role}`;
    return isKey(key) ? t(key) : role;
  });
  return (
    <tr>
      <th scope="row">
        <code>{node.address || node.id}</code>
        <span className="soft">
          {' '}
          {new Intl.ListFormat(language).format(roles)}
          {node.here && ` · ${t('server.nodes.here')}`}
        </span>
      </th>
      <td>
        <span className={node.state === 'alive' ? 'status good' : 'status warn'}>
          <Icon aria-hidden />
          {isKey(state) ? t(state) : node.state}
        </span>
      </td>
      <td className="number">{node.partitions.toLocaleString(language)}</td>
      <td className="number">{node.running.toLocaleString(language)}</td>
      <td className="number">{node.waiting.toLocaleString(language)}</td>
      <td>
        <code>{node.version}</code>
      </td>
      <td>{node.started && <Moment at={node.started} />}</td>
    </tr>
  );
}

function Queues({ queues }: { queues: Cluster['queues'] }) {
  const { t, language } = useText();
  return (
    <div className="table-box" tabIndex={0} role="region" aria-label={t('server.nodes.queues')}>
      <table className="table">
        <caption>{t('server.nodes.queues')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('server.nodes.scenario')}</th>
            <th scope="col">{t('server.nodes.payloads')}</th>
          </tr>
        </thead>
        <tbody>
          {queues.map((q) => (
            <tr key={q.scenario}>
              <th scope="row">
                <Link href={`/scenarios/${q.scenario}`}>{q.name}</Link>
              </th>
              <td className="number">{q.payloads.toLocaleString(language)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
