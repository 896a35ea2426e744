import { useState } from 'react';
import { useMutation } from '@tanstack/react-query';
import { Play } from 'lucide-react';
import { api } from '../api/client';
import { useMay } from '../app/session';
import type { Failure } from '../api/types';
import type { Node } from '../blueprint/types';
import { AreaField, Button } from '../parts/basics';
import { FailureBox, ProblemBox } from '../parts/problem';
import { Value } from '../parts/value';
import { useText } from '../text/text';
import { useBuilder } from './builder';
import { useSources } from './useSources';
import type { Source } from '../form/source';

interface ModuleRun {
  status: string;
  duration_ms: number;
  input: unknown;
  bundle_count: number;
  bundles: unknown[] | null;
  error?: Failure;
}

/** The modules whose data a module uses: those that its expressions name. */
function used(node: Node, sources: Source[]): Source[] {
  const text = JSON.stringify([node.mapper, node.parameters, node.flags]);
  return sources.filter((s) => new RegExp(`(?<![\\w.\`])${s.id}\\.|\`${s.id}\``).test(text));
}

function read(text: string): unknown {
  return text.trim() ? (JSON.parse(text) as unknown) : {};
}

/** Runs the module alone, with data that somebody gives or that samples have. */
export function RunModule({ node }: { node: Node }) {
  const { scenario, blueprint, labels } = useBuilder();
  const { t, duration } = useText();
  const may = useMay();
  const sources = used(node, useSources(scenario, blueprint, node.id, labels));
  const [texts, setTexts] = useState<Record<number, string>>({});
  const textOf = (s: Source) => texts[s.id] ?? (s.sample === undefined ? '' : JSON.stringify(s.sample, null, 2));
  const run = useMutation({
    mutationFn: () => {
      const bundles = Object.fromEntries(sources.map((s) => [s.id, read(textOf(s))]));
      return api.post<ModuleRun>(`/scenarios/${scenario}/modules/${node.id}/run`, { bundles, blueprint });
    },
  });
  if (!may('scenario.run')) return null;
  return (
    <details className="fold">
      <summary>{t('builder.run-module.title')}</summary>
      <p className="help">{t(scenario === 0 ? 'builder.run-module.save-first' : 'builder.run-module.help')}</p>
      {sources.map((s) => (
        <AreaField
          key={s.id}
          label={t('builder.run-module.bundle', { name: s.label, id: String(s.id) })}
          className="mono"
          value={textOf(s)}
          onChange={(e) => setTexts({ ...texts, [s.id]: e.target.value })}
        />
      ))}
      <Button icon={<Play aria-hidden />} busy={run.isPending} disabled={scenario === 0} onClick={() => run.mutate()}>
        {t('builder.run-module.do')}
      </Button>
      <ProblemBox error={run.error} />
      {run.data && (
        <div className="stack" aria-live="polite">
          {run.data.error ? (
            <FailureBox failure={run.data.error} />
          ) : (
            <p className="soft">
              {t('builder.run-module.done', { n: run.data.bundle_count })} · {duration(run.data.duration_ms)}
            </p>
          )}
          <Value value={run.data.bundles ?? []} />
        </div>
      )}
    </details>
  );
}
