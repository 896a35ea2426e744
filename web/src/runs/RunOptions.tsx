import { useState } from 'react';
import { FlaskConical, Play } from 'lucide-react';
import { useList } from '../api/lists';
import type { Execution } from '../api/types';
import type { Blueprint } from '../blueprint/types';
import { AreaField, Button, SelectField } from '../parts/basics';
import { useText } from '../text/text';
import { declaredInputs, InputsForm, valuesOf } from './InputsForm';
import { readBundles } from './json';
import { useSamples } from './samples';
import { StartFrom } from './StartFrom';
import './runs.css';

type Data = 'trigger' | 'earlier' | 'typed' | 'inputs';

export interface RunOptionsProps {
  scenario: number;
  /** What is being edited: it says which inputs are declared. */
  blueprint: Blueprint;
  busy?: boolean;
  /** Where the trigger starts is what somebody came for. */
  asked?: boolean;
  /** Starts with options for POST /scenarios/{id}/run; whoever edits saves before. */
  onStart: (options: Record<string, unknown>) => void;
}

/** The ways to run a scenario once: with which data, dry or for real, and where its trigger starts. */
export function RunOptions({ scenario, blueprint, busy = false, asked = false, onStart }: RunOptionsProps) {
  const { t } = useText();
  const fields = declaredInputs(blueprint);
  const [data, setData] = useState<Data>(fields.length > 0 ? 'inputs' : 'trigger');
  const [dry, setDry] = useState(false);
  const [pinned, setPinned] = useState(true);
  const [earlier, setEarlier] = useState(0);
  const [typed, setTyped] = useState('[\n  {}\n]');
  const [inputs, setInputs] = useState<Record<string, string>>({});
  const samples = useSamples(scenario);
  const pins = (samples.data?.items ?? []).filter((s) => s.origin === 'pinned').length;
  const read = readBundles(typed);
  const values = valuesOf(fields, inputs);
  const ready = {
    trigger: true,
    earlier: earlier !== 0,
    typed: read.error === undefined,
    inputs: values.missing.length === 0,
  }[data];
  const start = () =>
    onStart({
      ...(data === 'earlier' && { from_execution: earlier }),
      ...(data === 'typed' && { input: read.value }),
      ...(data === 'inputs' && { inputs: values.value }),
      ...(dry && { dry }),
      ...(pins > 0 && pinned && { pinned }),
    });
  return (
    <form
      className="run-options"
      aria-label={t('runs.options')}
      onSubmit={(e) => {
        e.preventDefault();
        if (ready) start();
      }}
    >
      <SelectField label={t('runs.options.data')} value={data} onChange={(e) => setData(e.target.value as Data)}>
        {fields.length > 0 && <option value="inputs">{t('runs.options.inputs')}</option>}
        <option value="trigger">{t('runs.options.trigger')}</option>
        <option value="earlier">{t('runs.options.earlier')}</option>
        <option value="typed">{t('runs.options.typed')}</option>
      </SelectField>
      {data === 'inputs' && <InputsForm fields={fields} values={inputs} onChange={setInputs} />}
      {data === 'earlier' && <Earlier scenario={scenario} value={earlier} choose={setEarlier} />}
      {data === 'typed' && (
        <AreaField
          className="mono"
          label={t('runs.options.bundles')}
          help={t('runs.options.bundles.help')}
          error={read.error && t('runs.json.wrong-list', { why: read.error })}
          value={typed}
          rows={6}
          spellCheck={false}
          onChange={(e) => setTyped(e.target.value)}
        />
      )}
      <label className="check">
        <input type="checkbox" checked={dry} onChange={(e) => setDry(e.target.checked)} />
        <span>
          {t('runs.options.dry')}
          <span className="help block">{t('runs.options.dry.help')}</span>
        </span>
      </label>
      {pins > 0 && (
        <label className="check">
          <input type="checkbox" checked={pinned} onChange={(e) => setPinned(e.target.checked)} />
          <span>{t('runs.options.pinned', { n: pins })}</span>
        </label>
      )}
      <Button
        type="submit"
        look="primary"
        wide
        busy={busy}
        disabled={!ready}
        icon={dry ? <FlaskConical aria-hidden /> : <Play aria-hidden />}
      >
        {t(dry ? 'runs.options.start-dry' : 'runs.options.start')}
      </Button>
      <StartFrom key={String(asked)} scenario={scenario} asked={asked} onRun={() => onStart({})} />
    </form>
  );
}

const choices = 30;

function Earlier({ scenario, value, choose }: { scenario: number; value: number; choose: (id: number) => void }) {
  const { t, moment } = useText();
  const list = useList<Execution>('executions', '/executions', {
    scenario,
    limit: choices,
    status: 'success,warning,error,stopped',
  });
  const items = list.items ?? [];
  return (
    <SelectField
      label={t('runs.options.execution')}
      help={items.length === 0 && list.isSuccess ? t('runs.options.execution.none') : t('runs.options.execution.help')}
      value={value}
      onChange={(e) => choose(Number(e.target.value))}
    >
      <option value={0}>{t('runs.compare.pick')}</option>
      {items.map((e) => (
        <option key={e.id} value={e.id}>
          {t('runs.execution.of', { id: String(e.id) })} · {moment(e.started ?? e.accepted)} · {t(`status.${e.status}`)}
        </option>
      ))}
    </SelectField>
  );
}
