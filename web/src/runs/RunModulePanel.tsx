import { useState } from 'react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { FlaskConical, Pin, PinOff, Play } from 'lucide-react';
import { api } from '../api/client';
import type { components } from '../api/schema';
import type { Blueprint } from '../blueprint/types';
import { useMay } from '../app/session';
import { AreaField, Button } from '../parts/basics';
import { FailureBox, ProblemBox } from '../parts/problem';
import { useToaster } from '../parts/toasts';
import { useText } from '../text/text';
import { EffectView } from './EffectView';
import { Exchanges } from './Exchanges';
import { readObject } from './json';
import type { Exchange } from './operations';
import { useSamples } from './RunOptions';
import { ValueView } from './ValueView';
import './runs.css';

type ModuleRun = components['schemas']['ModuleRun'];

export interface RunModulePanelProps {
  scenario: number;
  module: number;
  /** The state that is being edited, in place of the newest version. */
  blueprint?: Blueprint;
  /** Modules before it, whose bundles it can see. */
  before: { id: number; label: string }[];
}

/** Runs one module by itself, with sample bundles that can be changed first, and shows what it did. */
export function RunModulePanel({ scenario, module, blueprint, before }: RunModulePanelProps) {
  const { t, duration } = useText();
  const may = useMay();
  const samples = useSamples(scenario);
  const [typed, setTyped] = useState<string>();
  const [dry, setDry] = useState(false);
  const wanted = new Set(before.map((b) => b.id));
  const given = Object.fromEntries(
    (samples.data?.items ?? [])
      .filter((s) => wanted.has(s.module) && s.bundle !== undefined)
      .map((s) => [s.module, s.bundle]),
  );
  const text = typed ?? JSON.stringify(given, null, 2);
  const read = readObject(text);
  const run = useMutation({
    mutationFn: () =>
      api.post<ModuleRun>(`/scenarios/${scenario}/modules/${module}/run`, {
        bundles: read.value,
        blueprint,
        dry: dry || undefined,
      }),
  });
  if (!may('scenario.run')) return null;
  return (
    <section className="run-module" aria-label={t('runs.run-module')}>
      {before.length > 0 && (
        <AreaField
          className="mono"
          label={t('runs.run-module.bundles')}
          help={before.map((b) => `${b.id}: ${b.label}`).join(' · ')}
          error={read.error && t('runs.json.wrong', { why: read.error })}
          value={text}
          rows={8}
          spellCheck={false}
          onChange={(e) => setTyped(e.target.value)}
        />
      )}
      <label className="check">
        <input type="checkbox" checked={dry} onChange={(e) => setDry(e.target.checked)} />
        {t('runs.options.dry')}
      </label>
      <div>
        <Button
          look="primary"
          icon={dry ? <FlaskConical aria-hidden /> : <Play aria-hidden />}
          busy={run.isPending}
          disabled={read.error !== undefined}
          onClick={() => run.mutate()}
        >
          {t('runs.run-module')}
        </Button>
      </div>
      <ProblemBox error={run.error} />
      {run.data && (
        <div className="stack" aria-live="polite">
          {run.data.error ? (
            <FailureBox failure={run.data.error} />
          ) : (
            <p>{t('runs.run-module.done', { n: run.data.bundle_count, time: duration(run.data.duration_ms) })}</p>
          )}
          {run.data.dry && <EffectView effect={run.data.dry} />}
          {run.data.bundles.length > 0 && (
            <ValueView value={run.data.bundles} name={`module-${module}-output`} bundles module={module} />
          )}
          <Exchanges list={(run.data.exchanges ?? []) as Exchange[]} name={`module-${module}`} />
        </div>
      )}
      <Pinning scenario={scenario} module={module} bundles={run.data?.bundles} />
    </section>
  );
}

/** Keeps what a module put out as its sample, for previews and for running without calling it. */
export function Pinning({ scenario, module, bundles }: { scenario: number; module: number; bundles?: unknown[] }) {
  const { t } = useText();
  const may = useMay()('scenario.edit');
  const toaster = useToaster();
  const client = useQueryClient();
  const samples = useSamples(scenario);
  const isPinned = samples.data?.items.some((s) => s.module === module && s.origin === 'pinned') ?? false;
  const path = `/scenarios/${scenario}/modules/${module}/sample`;
  const change = useMutation({
    mutationFn: (pin: boolean) => (pin ? api.put(path, { bundles }) : api.delete(path)),
    onSuccess: (_, pin) => {
      toaster.say(t(pin ? 'runs.pin.done' : 'runs.pin.removed'));
      void client.invalidateQueries({ queryKey: ['scenario', scenario, 'samples'] });
    },
    onError: toaster.fail,
  });
  if (!may) return null;
  return (
    <div className="row">
      {bundles && bundles.length > 0 && (
        <Button icon={<Pin aria-hidden />} busy={change.isPending} onClick={() => change.mutate(true)}>
          {t('runs.pin')}
        </Button>
      )}
      {isPinned && (
        <Button look="quiet" icon={<PinOff aria-hidden />} onClick={() => change.mutate(false)}>
          {t('runs.pin.remove')}
        </Button>
      )}
    </div>
  );
}
