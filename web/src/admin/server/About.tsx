import { useQuery } from '@tanstack/react-query';
import { CircleCheck, TriangleAlert } from 'lucide-react';
import { Loading } from '../../parts/basics';
import { Section } from '../../parts/section';
import { useText } from '../../text/text';

const askMS = 15_000;

async function isReady(): Promise<boolean> {
  return (await fetch('/readyz', { cache: 'no-store' })).ok;
}

/** Whether the server takes work in, as monitoring asks it. */
export function About() {
  const { t } = useText();
  const ready = useQuery({ queryKey: ['ready'], queryFn: isReady, refetchInterval: askMS, retry: false });
  const good = ready.data === true;
  return (
    <Section title={t('server.health')} lead={t('server.health.lead')}>
      {ready.isPending ? (
        <Loading />
      ) : (
        <p role="status">
          <span className={good ? 'status good' : 'status warn'}>
            {good ? <CircleCheck aria-hidden /> : <TriangleAlert aria-hidden />}
            {t(good ? 'server.ready' : 'server.not-ready')}
          </span>
        </p>
      )}
      <p className="help">{t('server.health.monitoring')}</p>
    </Section>
  );
}
