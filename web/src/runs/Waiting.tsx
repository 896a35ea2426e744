import { LoaderCircle } from 'lucide-react';
import { useSession } from '../app/session';
import { CopyButton } from '../parts/copy';
import { useAddress } from '../parts/address';
import { useWebhooksOf } from '../parts/webhooks';
import { useText } from '../text/text';

/** Says that a run waits for what the webhook of the scenario is sent, and hands its address out. */
export function Waiting({ scenario }: { scenario: number }) {
  const { t } = useText();
  const { team } = useSession();
  const { items, list } = useWebhooksOf(team, scenario);
  const first = items.find((w) => !w.gone);
  const { path } = useAddress(first);
  if (list.isSuccess && !first) return <p className="run-waiting bad">{t('runs.waiting.none')}</p>;
  return (
    <div className="run-waiting" role="status">
      <LoaderCircle aria-hidden className="spin" />
      <span>{t(first?.paused ? 'runs.waiting.paused' : 'runs.waiting', { name: first?.name ?? '' })}</span>
      {path && <CopyButton text={new URL(path, location.origin).href} label={t('runs.waiting.copy')} />}
    </div>
  );
}
