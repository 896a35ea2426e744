import { useEffect } from 'react';
import { useQuery } from '@tanstack/react-query';
import type { Scenario } from '../api/types';
import { matters } from '../blueprint/compare';
import type { Blueprint } from '../blueprint/types';
import { useToaster } from '../parts/toasts';
import { useText } from '../text/text';
import { losesNothing, versionQuery } from './stored';
import type { Edited } from './useEdited';

/**
 * Takes over a version that was saved since this one was opened, where nobody loses anything by it: what is shown is then what runs. Tells
 * whether there is one that somebody has to look at.
 */
export function useNewer(scenario: Scenario | undefined, edited: Edited, isSaving: boolean): boolean {
  const { t } = useText();
  const toaster = useToaster();
  const { base, blueprint, kept, rebase, dropKept } = edited;
  const version = scenario?.version ?? 0;
  const isNewer = version > base.version && base.version > 0 && !isSaving;
  const found = useQuery({ ...versionQuery(scenario?.id ?? 0, version), enabled: isNewer });
  const newer = found.data?.blueprint as Blueprint | undefined;
  const mine = kept?.blueprint ?? blueprint;
  const isTaken = isNewer && newer !== undefined && losesNothing(base.blueprint, mine, newer);
  useEffect(() => {
    if (!isTaken || !scenario) return;
    rebase({ blueprint: newer, version, revision: scenario.revision }, newer);
    if (kept) dropKept();
    if (matters(blueprint, newer)) toaster.say(t('builder.newer.taken', { n: String(version) }));
  }, [isTaken, scenario, newer, version, blueprint, kept, rebase, dropKept, toaster, t]);
  return isNewer && newer !== undefined && !isTaken && !kept;
}
