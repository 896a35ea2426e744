import { useQuery } from '@tanstack/react-query';
import { api } from '../api/client';
import type { components } from '../api/schema';
import { useMapping } from './mapping';
import type { Source } from './source';
import { isMapped, modulesOf } from './template';

export type Previewed = components['schemas']['Previewed'];

const numbers = new WeakMap<object, number>();
let counted = 0;

/** Tells samples apart without reading them. */
function numberOf(sample: unknown): unknown {
  if (typeof sample !== 'object' || sample === null) return sample;
  let n = numbers.get(sample);
  if (n === undefined) numbers.set(sample, (n = ++counted));
  return n;
}

export interface PreviewState {
  /** What it comes to; undefined while it is not known. */
  result?: Previewed;
  /** Modules that it reads from and that have no sample. */
  without: Source[];
  /** Modules whose samples it is made of. */
  from: Source[];
  error: unknown;
}

/** Asks the server what a template comes to with the samples of the modules before. */
export function usePreview(text: string): PreviewState {
  const { byId, zone } = useMapping();
  const read = modulesOf(text).flatMap((id) => byId.get(id) ?? []);
  const without = read.filter((s) => s.sample === undefined);
  const wanted = isMapped(text);
  const query = useQuery({
    queryKey: ['preview', text, zone, read.map((s) => [s.id, numberOf(s.sample)])],
    queryFn: ({ signal }) =>
      api.post<Previewed>(
        '/expressions/preview',
        { template: text, zone, bundles: Object.fromEntries(read.map((s) => [s.id, s.sample ?? {}])) },
        undefined,
        signal,
      ),
    enabled: wanted,
    staleTime: 30_000,
    gcTime: 60_000,
    placeholderData: (before) => before,
  });
  if (!wanted) return { without: [], from: [], error: null };
  return { result: query.data, without, from: read, error: query.error };
}
