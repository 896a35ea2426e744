import { useEffect, useState } from 'react';
import { Check, Copy } from 'lucide-react';
import { useText } from '../text/text';
import { Button } from './basics';
import { useToaster } from './toasts';

const shownMS = 2000;

/** Copies a text, and says for a moment that it did. */
export function CopyButton({ text, label }: { text: string; label?: string }) {
  const { t } = useText();
  const toaster = useToaster();
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = window.setTimeout(() => setDone(false), shownMS);
    return () => window.clearTimeout(timer);
  }, [done]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setDone(true);
    } catch {
      toaster.fail(new Error(t('data.copy-refused'))); // of browsers that allow it on HTTPS only
    }
  };
  return (
    <Button onClick={() => void copy()} icon={done ? <Check aria-hidden /> : <Copy aria-hidden />}>
      <span aria-live="polite">{done ? t('common.copied') : (label ?? t('common.copy'))}</span>
    </Button>
  );
}
