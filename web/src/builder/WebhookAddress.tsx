import { Copy } from 'lucide-react';
import { Button } from '../parts/basics';
import { Dialog } from '../parts/dialog';
import { useToaster } from '../parts/toasts';
import { useText } from '../text/text';

/** Tells the address of a new webhook, which cannot be read again. */
export function WebhookAddress({ address, onClose }: { address: string; onClose: () => void }) {
  const { t } = useText();
  const toaster = useToaster();
  const copy = async () => {
    await navigator.clipboard.writeText(address);
    toaster.say(t('common.copied'));
  };
  return (
    <Dialog title={t('builder.webhook-address.title')} onClose={onClose}>
      <p>{t('builder.webhook-address.lead')}</p>
      <div className="row told-address">
        <code>{address}</code>
        <Button icon={<Copy aria-hidden />} onClick={() => void copy()}>
          {t('common.copy')}
        </Button>
      </div>
    </Dialog>
  );
}
