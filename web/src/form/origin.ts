import type { Speaker } from '../text/text';
import type { Source } from './source';

/** Says where the sample of a module comes from; undefined where there is none. */
export function originText(source: Source, { t, brief }: Pick<Speaker, 't' | 'brief'>): string | undefined {
  if (!source.origin || source.sample === undefined) return undefined;
  const at = brief(source.at);
  switch (source.origin) {
    case 'definition':
      return t('form.origin.definition');
    case 'pinned':
      return at ? t('form.origin.pinned.at', { at }) : t('form.origin.pinned');
    case 'received':
      return at ? t('form.origin.received.at', { at }) : t('form.origin.received');
    case 'alone':
      return at ? t('form.origin.alone.at', { at }) : t('form.origin.alone');
    case 'execution': {
      if (!at) return t('form.origin.execution');
      const n = String(source.execution ?? '');
      return t(source.isOutdated ? 'form.origin.execution.old' : 'form.origin.execution.at', { n, at });
    }
  }
}

/** The source to be named for a value that several give: one with mere example data, else the one with the oldest. */
export function weakest(sources: Source[]): Source | undefined {
  const rank = (s: Source) => (s.origin === 'definition' ? '' : (s.at ?? ''));
  return [...sources].sort((a, b) => rank(a).localeCompare(rank(b)))[0];
}
