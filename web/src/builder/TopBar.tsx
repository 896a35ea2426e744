import { useState } from 'react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ArrowLeft, CalendarClock, ListTree, Save, Workflow } from 'lucide-react';
import { api } from '../api/client';
import { Link } from '../app/router';
import { useMay } from '../app/session';
import type { Scenario } from '../api/types';
import { Button } from '../parts/basics';
import { scheduleWords } from '../parts/schedule';
import { useToaster } from '../parts/toasts';
import { useText } from '../text/text';
import { useBuilder, type Tool } from './builder';
import { keepScenario } from './stored';
import type { Edited } from './useEdited';

interface TopBarProps {
  scenario: Scenario | undefined;
  edited: Edited;
  saving: boolean;
  view: 'canvas' | 'outline';
  onView: (view: 'canvas' | 'outline') => void;
  tool: Tool | undefined;
  onTool: (tool: Tool) => void;
  onSave: () => Promise<boolean>;
}

/** The scenario's name, its state, and saving. */
export function TopBar({ scenario, edited, saving, view, onView, tool, onTool, onSave }: TopBarProps) {
  const { edit, readOnly } = useBuilder();
  const text = useText();
  const { t } = text;
  const { dirty, blueprint } = edited;
  const state = saving ? 'builder.saving' : dirty ? 'builder.unsaved' : scenario ? 'builder.saved' : 'builder.new';
  const runs = scenario && scheduleWords(scenario.schedule, scenario.runs, text);
  return (
    <header className="builder-top">
      <Link className="icon-button" href="/scenarios" aria-label={t('builder.back')}>
        <ArrowLeft aria-hidden />
      </Link>
      <div className="builder-title">
        <input
          className="title-input"
          aria-label={t('builder.name')}
          value={blueprint.name}
          readOnly={readOnly}
          maxLength={120}
          onChange={(e) => edit((b) => ({ ...b, name: e.target.value }), 'name')}
        />
        <span className={`save-state${dirty ? ' dirty' : ''}`} aria-live="polite">
          {t(readOnly ? 'builder.read-only' : state)}
        </span>
      </div>
      <div className="view-switch" role="group" aria-label={t('builder.view')}>
        <button
          type="button"
          aria-label={t('builder.canvas')}
          aria-pressed={view === 'canvas'}
          onClick={() => onView('canvas')}
        >
          <Workflow aria-hidden /> <span>{t('builder.canvas')}</span>
        </button>
        <button
          type="button"
          aria-label={t('builder.outline')}
          aria-pressed={view === 'outline'}
          onClick={() => onView('outline')}
        >
          <ListTree aria-hidden /> <span>{t('builder.outline')}</span>
        </button>
      </div>
      <button
        type="button"
        className="button schedule-button"
        aria-label={[t('builder.schedule.title'), runs].filter(Boolean).join(' ')}
        aria-pressed={tool === 'schedule'}
        onClick={() => onTool('schedule')}
      >
        <CalendarClock aria-hidden />
        <span>
          {t('builder.schedule.title')}
          {runs && <span className="soft schedule-words"> {runs}</span>}
        </span>
      </button>
      <ActiveSwitch scenario={scenario} dirty={dirty} onSave={onSave} />
      {!readOnly && (
        <Button
          look="primary"
          icon={<Save aria-hidden />}
          busy={saving}
          disabled={!dirty && scenario !== undefined}
          onClick={() => void onSave()}
        >
          {t('common.save')}
        </Button>
      )}
    </header>
  );
}

/** Switches the scenario on and off. What is not saved yet is saved first, as it is what runs then. */
function ActiveSwitch({ scenario, dirty, onSave }: Pick<TopBarProps, 'scenario' | 'onSave'> & { dirty: boolean }) {
  const { t } = useText();
  const may = useMay();
  const client = useQueryClient();
  const toaster = useToaster();
  const [wanted, setWanted] = useState<boolean>();
  const change = useMutation({
    mutationFn: async (on: boolean) => {
      setWanted(on);
      if (on && dirty && !(await onSave())) return undefined;
      return api.post<Scenario>(`/scenarios/${scenario?.id ?? 0}/${on ? 'start' : 'stop'}`);
    },
    onSuccess: async (changed) => {
      if (!changed) return;
      await keepScenario(client, changed);
      void client.invalidateQueries({ queryKey: ['scenarios'] });
      toaster.say(t(changed.active ? 'builder.activated' : 'builder.deactivated'));
    },
    onError: (error) => toaster.fail(error),
    onSettled: () => setWanted(undefined),
  });
  const on = wanted ?? scenario?.active ?? false;
  return (
    <label
      className="active-switch"
      title={scenario ? scenario.invalid && t('builder.invalid') : t('builder.save-first')}
    >
      <input
        type="checkbox"
        role="switch"
        className="switch"
        checked={on}
        disabled={!scenario || !may('scenario.run') || change.isPending}
        onChange={(e) => change.mutate(e.target.checked)}
      />
      <span className="switch-word">
        <span>{t(on ? 'builder.active' : 'builder.inactive')}</span>
        <span aria-hidden>{t(on ? 'builder.inactive' : 'builder.active')}</span>
      </span>
    </label>
  );
}
