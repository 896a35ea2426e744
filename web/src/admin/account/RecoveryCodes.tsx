import { Download } from 'lucide-react';
import { Button } from '../../parts/basics';
import { CopyButton } from '../../parts/copy';
import { saveFile } from '../../parts/form';
import { useText } from '../../text/text';

/** Shows recovery codes, which are told once, and has them kept. */
export function RecoveryCodes({ codes, onDone }: { codes: string[]; onDone: () => void }) {
  const { t } = useText();
  const text = codes.join('\n') + '\n';
  return (
    <div className="panel stack" role="group" aria-label={t('me.codes')}>
      <h3>{t('me.codes')}</h3>
      <p>{t('me.codes.lead')}</p>
      <ul className="codes mono">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div className="row">
        <CopyButton text={text} />
        <Button icon={<Download aria-hidden />} onClick={() => saveFile('ropeway-recovery-codes.txt', text)}>
          {t('me.codes.download')}
        </Button>
        <Button look="primary" onClick={onDone}>
          {t('me.codes.done')}
        </Button>
      </div>
    </div>
  );
}
