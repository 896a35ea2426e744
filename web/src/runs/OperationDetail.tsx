import { useMemo, useState } from 'react';
import { useQuery } from '@tanstack/react-query';
import { Tabs } from 'radix-ui';
import { moduleQuery } from '../api/definitions';
import type { Operation } from '../api/types';
import { AppIcon } from '../parts/apps';
import { appOf, type Step } from '../parts/flow';
import { FailureBox } from '../parts/problem';
import { useText } from '../text/text';
import { EffectView } from './EffectView';
import { AnnouncedRequest } from './AnnouncedRequest';
import { Exchanges } from './Exchanges';
import { OperationLog } from './OperationLog';
import { exchangesOf, outcomeOf, useDetail, type Shown } from './operations';
import { isBranch } from './values';
import { ValueView } from './ValueView';

interface OperationDetailProps {
  execution: number;
  operation: Shown;
  live: boolean;
  step: Step | undefined;
  name: string;
}

/** One operation: what went in, what came out, what was sent and answered, and why it failed. */
export function OperationDetail({ execution, operation, live, step, name }: OperationDetailProps) {
  const { t } = useText();
  const o = useDetail(execution, operation);
  const outcome = outcomeOf(o, live);
  const exchanges = exchangesOf(o);
  const [tab, setTab] = useState<string>();
  const first = o.dry
    ? 'dry'
    : outcome === 'unknown'
      ? 'exchanges'
      : o.bundles || (o.finished && !o.error)
        ? 'output'
        : exchanges.length > 0
          ? 'exchanges'
          : 'log';
  const file = `execution-${execution}-${o.module}-${o.sequence}`;
  return (
    <div className="operation">
      <header>
        {step && <AppIcon app={appOf(step.module)} small />}
        <b>{name}</b>
        <span className="soft mono">{o.address}</span>
      </header>
      {o.error && <FailureBox failure={o.error} />}
      {o.error && <p className="soft">{t('runs.error.kind', { kind: o.error.kind })}</p>}
      {outcome === 'unknown' && <p className="note warn">{t('runs.unknown.lead')}</p>}
      {o.note && <p className="note">{o.note}</p>}
      {o.pinned && <p className="note">{t('runs.pinned.lead')}</p>}
      <Tabs.Root className="tabs" value={tab ?? first} onValueChange={setTab}>
        <Tabs.List className="tab-list" aria-label={name}>
          {o.dry && <Tabs.Trigger value="dry">{t('runs.tab.dry')}</Tabs.Trigger>}
          {(o.input !== undefined || o.parameters !== undefined) && (
            <Tabs.Trigger value="input">{t('runs.tab.input')}</Tabs.Trigger>
          )}
          <Tabs.Trigger value="output">{t('runs.tab.output', { n: o.bundle_count })}</Tabs.Trigger>
          {(exchanges.length > 0 || o.request !== undefined) && (
            <Tabs.Trigger value="exchanges">
              {t('runs.tab.exchanges', { n: Math.max(1, exchanges.length) })}
            </Tabs.Trigger>
          )}
          <Tabs.Trigger value="log">{t('runs.tab.log')}</Tabs.Trigger>
        </Tabs.List>
        {o.dry && (
          <Tabs.Content value="dry">
            <EffectView effect={o.dry} />
          </Tabs.Content>
        )}
        <Tabs.Content value="input">
          <Input operation={o} name={`${file}-input`} />
        </Tabs.Content>
        <Tabs.Content value="output">
          <Output operation={o} name={`${file}-output`} type={step?.module} />
        </Tabs.Content>
        <Tabs.Content value="exchanges">
          {isBranch(o.request) && exchanges.length === 0 && (
            <AnnouncedRequest request={o.request} file={`${file}-request`} />
          )}
          <Exchanges list={exchanges} name={file} />
        </Tabs.Content>
        <Tabs.Content value="log">
          <OperationLog operation={o} live={live} />
        </Tabs.Content>
      </Tabs.Root>
    </div>
  );
}

function Input({ operation: o, name }: { operation: Shown; name: string }) {
  const { t } = useText();
  return (
    <>
      {o.exact === false && <p className="note warn">{t('runs.input.inexact')}</p>}
      {isBranch(o.input) ? <ValueView value={o.input} name={name} /> : <p className="soft">{t('runs.input.none')}</p>}
      {isBranch(o.parameters) && Object.keys(o.parameters).length > 0 && (
        <details className="parameters">
          <summary>{t('runs.parameters')}</summary>
          <ValueView value={o.parameters} name={`${name}-parameters`} />
        </details>
      )}
    </>
  );
}

/** What the definition of a module calls the fields that it puts out. */
function useLabels(type: string | undefined): ReadonlyMap<string, string> {
  const { language } = useText();
  const { data } = useQuery({
    ...moduleQuery(type ?? ':', undefined, language),
    enabled: type !== undefined,
    retry: false,
  });
  return useMemo(() => new Map(data?.interface.flatMap((f) => (f.label ? [[f.name, f.label] as const] : []))), [data]);
}

function Output({ operation: o, name, type }: { operation: Operation; name: string; type: string | undefined }) {
  const { t } = useText();
  const labels = useLabels(type);
  const bundles = o.bundles ?? [];
  if (bundles.length === 0) return <p className="soft">{t(o.finished ? 'runs.output.none' : 'runs.output.not-yet')}</p>;
  return (
    <>
      {o.bundle_count > bundles.length && (
        <p className="note">{t('runs.output.first', { shown: bundles.length, n: o.bundle_count })}</p>
      )}
      <ValueView value={bundles} name={name} bundles module={o.module} labels={labels} />
    </>
  );
}
