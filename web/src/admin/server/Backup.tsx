import { useMutation } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import { address, CallError } from '../../api/client';
import type { Problem } from '../../api/types';
import { Button } from '../../parts/basics';
import { saveFile } from '../../parts/form';
import { ProblemBox } from '../../parts/problem';
import { Section } from '../../parts/section';
import { useText } from '../../text/text';

/** Has a backup made and hands it to the browser, which keeps large ones on its disk until they are saved. */
async function download(): Promise<number> {
  const answer = await fetch(address('/backup'), { method: 'POST', credentials: 'same-origin' });
  if (!answer.ok) throw new CallError(answer.status, (await answer.json()) as Problem);
  const file = await answer.blob();
  saveFile(`ropeway-${new Date().toISOString().slice(0, 16).replace(':', '')}.backup`, file, file.type);
  return file.size;
}

export function Backup() {
  const { t } = useText();
  const backup = useMutation({ mutationFn: download });
  return (
    <Section title={t('server.backup')} lead={t('server.backup.lead')}>
      <p>{t('server.backup.key')}</p>
      <div>
        <Button icon={<Download aria-hidden />} busy={backup.isPending} onClick={() => backup.mutate()}>
          {t(backup.isPending ? 'server.backup.busy' : 'server.backup.do')}
        </Button>
      </div>
      {backup.isSuccess && <p role="status">{t('server.backup.done')}</p>}
      <ProblemBox error={backup.error} />
      <p className="help">{t('server.backup.restore')}</p>
      <pre className="command">{'ropeway restore FILE --data NEW-DIRECTORY'}</pre>
    </Section>
  );
}
