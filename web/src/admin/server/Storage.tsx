import { useQuery } from '@tanstack/react-query';
import { TriangleAlert } from 'lucide-react';
import { api } from '../../api/client';
import type { components } from '../../api/schema';
import { Link } from '../../app/router';
import { Loading, Moment } from '../../parts/basics';
import { ProblemBox } from '../../parts/problem';
import { Section } from '../../parts/section';
import { useText, type Key } from '../../text/text';
import { bytesWord } from './bytes';

type Stored = components['schemas']['Storage'];

const askMS = 30_000;
/** From this share of the budget on, it is told that history goes because of its size. */
const nearlyFull = 0.9;

/** What the data directory takes, and what the budget gives up next. */
export function Storage() {
  const { t } = useText();
  const storage = useQuery({
    queryKey: ['storage'],
    queryFn: () => api.get<Stored>('/storage'),
    refetchInterval: askMS,
  });
  return (
    <Section title={t('server.storage')} lead={t('server.storage.lead')}>
      {storage.isPending && <Loading />}
      <ProblemBox error={storage.error} retry={() => void storage.refetch()} />
      {storage.data && (
        <>
          <Disk stored={storage.data} />
          <Parts stored={storage.data} />
          <Budget stored={storage.data} />
        </>
      )}
    </Section>
  );
}

function Disk({ stored }: { stored: Stored }) {
  const { t, language } = useText();
  const write = (n: number) => bytesWord(n, language);
  const low = stored.disk_free < 4 * stored.disk_needed;
  return (
    <p className={low ? 'note warn' : undefined}>
      {low && <TriangleAlert aria-hidden />}{' '}
      {t('server.disk', { taken: write(stored.database_bytes + stored.log_bytes), free: write(stored.disk_free) })}{' '}
      <span className="soft">{t('server.disk.needed', { needed: write(stored.disk_needed) })}</span>
    </p>
  );
}

interface Part {
  name: string;
  text: Key;
  bytes: number;
  number?: number;
}

function partsOf(s: Stored): Part[] {
  const known = s.history.bytes + s.queued.bytes + s.incomplete.bytes + s.free_bytes;
  return [
    { name: 'history', text: 'server.part.history', bytes: s.history.bytes, number: s.history.number },
    { name: 'queued', text: 'server.part.queued', bytes: s.queued.bytes, number: s.queued.number },
    { name: 'incomplete', text: 'server.part.incomplete', bytes: s.incomplete.bytes, number: s.incomplete.number },
    { name: 'rest', text: 'server.part.rest', bytes: Math.max(0, s.database_bytes - known) },
    { name: 'free', text: 'server.part.free', bytes: s.free_bytes },
    { name: 'log', text: 'server.part.log', bytes: s.log_bytes },
  ];
}

function Parts({ stored }: { stored: Stored }) {
  const { t, language } = useText();
  const parts = partsOf(stored);
  const whole = parts.reduce((sum, p) => sum + p.bytes, 0) || 1;
  return (
    <div>
      <div className="bar" aria-hidden>
        {parts
          .filter((p) => p.bytes > 0)
          .map((p) => (
            <span key={p.name} className={`bar-${p.name}`} style={{ flexGrow: p.bytes / whole }} />
          ))}
      </div>
      <table className="table parts">
        <caption className="hidden">{t('server.storage')}</caption>
        <thead className="hidden">
          <tr>
            <th scope="col">{t('server.part')}</th>
            <th scope="col">{t('server.part.number')}</th>
            <th scope="col">{t('server.part.size')}</th>
          </tr>
        </thead>
        <tbody>
          {parts.map((p) => (
            <tr key={p.name}>
              <th scope="row">
                <span className={`dot bar-${p.name}`} aria-hidden /> {t(p.text)}
              </th>
              <td className="number soft">{p.number?.toLocaleString(language)}</td>
              <td className="number">{bytesWord(p.bytes, language)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Budget({ stored }: { stored: Stored }) {
  const { t, language } = useText();
  const { budget, history, next } = stored;
  const size = bytesWord(budget.bytes, language);
  const share = budget.bytes > 0 ? history.bytes / budget.bytes : 0;
  const limits = [
    budget.bytes > 0 ? t('server.budget.bytes', { size }) : '',
    budget.days > 0 ? t('server.budget.days', { n: budget.days }) : '',
  ].filter(Boolean);
  return (
    <div className="panel stack">
      <h3>{t('server.budget')}</h3>
      <p>
        {limits.length > 0
          ? t('server.budget.is', { limits: new Intl.ListFormat(language).format(limits) })
          : t('server.budget.none')}
      </p>
      {budget.bytes > 0 && (
        <>
          <progress
            className={share >= nearlyFull ? 'meter full' : 'meter'}
            max={1}
            value={Math.min(1, share)}
            aria-label={t('server.budget.used')}
          />
          <p className="help">
            {t('server.budget.taken', {
              size: bytesWord(history.bytes, language),
              share: new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 }).format(share),
            })}
          </p>
        </>
      )}
      {next && (
        <p>
          {t('server.next')}{' '}
          <Link href={`/history/${next.execution}`}>{t('server.next.execution', { id: String(next.execution) })}</Link>
          {', '}
          {t('server.next.of')} <Moment at={next.finished} />
          {': '}
          {next.over > 0 ? t('server.next.size', { size: bytesWord(next.over, language) }) : t('server.next.age')}{' '}
          {next.over <= 0 && <Moment at={next.at} />}
        </p>
      )}
    </div>
  );
}
