import { useMemo } from 'react';
import { useQueries, useQuery } from '@tanstack/react-query';
import { api } from '../api/client';
import { moduleQuery } from '../api/definitions';
import type { Field, Module, Page, Webhook } from '../api/types';
import { useMay, useSession } from '../app/session';
import { visibleAt, type Visible } from '../blueprint/sources';
import type { Blueprint, Node } from '../blueprint/types';
import type { Labels } from '../canvas/labels';
import type { Source } from '../form/source';
import { customWebhook } from '../parts/flow';
import { useText } from '../text/text';
import { outputsOf, received, withRequestNames } from './outputs';
import { isNewer, useAlone, useSamples, type Alone, type Sample } from '../runs/samples';

const mostWebhooks = 200;
const none: Field[] = [];

export function query(node: Pick<Node, 'module' | 'version'>, language: string) {
  return { ...moduleQuery(node.module, node.version, language), retry: false };
}

/** What is known of a module: its forms and what it puts out. */
export function useModule(node: Node | undefined) {
  const { language } = useText();
  return useQuery({ ...query(node ?? { module: ':', version: 1 }, language), enabled: node !== undefined });
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
function useReceived(scenario: number, visible: Visible[]) {
  const may = useMay();
  const { team } = useSession();
  const isWanted = visible.some((v) => v.node.module === customWebhook || v.node.parameters?.hook !== undefined);
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
    // A scenario that was imported, or made without its webhook, does not name it.
    const own = hooks?.find((w) => w.scenario === scenario && scenario !== 0)?.id;
    return (node: Node) =>
      byHook.get(String(node.parameters?.hook)) ??
      (node.module === customWebhook && own !== undefined ? byHook.get(String(own)) : undefined) ??
      none;
  }, [hooks, scenario]);
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
  alone: Alone | undefined,
  more: Field[],
  labels: Labels,
): Source {
  const shown = { id: node.id, module: node.module, label: labels.title(node) };
  if (failed) return { ...shown, fields: errorFields };
  const fields = outputsOf(module, node, more);
  if (alone?.name === node.module && isNewer(alone, given))
    return { ...shown, fields, sample: alone.bundle, origin: 'alone', at: alone.at };
  const known = given?.name === node.module && given.bundle !== undefined ? given : undefined;
  if (known && known.origin !== 'none' && known.origin !== 'definition') {
    const { bundle, origin, execution, at, outdated } = known;
    return { ...shown, fields, sample: bundle, origin, execution, at, isOutdated: outdated };
  }
  const sample = known?.bundle ?? sampleOf(module);
  return { ...shown, fields, ...(sample === undefined ? {} : { sample, origin: 'definition' }) };
}

/** The modules that can be mapped in a module, with their fields. */
export function useSources(scenario: number, b: Blueprint, id: number | undefined, labels: Labels): Source[] {
  const samples = useSamples(scenario).data?.items;
  const alone = useAlone(scenario);
  const { t, language } = useText();
  const visible = useMemo(() => (id === undefined ? [] : visibleAt(b, id)), [b, id]);
  const sent = useReceived(scenario, visible);
  const modules = useQueries({
    queries: visible.map((v) => query(v.node, language)),
    combine: (results) => results.map((r) => r.data),
  });
  return useMemo(() => {
    const given = (v: Visible) => samples?.find((s) => s.module === v.node.id);
    const names = { __IMTHEADERS__: t('form.request.headers'), __IMTMETHOD__: t('form.request.method') };
    return visible.map((v, i) => {
      const s = source(v, modules[i], given(v), alone[v.node.id], sent(v.node), labels);
      return v.node.module === customWebhook ? { ...s, fields: withRequestNames(s.fields, s.sample, names) } : s;
    });
  }, [visible, modules, samples, alone, sent, labels, t]);
}
