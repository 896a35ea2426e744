import { useMemo } from 'react';
import { useQueries, useQuery } from '@tanstack/react-query';
import { api } from '../api/client';
import type { Field, Module, Page, Webhook } from '../api/types';
import { useMay, useSession } from '../app/session';
import { visibleAt, type Visible } from '../blueprint/sources';
import type { Blueprint, Node } from '../blueprint/types';
import type { Labels } from '../canvas/labels';
import type { Source } from '../form/source';
import { outputsOf, received } from './outputs';
import { useSamples, type Sample } from '../runs/samples';

const mostWebhooks = 200;
const none: Field[] = [];

export function query(node: Pick<Node, 'module' | 'version'>) {
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

function sampleOf(module: Module | undefined): unknown {
  const samples = module?.samples;
  return Array.isArray(samples) ? (samples[0] as unknown) : samples;
}

/** What the webhooks of the team are known to send, by their numbers. */
function useReceived(visible: Visible[]) {
  const may = useMay();
  const { team } = useSession();
  const isWanted = visible.some((v) => v.node.parameters?.hook !== undefined);
  const hooks = useQuery({
    queryKey: ['webhooks', 'form', team],
    queryFn: () => api.get<Page<Webhook>>('/webhooks', { team, limit: mostWebhooks }),
    enabled: isWanted && may('webhook.view'),
  }).data?.items;
  return useMemo(() => {
    const byHook = new Map<string, Field[]>();
    for (const w of hooks ?? []) {
      const { structure } = (w.settings ?? {}) as { structure?: unknown };
      if (structure) byHook.set(String(w.id), received(structure));
    }
    return (node: Node) => byHook.get(String(node.parameters?.hook)) ?? none;
  }, [hooks]);
}

/** The modules whose data a module uses: those that its expressions name. */
export function usedBy(node: Node, sources: Source[]): Source[] {
  const text = JSON.stringify([node.mapper, node.parameters, node.flags]);
  return sources.filter((s) => new RegExp(`(?<![\\w.\`])${s.id}\\.|\`${s.id}\``).test(text));
}

function source(
  { node, failed }: Visible,
  module: Module | undefined,
  given: Sample | undefined,
  more: Field[],
  labels: Labels,
): Source {
  const known = !failed && given?.name === node.module && given.bundle !== undefined ? given : undefined;
  const sample = failed ? undefined : (known?.bundle ?? sampleOf(module));
  const origin = known && known.origin !== 'none' ? known.origin : 'definition';
  return {
    id: node.id,
    module: node.module,
    label: labels.title(node),
    fields: failed ? errorFields : outputsOf(module, node, more),
    ...(sample === undefined ? {} : { sample, origin, at: known?.at, isOutdated: known?.outdated }),
  };
}

/** The modules that can be mapped in a module, with their fields. */
export function useSources(scenario: number, b: Blueprint, id: number | undefined, labels: Labels): Source[] {
  const samples = useSamples(scenario).data?.items;
  const visible = useMemo(() => (id === undefined ? [] : visibleAt(b, id)), [b, id]);
  const sent = useReceived(visible);
  const modules = useQueries({
    queries: visible.map((v) => query(v.node)),
    combine: (results) => results.map((r) => r.data),
  });
  return useMemo(() => {
    const given = (v: Visible) => samples?.find((s) => s.module === v.node.id);
    return visible.map((v, i) => source(v, modules[i], given(v), sent(v.node), labels));
  }, [visible, modules, samples, sent, labels]);
}
