import { useEffect, useRef, useState } from 'react';
import { useMutation } from '@tanstack/react-query';
import { FlaskConical, Play } from 'lucide-react';
import { api } from '../api/client';
import type { components } from '../api/schema';
import { useMay } from '../app/session';
import { find } from '../blueprint/tree';
import type { Blueprint } from '../blueprint/types';
import type { Source } from '../form/source';
import { AreaField, Button } from '../parts/basics';
import { FailureBox, ProblemBox } from '../parts/problem';
import { useText } from '../text/text';
import { EffectView } from './EffectView';
import { Exchanges } from './Exchanges';
import { readObject } from './json';
import { readExchanges } from './calls';
import { PinButton } from './PinnedSample';
import { useKeepAlone } from './samples';
import { ValueView } from './ValueView';
import './runs.css';

type Ran = components['schemas']['ModuleRun'];

interface RunModuleProps {
  scenario: number;
  module: number;
  /** What is being edited, in place of the newest version. */
  blueprint: Blueprint;
  /** The modules whose data it uses. */
  sources: Source[];
}

/** Runs one module by itself, with data of the modules before it that can be changed first, and shows what it did. */
export function RunModule({ scenario, module, blueprint, sources }: RunModuleProps) {
  const { t } = useText();
  const may = useMay();
  const [texts, setTexts] = useState<Record<number, string>>({});
  const [dry, setDry] = useState(false);
  const keep = useKeepAlone(scenario);
  const name = find(blueprint, module)?.node.module ?? '';
  const textOf = (s: Source) => texts[s.id] ?? JSON.stringify(s.sample ?? {}, null, 2);
  const read = sources.map((s) => ({ source: s, ...readObject(textOf(s)) }));
  const run = useMutation({
    mutationFn: () => {
      const bundles = Object.fromEntries(read.map((r) => [r.source.id, r.value]));
      return api.post<Ran>(`/scenarios/${scenario}/modules/${module}/run`, {
        bundles,
        blueprint,
        dry: dry || undefined,
      });
    },
    onSuccess: (ran) => {
      if (!ran.dry && ran.bundles.length > 0) keep(module, name, ran.bundles[0]);
    },
  });
  if (!may('scenario.run')) return null;
  if (scenario === 0) return <p className="help">{t('runs.run-module.save-first')}</p>;
  return (
    <div className="run-module">
      <p className="help">{t(dry ? 'runs.run-module.dry' : 'runs.run-module.help')}</p>
      {read.map(({ source: s, error }) => (
        <AreaField
          key={s.id}
          className="mono"
          label={t('runs.run-module.bundle', { name: s.label, id: String(s.id) })}
          help={t(s.origin ? `form.origin.${s.origin}` : 'runs.run-module.no-data')}
          error={error && t('runs.json.wrong', { why: error })}
          value={textOf(s)}
          rows={6}
          spellCheck={false}
          onChange={(e) => setTexts({ ...texts, [s.id]: e.target.value })}
        />
      ))}
      <label className="check">
        <input type="checkbox" checked={dry} onChange={(e) => setDry(e.target.checked)} />
        {t('runs.options.dry')}
      </label>
      <div>
        <Button
          icon={dry ? <FlaskConical aria-hidden /> : <Play aria-hidden />}
          busy={run.isPending}
          disabled={read.some((r) => r.error !== undefined)}
          onClick={() => run.mutate()}
        >
          {t(dry ? 'runs.options.start-dry' : 'runs.run-module.do')}
        </Button>
      </div>
      <ProblemBox error={run.error} />
      {run.data && <Result key={run.submittedAt} ran={run.data} scenario={scenario} module={module} />}
    </div>
  );
}

function Result({ ran, scenario, module }: { ran: Ran; scenario: number; module: number }) {
  const { t, duration } = useText();
  const exchanges = readExchanges(ran.exchanges);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    box.current?.scrollIntoView({ block: 'start' });
  }, []); // it stands below what one sees
  return (
    <div ref={box} className="stack run-result" aria-live="polite">
      {ran.error ? (
        <FailureBox failure={ran.error} />
      ) : (
        <p>
          {t('runs.run-module.done', { n: ran.bundle_count })} · {duration(ran.duration_ms)}
        </p>
      )}
      {ran.dry && <EffectView effect={ran.dry} />}
      {ran.bundles.length > 0 && (
        <>
          <ValueView value={ran.bundles} name={`module-${module}-output`} bundles module={module} />
          <div>
            <PinButton scenario={scenario} module={module} bundles={ran.bundles} />
          </div>
        </>
      )}
      {exchanges.length > 0 && (
        <details>
          <summary>{t('runs.tab.exchanges', { n: exchanges.length })}</summary>
          <Exchanges list={exchanges} name={`module-${module}`} />
        </details>
      )}
    </div>
  );
}
