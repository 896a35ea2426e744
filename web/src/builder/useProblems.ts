import { useEffect, useMemo, useState } from 'react';
import { api } from '../api/client';
import { useSession } from '../app/session';
import { find, findPath } from '../blueprint/tree';
import type { Blueprint } from '../blueprint/types';
import type { Mark } from '../canvas/FlowCanvas';
import type { Labels } from '../canvas/labels';
import { inWords } from '../parts/finding';
import { useWebhooksOf } from '../parts/webhooks';
import { useText } from '../text/text';

/** A finding of the server about a blueprint. */
export interface Finding {
  path: string;
  problem: string;
  hint?: string;
  warning?: boolean;
  code?: string;
  args?: string[];
  modules?: number[];
}

export interface Problems {
  list: Finding[];
  errors: number;
  /** By module number: the first that is wrong with it. */
  marks: Record<number, Mark>;
  /** What is known is of this state, and not of one before. */
  current: boolean;
}

const calmMS = 500;

/** What is found where a module names no webhook. The check sees the blueprint alone, and not the webhook of the scenario. */
const noWebhook = 'webhook-missing';

/** Has the server say what is wrong with a blueprint, a moment after it was edited; in the words of who reads it. */
export function useProblems(scenario: number, blueprint: Blueprint, labels: Labels): Problems {
  const speaker = useText();
  const { team } = useSession();
  const [found, setFound] = useState<{ of?: Blueprint; list: Finding[] }>({ list: [] });
  useEffect(() => {
    if (blueprint.flow.length === 0) return;
    let over = false;
    const timer = window.setTimeout(() => {
      api
        .post<{ problems: Finding[] | null }>('/blueprints/check', { blueprint })
        .then((checked) => {
          if (!over) setFound({ of: blueprint, list: checked.problems ?? [] });
        })
        .catch(() => undefined); // saving says what is wrong, too
    }, calmMS);
    return () => {
      over = true;
      window.clearTimeout(timer);
    };
  }, [blueprint]);
  const asksForWebhook = found.list.some((p) => p.code === noWebhook);
  const webhooks = useWebhooksOf(team, scenario, asksForWebhook);
  // Before it is saved the form says that its webhook is made then.
  const lacksWebhook = webhooks.list.isSuccess && scenario !== 0 && webhooks.items.length === 0;
  return useMemo(() => {
    const all = blueprint.flow.length === 0 ? [] : found.list;
    const list = lacksWebhook ? all : all.filter((p) => p.code !== noWebhook);
    const full = (id: number) => {
      const node = find(blueprint, id)?.node;
      return node ? labels.full(node) : String(id);
    };
    const sorted = list
      .map((p) => inWords(p, speaker, full))
      .sort((a, b) => Number(a.warning ?? false) - Number(b.warning ?? false));
    const marks: Record<number, Mark> = {};
    for (const p of sorted) {
      const id = findPath(blueprint, p.path)?.spot.node.id;
      if (id !== undefined) marks[id] ??= { bad: !p.warning, text: p.problem };
    }
    const errors = list.filter((p) => !p.warning).length;
    return { list: sorted, errors, marks, current: found.of === blueprint };
  }, [blueprint, found, labels, speaker, lacksWebhook]);
}
