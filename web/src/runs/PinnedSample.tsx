import { useState } from 'react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Pencil, Pin, PinOff } from 'lucide-react';
import { api } from '../api/client';
import type { components } from '../api/schema';
import { useMay } from '../app/session';
import { AreaField, Button, Loading, Moment } from '../parts/basics';
import { ProblemBox } from '../parts/problem';
import { useToaster } from '../parts/toasts';
import { useText, type Key } from '../text/text';
import { readBundles } from './json';
import { useSamples } from './samples';
import { ValueView } from './ValueView';

type Pinned = components['schemas']['PinnedSample'];

const pathOf = (scenario: number, module: number) => `/scenarios/${scenario}/modules/${module}/sample`;

/** Changes what is pinned to a module, says so, and has everything that shows samples read them anew. */
function usePin(scenario: number, module: number) {
  const { t } = useText();
  const toaster = useToaster();
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (bundles: unknown[] | undefined) => {
      const path = pathOf(scenario, module);
      if (bundles) await api.put(path, { bundles });
      else await api.delete(path);
    },
    onSuccess: (_, bundles) => {
      toaster.say(t(bundles ? 'runs.pin.done' : 'runs.pin.removed'));
      return client.invalidateQueries({ queryKey: ['scenario', scenario, 'samples'] });
    },
  });
}

interface PinButtonProps {
  scenario: number;
  module: number;
  bundles: unknown[];
}

/** Keeps what a module put out as its sample. */
export function PinButton({ scenario, module, bundles }: PinButtonProps) {
  const { t } = useText();
  const may = useMay()('scenario.edit');
  const pin = usePin(scenario, module);
  if (!may) return null;
  return (
    <>
      <Button icon={<Pin aria-hidden />} busy={pin.isPending} onClick={() => pin.mutate(bundles)}>
        {t('runs.pin')}
      </Button>
      <ProblemBox error={pin.error} />
    </>
  );
}

/** The sample data of a module: what it is for, what is pinned, and how that is written, changed and removed. */
export function PinnedSample({ scenario, module }: { scenario: number; module: number }) {
  const { t } = useText();
  const may = useMay()('scenario.edit');
  const samples = useSamples(scenario);
  const sample = samples.data?.items.find((s) => s.module === module);
  const isPinned = sample?.origin === 'pinned';
  const pinned = useQuery({
    queryKey: ['scenario', scenario, 'samples', module],
    queryFn: () => api.get<Pinned>(pathOf(scenario, module)),
    enabled: isPinned,
  });
  const [text, setText] = useState<string>();
  const pin = usePin(scenario, module);
  const write = (bundles: unknown[]) => {
    pin.reset();
    setText(JSON.stringify(bundles, null, 2));
  };
  if (samples.isPending) return <Loading />;
  if (text !== undefined)
    return (
      <SampleForm
        text={text}
        change={setText}
        busy={pin.isPending}
        error={pin.error}
        save={(bundles) => pin.mutate(bundles, { onSuccess: () => setText(undefined) })}
        cancel={() => setText(undefined)}
      />
    );
  if (!isPinned)
    return (
      <div className="stack">
        <p className="help">{t('runs.pin.lead')}</p>
        <ProblemBox error={samples.error} />
        {may && (
          <div>
            <Button icon={<Pencil aria-hidden />} onClick={() => write([sample?.bundle ?? {}])}>
              {t('runs.pin.write')}
            </Button>
          </div>
        )}
      </div>
    );
  return (
    <div className="stack">
      <p className="row pinned-state">
        <Pin aria-hidden /> {t('runs.pin.state', { n: sample.bundles })} <Moment at={sample.at} />
      </p>
      <p className="help">{t('runs.pin.use')}</p>
      <ProblemBox error={pinned.error ?? pin.error} />
      {pinned.data && (
        <ValueView value={pinned.data.bundles} name={`module-${module}-sample`} bundles module={module} />
      )}
      {may && (
        <div className="row">
          <Button
            icon={<Pencil aria-hidden />}
            disabled={!pinned.data}
            onClick={() => write(pinned.data?.bundles ?? [])}
          >
            {t('runs.pin.edit')}
          </Button>
          <Button look="quiet" icon={<PinOff aria-hidden />} busy={pin.isPending} onClick={() => pin.mutate(undefined)}>
            {t('runs.pin.remove')}
          </Button>
        </div>
      )}
    </div>
  );
}

interface SampleFormProps {
  text: string;
  change: (text: string) => void;
  busy: boolean;
  error: unknown;
  save: (bundles: unknown[]) => void;
  cancel: () => void;
}

function SampleForm({ text, change, busy, error, save, cancel }: SampleFormProps) {
  const { t } = useText();
  const read = readBundles(text);
  const wrong: Key | undefined = read.error ? 'runs.json.wrong-list' : undefined;
  return (
    <form
      className="stack"
      onSubmit={(e) => {
        e.preventDefault();
        if (read.value) save(read.value);
      }}
    >
      <AreaField
        className="mono"
        label={t('runs.pin.bundles')}
        help={t('runs.pin.bundles.help')}
        error={wrong && t(wrong, { why: read.error ?? '' })}
        value={text}
        rows={12}
        spellCheck={false}
        autoFocus
        onChange={(e) => change(e.target.value)}
      />
      <ProblemBox error={error} />
      <div className="row">
        <Button type="submit" look="primary" icon={<Pin aria-hidden />} busy={busy} disabled={!read.value}>
          {t('runs.pin.save')}
        </Button>
        <Button look="quiet" onClick={cancel}>
          {t('common.cancel')}
        </Button>
      </div>
    </form>
  );
}
