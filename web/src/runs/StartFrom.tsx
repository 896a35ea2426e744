import { useState } from 'react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../api/client';
import type { components } from '../api/schema';
import type { Page } from '../api/types';
import { Button, Moment, SelectField, TextField } from '../parts/basics';
import { ProblemBox } from '../parts/problem';
import { useToaster } from '../parts/toasts';
import { useText } from '../text/text';

type Choices = components['schemas']['StartChoices'];
type Item = components['schemas']['StartItem'];
type Chosen = components['schemas']['StartFrom'];

/** Where the polling trigger of a scenario can begin, and where it stands. */
export function useStarts(scenario: number, isWanted = true) {
  return useQuery({
    queryKey: ['scenario', scenario, 'start-from'],
    queryFn: () => api.get<Choices>(`/scenarios/${scenario}/start-from`),
    enabled: scenario !== 0 && isWanted,
    retry: false,
  });
}

interface StartFromProps {
  scenario: number;
  /** Somebody asks for it, since a run found nothing new: it is open, and begins with everything there is. */
  asked: boolean;
  /** Runs the scenario from the start that was set. */
  onRun: () => void;
}

/** Where the polling trigger of a scenario begins; nothing for scenarios that have none. */
export function StartFrom({ scenario, asked, onRun }: StartFromProps) {
  const choices = useStarts(scenario);
  const { t } = useText();
  if (!choices.data || choices.data.starts.length === 0) return null;
  return (
    <details className="start-from" open={asked}>
      <summary>{t('runs.start-from')}</summary>
      <Form scenario={scenario} choices={choices.data} asked={asked} onRun={onRun} />
    </details>
  );
}

function Form({ scenario, choices, asked, onRun }: StartFromProps & { choices: Choices }) {
  const { t } = useText();
  const client = useQueryClient();
  const toaster = useToaster();
  const isAll = asked && choices.starts.includes('all');
  const [from, setFrom] = useState<Chosen['from']>(
    isAll ? 'all' : (choices.chosen?.from ?? choices.starts[0] ?? 'now'),
  );
  const [date, setDate] = useState('');
  const [item, setItem] = useState('');
  const items = useQuery({
    queryKey: ['scenario', scenario, 'start-from', 'items'],
    queryFn: () => api.get<Page<Item>>(`/scenarios/${scenario}/start-from/items`),
    enabled: from === 'item' && choices.listed,
    retry: false,
  });
  const set = useMutation<unknown, Error, boolean>({
    mutationFn: () =>
      api.put(`/scenarios/${scenario}/start-from`, {
        from,
        ...(from === 'since' && { date: new Date(date).toISOString() }),
        ...(from === 'item' && { id: item }),
      }),
    onSuccess: (_, run) => {
      if (run) onRun();
      else toaster.say(t('common.saved'));
      void client.invalidateQueries({ queryKey: ['scenario', scenario, 'start-from'] });
    },
  });
  const ready = from === 'since' ? date !== '' : from === 'item' ? item !== '' : true;
  return (
    <div className="stack">
      {choices.reached_date ? (
        <p className="soft">
          {t('runs.start-from.reached')} <Moment at={choices.reached_date} />
        </p>
      ) : choices.reached_id ? (
        <p className="soft">{t('runs.start-from.reached-id', { id: choices.reached_id })}</p>
      ) : null}
      <SelectField
        label={t('runs.start-from.choice')}
        help={t(`runs.start-from.${from}.help`)}
        value={from}
        onChange={(e) => setFrom(e.target.value as Chosen['from'])}
      >
        {choices.starts.map((s) => (
          <option key={s} value={s}>
            {t(`runs.start-from.${s}`)}
          </option>
        ))}
      </SelectField>
      {from === 'since' && (
        <TextField
          type="datetime-local"
          label={t('runs.start-from.date')}
          value={date}
          onChange={(e) => setDate(e.target.value)}
        />
      )}
      {from === 'item' &&
        (choices.listed ? (
          <SelectField
            label={t('runs.start-from.record')}
            help={items.isFetching ? t('common.loading') : undefined}
            value={item}
            onChange={(e) => setItem(e.target.value)}
          >
            <option value="">{t('runs.start-from.pick')}</option>
            {items.data?.items.map((x) => (
              <option key={x.id} value={x.id}>
                {x.label}
              </option>
            ))}
          </SelectField>
        ) : (
          <TextField label={t('runs.start-from.id')} value={item} onChange={(e) => setItem(e.target.value)} />
        ))}
      <ProblemBox error={set.error ?? items.error} />
      <div className="row">
        <Button
          look={asked ? 'primary' : 'plain'}
          busy={set.isPending}
          disabled={!ready}
          onClick={() => set.mutate(true)}
        >
          {t('runs.start-from.run')}
        </Button>
        <Button busy={set.isPending} disabled={!ready} onClick={() => set.mutate(false)}>
          {t('runs.start-from.set')}
        </Button>
      </div>
    </div>
  );
}
