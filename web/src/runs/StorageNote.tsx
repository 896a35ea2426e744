import { useQuery } from '@tanstack/react-query';
import { HardDrive } from 'lucide-react';
import { api } from '../api/client';
import { Link } from '../app/router';
import { useMayAnywhere } from '../app/session';
import { Moment } from '../parts/basics';
import { useText } from '../text/text';
import type { components } from '../api/schema';
import { useNumbers } from './numbers';

type Storage = components['schemas']['Storage'];

/** How much the history takes, and what its budget deletes next; for who may see the installation. */
export function StorageNote() {
  const { t } = useText();
  const { bytes, count } = useNumbers();
  const may = useMayAnywhere()('installation.view');
  const { data } = useQuery({
    queryKey: ['storage'],
    queryFn: () => api.get<Storage>('/storage'),
    enabled: may,
    refetchInterval: 60_000,
  });
  if (!data) return null;
  const { history, budget, next } = data;
  return (
    <details className="storage">
      <summary>
        <HardDrive aria-hidden />
        {budget.bytes > 0
          ? t('runs.storage.of', { used: bytes(history.bytes), all: bytes(budget.bytes) })
          : t('runs.storage.used', { used: bytes(history.bytes) })}
      </summary>
      <div className="storage-body card">
        {budget.bytes > 0 && (
          <meter
            aria-label={t('runs.storage')}
            min={0}
            max={budget.bytes}
            high={budget.bytes * 0.9}
            value={history.bytes}
          />
        )}
        <p>
          {t('runs.storage.executions', { n: history.number })}
          {budget.days > 0 && ` · ${t('runs.storage.days', { n: budget.days })}`}
        </p>
        {next ? (
          <p>
            {next.over > 0 ? t('runs.storage.over', { n: next.over }) : t('runs.storage.next')}{' '}
            <Link href={`/history/${next.execution}`}>{t('runs.execution.of', { id: String(next.execution) })}</Link>
            {next.at && (
              <>
                {' · '}
                <Moment at={next.at} />
              </>
            )}
          </p>
        ) : (
          <p>{t('runs.storage.nothing')}</p>
        )}
        <p className="soft">
          {t('runs.storage.disk', { free: bytes(data.disk_free), queued: count(data.queued.number) })}
        </p>
      </div>
    </details>
  );
}
