import { useEffect, useState } from 'react';
import { useToaster } from '../parts/toasts';
import { useText } from '../text/text';

const toldMS = 1600;

/** Copies texts, and tells for a moment that it did. */
export function useClipboard() {
  const { t } = useText();
  const toaster = useToaster();
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = window.setTimeout(() => setDone(false), toldMS);
    return () => window.clearTimeout(timer);
  }, [done]);
  const copy = async (text: string) => {
    try {
      await navigator.clipboard.writeText(text);
      setDone(true);
    } catch {
      toaster.fail(new Error(t('runs.copy.refused'))); // of browsers that allow it on HTTPS only
    }
  };
  return { done, copy };
}
