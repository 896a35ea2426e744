import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { NewAddress } from '../api/types';
import { Link } from '../app/router';
import { Dialog } from '../parts/dialog';
import { keepAddress, NewlyMade } from '../parts/address';
import { useText } from '../text/text';

/** Shows the address of a webhook that was made with a scenario. */
export function AddressDialog({ made, onClose }: { made: NewAddress; onClose: () => void }) {
  const { t } = useText();
  const client = useQueryClient();
  useEffect(() => {
    keepAddress(client, made);
  }, [client, made]);
  return (
    <Dialog title={t('webhook.told.title', { name: made.webhook.name })} onClose={onClose}>
      <NewlyMade made={made} />
      <p>
        <Link href={`/webhooks/${made.webhook.id}`}>{t('webhook.told.steps')}</Link>
      </p>
    </Dialog>
  );
}
