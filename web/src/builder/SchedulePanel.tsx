import { useMemo, useState } from 'react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '../api/client';
import type { Scenario } from '../api/types';
import { Button, SelectField, TextField } from '../parts/basics';
import { ProblemBox } from '../parts/problem';
import { useToaster } from '../parts/toasts';
import { useText, type Key } from '../text/text';
import { useBuilder } from './builder';
import { DayChoice } from './DayChoice';
import { Panel } from './Panel';
import { intervalOf, nextRuns, ofKind, scheduleKinds, wallClock, type Schedule } from './schedule';
import { keepScenario } from './stored';

interface SchedulePanelProps {
  scenario: Scenario | undefined;
  /** The schedule of a scenario that is not saved yet. */
  own: Schedule | undefined;
  onOwn: (next: Schedule) => void;
  onClose: () => void;
}

/** When the scenario runs. */
export function SchedulePanel({ scenario, own, onOwn, onClose }: SchedulePanelProps) {
  const { readOnly, zone } = useBuilder();
  const { t, full } = useText();
  const client = useQueryClient();
  const toaster = useToaster();
  const saved = (scenario?.schedule as Schedule | undefined) ?? own ?? { type: 'on-demand' };
  const [schedule, setSchedule] = useState<Schedule>(saved);
  const save = useMutation({
    mutationFn: (next: Schedule) => api.patch<Scenario>(`/scenarios/${scenario?.id ?? 0}`, { schedule: next }),
    onSuccess: async (changed) => {
      await keepScenario(client, changed);
      void client.invalidateQueries({ queryKey: ['scenarios'] });
      toaster.say(t('builder.schedule.saved'));
    },
  });
  const change = (next: Schedule) => {
    setSchedule(next);
    if (!scenario) onOwn(next);
  };
  return (
    <Panel title={t('builder.schedule.title')} onClose={onClose}>
      <fieldset className="form no-frame" disabled={readOnly}>
        <SelectField
          label={t('builder.schedule.kind')}
          value={schedule.type}
          onChange={(e) => change(ofKind(e.target.value, new Date()))}
        >
          {scheduleKinds.map((k) => (
            <option key={k} value={k}>
              {t(`builder.schedule.kind.${k}` as Key)}
            </option>
          ))}
        </SelectField>
        <p className="help">{t(`builder.schedule.help.${schedule.type}` as Key)}</p>
        <Details schedule={schedule} onChange={change} />
        <Next schedule={schedule} zone={zone} />
        {scenario?.due && scenario.active && (
          <p className="soft">{t('builder.schedule.due', { at: full(scenario.due) })}</p>
        )}
        <ProblemBox error={save.error} />
        {scenario ? (
          !readOnly && (
            <Button look="primary" busy={save.isPending} onClick={() => save.mutate(schedule)}>
              {t('builder.schedule.save')}
            </Button>
          )
        ) : (
          <p className="note">{t('builder.schedule.with-scenario')}</p>
        )}
      </fieldset>
    </Panel>
  );
}

interface DetailsProps {
  schedule: Schedule;
  onChange: (next: Schedule) => void;
}

function Details({ schedule, onChange }: DetailsProps) {
  const { t, language } = useText();
  const { days = [], months = [] } = schedule;
  const weekdays = useMemo(
    () => names(language, { weekday: 'short' }, 7, (i) => new Date(Date.UTC(2023, 0, 1 + i))),
    [language],
  );
  const monthNames = useMemo(
    () => names(language, { month: 'short' }, 12, (i) => new Date(Date.UTC(2023, i, 1))),
    [language],
  );
  switch (schedule.type) {
    case 'indefinitely':
      return <Interval schedule={schedule} onChange={onChange} />;
    case 'once':
      return (
        <TextField
          type="datetime-local"
          label={t('builder.schedule.date')}
          value={(schedule.date ?? '').slice(0, 16)}
          onChange={(e) => onChange({ ...schedule, date: `${e.target.value}:00` })}
        />
      );
    case 'daily':
    case 'weekly':
    case 'monthly':
    case 'yearly':
      return (
        <>
          {schedule.type === 'yearly' && (
            <DayChoice
              label={t('builder.schedule.months')}
              names={monthNames.map((name, i) => [i + 1, name])}
              chosen={months}
              onChange={(next) => onChange({ ...schedule, months: next })}
            />
          )}
          {schedule.type === 'weekly' && (
            <DayChoice
              label={t('builder.schedule.weekdays')}
              names={[1, 2, 3, 4, 5, 6, 0].map((i) => [i, weekdays[i] ?? ''])}
              chosen={days}
              onChange={(next) => onChange({ ...schedule, days: next })}
            />
          )}
          {(schedule.type === 'monthly' || schedule.type === 'yearly') && (
            <DayChoice
              label={t('builder.schedule.days')}
              names={Array.from({ length: 31 }, (_, i) => [i + 1, String(i + 1)])}
              chosen={days}
              onChange={(next) => onChange({ ...schedule, days: next })}
            />
          )}
          <TextField
            type="time"
            label={t('builder.schedule.time')}
            value={(schedule.time ?? '').slice(0, 5)}
            onChange={(e) => onChange({ ...schedule, time: e.target.value })}
          />
        </>
      );
    default:
      return null;
  }
}

function names(language: string, form: Intl.DateTimeFormatOptions, count: number, at: (i: number) => Date): string[] {
  const format = new Intl.DateTimeFormat(language, { ...form, timeZone: 'UTC' });
  return Array.from({ length: count }, (_, i) => format.format(at(i)));
}

function Interval({ schedule, onChange }: DetailsProps) {
  const { t } = useText();
  const { number, unit } = intervalOf(schedule.interval ?? 900);
  return (
    <div className="row">
      <TextField
        type="number"
        min={1}
        label={t('builder.schedule.every')}
        value={number}
        onChange={(e) => onChange({ ...schedule, interval: Math.max(1, Number(e.target.value)) * unit })}
      />
      <SelectField
        label={t('builder.schedule.unit')}
        value={unit}
        onChange={(e) => onChange({ ...schedule, interval: number * Number(e.target.value) })}
      >
        <option value={60}>{t('builder.schedule.minutes')}</option>
        <option value={3600}>{t('builder.schedule.hours')}</option>
        <option value={86_400}>{t('builder.schedule.each-days')}</option>
      </SelectField>
    </div>
  );
}

const shownRuns = 4;

/** The next runs of a schedule that goes by the calendar. */
function Next({ schedule, zone }: { schedule: Schedule; zone: string }) {
  const { t, language } = useText();
  const runs = nextRuns(schedule, wallClock(new Date(), zone), shownRuns);
  if (runs.length === 0) return null;
  const format = new Intl.DateTimeFormat(language, { dateStyle: 'full', timeZone: 'UTC' });
  return (
    <div>
      <p className="label">{t('builder.schedule.next')}</p>
      <ul className="next-runs">
        {runs.map((r) => (
          <li key={r.date}>
            {format.format(new Date(`${r.date}T00:00:00Z`))}, {r.time}
          </li>
        ))}
      </ul>
      <p className="help">{t('builder.schedule.zone', { zone })}</p>
    </div>
  );
}
