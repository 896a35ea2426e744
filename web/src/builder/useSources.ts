import { useMemo } from 'react';
import { useQueries, useQuery } from '@tanstack/react-query';
import { api } from '../api/client';
import type { Field, Module } from '../api/types';
import { visibleAt, type Visible } from '../blueprint/sources';
import type { Blueprint, Node } from '../blueprint/types';
import type { Labels } from '../canvas/labels';
import type { Source } from '../form/source';

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

function source({ node, failed }: Visible, module: Module | undefined, labels: Labels): Source {
  const own = module?.interface ?? [];
  const more = learned(node).filter((f) => !own.some((o) => o.name === f.name));
  const sample = failed ? undefined : sampleOf(module);
  return {
    id: node.id,
    module: node.module,
    label: labels.title(node),
    fields: failed ? errorFields : [...own, ...more],
    ...(sample === undefined ? {} : { sample, origin: 'definition' as const }),
  };
}

/** The modules that can be mapped in a module, with their fields. */
export function useSources(b: Blueprint, id: number | undefined, labels: Labels): Source[] {
  const visible = useMemo(() => (id === undefined ? [] : visibleAt(b, id)), [b, id]);
  const modules = useQueries({
    queries: visible.map((v) => query(v.node)),
    combine: (results) => results.map((r) => r.data),
  });
  return useMemo(() => visible.map((v, i) => source(v, modules[i], labels)), [visible, modules, labels]);
}
