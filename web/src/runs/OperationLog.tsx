import type { Operation } from '../api/types';
import { useText } from '../text/text';
import { exchangesOf, outcomeOf } from './operations';

/** What happened in an operation, in the order in which it did. */
export function OperationLog({ operation: o, live }: { operation: Operation; live: boolean }) {
  const { t, told, duration, language, zone } = useText();
  const time = new Intl.DateTimeFormat(language, {
    timeStyle: 'medium',
    timeZone: zone,
  });
  const clock = (iso: string) =>
    `${time.format(new Date(iso))}.${String(new Date(iso).getUTCMilliseconds()).padStart(3, '0')}`;
  return (
    <ol className="log">
      <li>
        <time dateTime={o.started}>{clock(o.started)}</time>
        <span>{t(o.announced ? 'runs.log.announced' : 'runs.log.started')}</span>
      </li>
      {exchangesOf(o).map((x, i) => (
        <li key={i}>
          <span />
          <span>
            {x.request.method} {x.request.url}
            {x.response?.status !== undefined && ` → ${x.response.status}`}
            {x.duration_ms !== undefined && ` (${duration(x.duration_ms)})`}
            {x.error && ` · ${x.error}`}
          </span>
        </li>
      ))}
      {o.error && (
        <li className="bad">
          <span />
          <span>
            {o.error.kind}: {told(o.error).message}
          </span>
        </li>
      )}
      {o.finished ? (
        <li>
          <time dateTime={o.finished}>{clock(o.finished)}</time>
          <span>
            {t('runs.log.finished', { time: duration(o.duration_ms) })} {t('runs.bundles', { n: o.bundle_count })}
          </span>
        </li>
      ) : (
        <li>
          <span />
          <span>{t(outcomeOf(o, live) === 'running' ? 'status.running' : 'runs.outcome.unknown')}</span>
        </li>
      )}
    </ol>
  );
}
