import type { NewAddress } from '../api/types';
import { NewlyMade } from '../parts/address';
import { Dialog } from '../parts/dialog';
import { useText } from '../text/text';

/** Tells the address of the webhook that was made with a scenario. */
export function WebhookAddress({ made, onClose }: { made: NewAddress; onClose: () => void }) {
  const { t } = useText();
  return (
    <Dialog title={t('builder.webhook-address.title')} onClose={onClose}>
      <p>{t('builder.webhook-address.lead')}</p>
      <NewlyMade made={made} />
    </Dialog>
  );
}
