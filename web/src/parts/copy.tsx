import { useEffect, useId, useRef, useState } from 'react';
import { Check, Copy } from 'lucide-react';
import { useText } from '../text/text';
import { Button } from './basics';

const shownMS = 2000;

/** Copies a text. Over plain HTTP browsers lend no clipboard to pages: then it goes through a field that is there for a moment. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement('textarea');
    field.value = text;
    (document.querySelector('dialog[open]') ?? document.body).append(field);
    field.select();
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- there is no other way without the clipboard
    const done = document.execCommand('copy');
    field.remove();
    return done;
  }
}

/** A button that copies, and says so. */
export function CopyButton({ text, label }: { text: string; label?: string }) {
  const { t } = useText();
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = window.setTimeout(() => setDone(false), shownMS);
    return () => window.clearTimeout(timer);
  }, [done]);
  return (
    <>
      <Button
        icon={done ? <Check aria-hidden /> : <Copy aria-hidden />}
        onClick={() => void copyText(text).then(setDone)}
      >
        {done ? t('common.copy.done') : (label ?? t('common.copy'))}
      </Button>
      <span className="hidden" role="status">
        {done && t('common.copied')}
      </span>
    </>
  );
}

/** A text that is there to be copied: a link, a secret, a command. */
export function CopyBox({ label, text, help }: { label: string; text: string; help?: string }) {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="copy-box">
        <input
          ref={field}
          id={id}
          className="mono"
          readOnly
          spellCheck={false}
          value={text}
          onFocus={() => field.current?.select()}
        />
        <CopyButton text={text} />
      </div>
      {help && <p className="help">{help}</p>}
    </div>
  );
}
