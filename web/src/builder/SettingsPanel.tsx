import { useState } from 'react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '../api/client';
import type { Scenario } from '../api/types';
import { ownSettingsOf, setOwnSetting, setSetting, settingsOf, type Settings } from '../blueprint/settings';
import { Button, SelectField, TextField } from '../parts/basics';
import { ProblemBox } from '../parts/problem';
import { useToaster } from '../parts/toasts';
import { useText, type Key } from '../text/text';
import { useBuilder } from './builder';
import { Panel } from './Panel';
import { keepScenario } from './stored';

type Flag = { [K in keyof Settings]: Settings[K] extends boolean ? K : never }[keyof Settings];

const flags: Flag[] = ['sequential', 'dlq', 'dataloss', 'confidential', 'autoCommit', 'autoCommitTriggerLast'];

/** How the scenario runs: what stands in its blueprint is saved with it, the rest by itself. */
export function SettingsPanel({ scenario, onClose }: { scenario: Scenario | undefined; onClose: () => void }) {
  const { blueprint, edit, readOnly } = useBuilder();
  const { t } = useText();
  const settings = settingsOf(blueprint);
  const own = ownSettingsOf(blueprint);
  return (
    <Panel title={t('builder.settings.title')} onClose={onClose}>
      <fieldset className="form no-frame" disabled={readOnly}>
        {flags.map((flag) => (
          <label key={flag} className="check">
            <input
              type="checkbox"
              checked={settings[flag]}
              onChange={(e) => edit((b) => setSetting(b, flag, e.target.checked))}
            />
            <span>
              <span className="label">{t(`builder.settings.${flag}` as Key)}</span>
              <span className="help">{t(`builder.settings.${flag}.help` as Key)}</span>
            </span>
          </label>
        ))}
        {(['maxErrors', 'roundtrips'] as const).map((name) => (
          <TextField
            key={name}
            type="number"
            min={name === 'maxErrors' ? 0 : 1}
            label={t(`builder.settings.${name}`)}
            help={t(`builder.settings.${name}.help`)}
            value={settings[name]}
            onChange={(e) => edit((b) => setSetting(b, name, Number(e.target.value)), name)}
          />
        ))}
        <TextField
          type="number"
          min={1}
          max={64}
          label={t('builder.settings.bundlesAtOnce')}
          help={t('builder.settings.bundlesAtOnce.help')}
          value={own.bundlesAtOnce}
          onChange={(e) => edit((b) => setOwnSetting(b, 'bundlesAtOnce', Number(e.target.value)), 'bundlesAtOnce')}
        />
        <TextField
          label={t('builder.settings.orderKey')}
          help={t('builder.settings.orderKey.help')}
          value={own.orderKey}
          onChange={(e) => edit((b) => setOwnSetting(b, 'orderKey', e.target.value), 'orderKey')}
        />
        <TextField
          label={t('builder.settings.timezone')}
          help={t('builder.settings.timezone.help')}
          list="zones"
          value={own.timezone}
          onChange={(e) => edit((b) => setOwnSetting(b, 'timezone', e.target.value), 'timezone')}
        />
        <datalist id="zones">
          {Intl.supportedValuesOf('timeZone').map((z) => (
            <option key={z} value={z} />
          ))}
        </datalist>
        {scenario && <Around scenario={scenario} />}
      </fieldset>
    </Panel>
  );
}

/** The settings that do not stand in the blueprint. */
function Around({ scenario }: { scenario: Scenario }) {
  const { t } = useText();
  const client = useQueryClient();
  const toaster = useToaster();
  const [settings, setSettings] = useState(scenario.settings);
  const save = useMutation({
    mutationFn: () => api.patch<Scenario>(`/scenarios/${scenario.id}`, { settings }),
    onSuccess: async (changed) => {
      await keepScenario(client, changed);
      toaster.say(t('common.saved'));
    },
  });
  return (
    <section className="form settings-around">
      <h3>{t('builder.settings.around')}</h3>
      <SelectField
        label={t('builder.settings.catchUp')}
        help={t('builder.settings.catchUp.help')}
        value={settings.catchUp || 'once'}
        onChange={(e) => setSettings({ ...settings, catchUp: e.target.value as typeof settings.catchUp })}
      >
        {(['once', 'all', 'skip'] as const).map((c) => (
          <option key={c} value={c}>
            {t(`builder.settings.catchUp.${c}`)}
          </option>
        ))}
      </SelectField>
      <TextField
        type="number"
        min={0}
        label={t('builder.settings.historyDays')}
        help={t('builder.settings.historyDays.help')}
        value={settings.historyDays ?? 0}
        onChange={(e) => setSettings({ ...settings, historyDays: Number(e.target.value) })}
      />
      <ProblemBox error={save.error} />
      <Button busy={save.isPending} onClick={() => save.mutate()}>
        {t('builder.settings.save')}
      </Button>
    </section>
  );
}
