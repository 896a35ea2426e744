import { useQuery } from '@tanstack/react-query';
import { api } from '../api/client';
import type { components } from '../api/schema';
import type { Page } from '../api/types';
import { useMay } from '../app/session';

type Sample = components['schemas']['ModuleSample'];

/** One bundle for each module: pinned, of a recent execution, or the example of the module. */
export function useSamples(scenario: number) {
  const may = useMay()('execution.view');
  return useQuery({
    queryKey: ['scenario', scenario, 'samples'],
    queryFn: () => api.get<Page<Sample>>(`/scenarios/${scenario}/samples`),
    enabled: scenario !== 0 && may,
  });
}
