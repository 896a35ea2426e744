import type { ReactNode } from 'react';
import { useQuery } from '@tanstack/react-query';
import { CircleCheck, TriangleAlert } from 'lucide-react';
import { api } from '../../api/client';
import type { components } from '../../api/schema';
import { Loading, Moment } from '../../parts/basics';
import { ProblemBox } from '../../parts/problem';
import { Section } from '../../parts/section';
import { isKey, useText } from '../../text/text';

type Info = components['schemas']['Server'];

const askMS = 15_000;

/** What runs here, how it is reached, and what it was started with. */
export function About() {
  const { t } = useText();
  const info = useQuery({
    queryKey: ['server'],
    queryFn: () => api.get<Info>('/server'),
    refetchInterval: askMS,
  });
  return (
    <>
      <Section title={t('server.health')} lead={t('server.health.lead')}>
        {info.isPending && <Loading />}
        <ProblemBox error={info.error} retry={() => void info.refetch()} />
        {info.data && <State info={info.data} />}
      </Section>
      {info.data && (
        <Section title={t('server.started-with')} lead={t('server.started-with.lead')}>
          <Options info={info.data} />
        </Section>
      )}
    </>
  );
}

function Fact({ name, children, help }: { name: string; children: ReactNode; help?: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {children}
        {help && <p className="help">{help}</p>}
      </dd>
    </div>
  );
}

function State({ info }: { info: Info }) {
  const { t } = useText();
  const Icon = info.running ? CircleCheck : TriangleAlert;
  return (
    <>
      <p role="status">
        <span className={info.running ? 'status good' : 'status warn'}>
          <Icon aria-hidden />
          {t(info.running ? 'server.ready' : 'server.not-ready')}
        </span>
      </p>
      <dl className="pairs">
        <Fact name={t('server.version')}>
          <code>{info.version}</code>
        </Fact>
        {info.started && (
          <Fact name={t('server.since')}>
            <Moment at={info.started} />
          </Fact>
        )}
        <Fact name={t('nav.apps')}>
          {t('server.apps', { n: info.apps })}, {t('apps.modules', { n: info.modules })}
        </Fact>
      </dl>
    </>
  );
}

function Options({ info }: { info: Info }) {
  const { t, language } = useText();
  const ways = info.notifies.map((way) => {
    const key = `server.notifies.${way}`;
    return isKey(key) ? t(key) : way;
  });
  return (
    <dl className="pairs">
      <Fact name={t('server.directory')}>
        <code className="hash">{info.directory}</code>
      </Fact>
      <Fact name={t('server.address')} help={t('server.address.help')}>
        {info.public_url ? <code className="hash">{info.public_url}</code> : t('server.address.none')}
      </Fact>
      <Fact name={t('server.allowed')} help={t('server.allowed.help')}>
        {info.allowed.length > 0 ? <code>{info.allowed.join(', ')}</code> : t('server.allowed.none')}
      </Fact>
      <Fact name={t('server.mail')} help={t('server.mail.help')}>
        {t(info.mail ? 'server.mail.on' : 'server.mail.off')}
      </Fact>
      <Fact name={t('server.notifies')} help={t('server.notifies.help')}>
        {new Intl.ListFormat(language).format(ways)}
      </Fact>
      <Fact name={t('server.metrics')} help={t('server.health.monitoring')}>
        {t(info.metrics ? 'me.factor.on' : 'me.factor.off')}
      </Fact>
    </dl>
  );
}
