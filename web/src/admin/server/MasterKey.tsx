import { useState } from 'react';
import { KeyRound } from 'lucide-react';
import { api } from '../../api/client';
import type { components } from '../../api/schema';
import { Button } from '../../parts/basics';
import { Confirm } from '../../parts/confirm';
import { Section } from '../../parts/section';
import { useText } from '../../text/text';

type Rewrapped = components['schemas']['Rewrapped'];

/** Puts a new master key around every secret. */
export function MasterKey() {
  const { t } = useText();
  const [asking, setAsking] = useState(false);
  const [done, setDone] = useState<Rewrapped>();
  return (
    <Section title={t('server.key')} lead={t('server.key.lead')}>
      <div>
        <Button icon={<KeyRound aria-hidden />} onClick={() => setAsking(true)}>
          {t('server.key.rotate')}
        </Button>
      </div>
      {done && (
        <p className="note" role="status">
          {t('server.key.done', { n: done.secrets })} {t('server.key.keep')}
        </p>
      )}
      {asking && (
        <Confirm
          title={t('server.key.rotate')}
          confirm={t('server.key.rotate')}
          act={() => api.post<Rewrapped>('/keys/rotate').then(setDone)}
          onClose={() => setAsking(false)}
        >
          <p>{t('server.key.confirm')}</p>
        </Confirm>
      )}
    </Section>
  );
}
