import { useMemo } from 'react';
import { useQueries, useQuery } from '@tanstack/react-query';
import { api } from '../api/client';
import type { components } from '../api/schema';
import type { Field, Module } from '../api/types';
import { visibleAt, type Visible } from '../blueprint/sources';
import type { Blueprint, Node } from '../blueprint/types';
import type { Labels } from '../canvas/labels';
import type { Source } from '../form/source';
import { useSamples } from '../runs/samples';

function query(node: Pick<Node, 'module' | 'version'>) {
  const [app = '', name = ''] = node.module.split(':');
  return {
    queryKey: ['module', node.module, node.version],
    queryFn: () =>
      api.get<Module>(`/apps/${encodeURIComponent(app)}/modules/${encodeURIComponent(name)}`, {
        version: node.version,
      }),
    staleTime: Infinity,
    retry: false,
  };
}

/** What is known of a module: its forms and what it puts out. */
export function useModule(node: Node | undefined) {
  return useQuery({ ...query(node ?? { module: ':', version: 1 }), enabled: node !== undefined });
}

const errorFields: Field[] = [
  {
    name: 'error',
    type: 'collection',
    label: 'Error',
    spec: [
      { name: 'type', type: 'text', label: 'Type' },
      { name: 'message', type: 'text', label: 'Message' },
    ],
  },
];

/** The fields that a module was seen to put out, as the editor noted them. */
function learned(node: Node): Field[] {
  const fields = node.metadata?.interface;
  return Array.isArray(fields) ? (fields as Field[]) : [];
}

function sampleOf(module: Module | undefined): unknown {
  const samples = module?.samples;
  return Array.isArray(samples) ? (samples[0] as unknown) : samples;
}

type Sample = components['schemas']['ModuleSample'];

/** The modules whose data a module uses: those that its expressions name. */
export function usedBy(node: Node, sources: Source[]): Source[] {
  const text = JSON.stringify([node.mapper, node.parameters, node.flags]);
  return sources.filter((s) => new RegExp(`(?<![\\w.\`])${s.id}\\.|\`${s.id}\``).test(text));
}

function source(
  { node, failed }: Visible,
  module: Module | undefined,
  given: Sample | undefined,
  labels: Labels,
): Source {
  const own = module?.interface ?? [];
  const more = learned(node).filter((f) => !own.some((o) => o.name === f.name));
  const known = !failed && given?.name === node.module && given.origin !== 'none' ? given : undefined;
  const sample = failed ? undefined : (known?.bundle ?? sampleOf(module));
  const origin = known && known.origin !== 'none' && known.bundle !== undefined ? known.origin : 'definition';
  return {
    id: node.id,
    module: node.module,
    label: labels.title(node),
    fields: failed ? errorFields : [...own, ...more],
    ...(sample === undefined ? {} : { sample, origin }),
  };
}

/** The modules that can be mapped in a module, with their fields. */
export function useSources(scenario: number, b: Blueprint, id: number | undefined, labels: Labels): Source[] {
  const samples = useSamples(scenario).data;
  const visible = useMemo(() => (id === undefined ? [] : visibleAt(b, id)), [b, id]);
  const modules = useQueries({
    queries: visible.map((v) => query(v.node)),
    combine: (results) => results.map((r) => r.data),
  });
  return useMemo(() => {
    const given = (v: Visible) => samples?.items.find((s) => s.module === v.node.id);
    return visible.map((v, i) => source(v, modules[i], given(v), labels));
  }, [visible, modules, samples, labels]);
}
