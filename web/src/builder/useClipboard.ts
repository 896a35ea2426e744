import { useCallback } from 'react';
import { copy, paste, readClip } from '../blueprint/clip';
import type { Blueprint } from '../blueprint/types';
import { useToaster } from '../parts/toasts';
import { useText } from '../text/text';
import type { Edit } from './useEdited';

const place = 'ropeway.clipboard';

/** What was copied: of the system where the browser lets us, else of this browser. */
async function read(): Promise<string> {
  try {
    const text = await navigator.clipboard.readText();
    if (readClip(text).length > 0) return text;
  } catch {
    // It needs a permission that was not given, or a secure address.
  }
  return localStorage.getItem(place) ?? '';
}

/** Copies modules and pastes them, also from one scenario into another and from Make. */
export function useClipboard(blueprint: Blueprint, edit: Edit, select: (ids: number[]) => void) {
  const toaster = useToaster();
  const { t } = useText();
  return {
    copy: useCallback(
      (ids: number[]) => {
        if (ids.length === 0) return;
        const text = JSON.stringify(copy(blueprint, ids), null, 2);
        localStorage.setItem(place, text);
        // Where the browser refuses, pasting within it works all the same.
        void (navigator.clipboard as Clipboard | undefined)?.writeText(text).catch(() => undefined);
        toaster.say(t('builder.copied', { n: ids.length }));
      },
      [blueprint, toaster, t],
    ),
    paste: useCallback(
      async (after: number | undefined) => {
        const rows = readClip(await read());
        if (rows.length === 0) {
          toaster.say(t('builder.nothing-copied'));
          return;
        }
        const { ids } = paste(blueprint, rows, after);
        edit((b) => paste(b, rows, after).blueprint);
        select(ids);
      },
      [blueprint, edit, select, toaster, t],
    ),
  };
}
