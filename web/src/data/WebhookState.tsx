import { Ban, CirclePause, CirclePlay, GraduationCap } from 'lucide-react';
import type { Webhook } from '../api/types';
import { useText } from '../text/text';

/** What a webhook does with what arrives. */
export function WebhookState({ webhook: w }: { webhook: Webhook }) {
  const { t } = useText();
  if (w.gone)
    return (
      <span className="status bad">
        <Ban aria-hidden /> {t('webhooks.gone')}
      </span>
    );
  if (w.paused)
    return (
      <span className="status warn">
        <CirclePause aria-hidden /> {t('webhooks.paused')}
      </span>
    );
  if (w.learning)
    return (
      <span className="status live">
        <GraduationCap aria-hidden /> {t('webhooks.learning')}
      </span>
    );
  return (
    <span className="status good">
      <CirclePlay aria-hidden /> {t('webhooks.takes')}
    </span>
  );
}
