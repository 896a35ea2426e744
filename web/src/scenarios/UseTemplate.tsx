import { useState } from 'react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../api/client';
import { moduleQuery, templateQuery } from '../api/definitions';
import type { CreatedScenario, DataStore, NewAddress, Template, TemplateChoice } from '../api/types';
import { navigate } from '../app/router';
import { useSession } from '../app/session';
import { AppChain } from '../parts/apps';
import { Button, Loading, SelectField, TextField } from '../parts/basics';
import { Panel } from '../parts/panel';
import { ProblemBox } from '../parts/problem';
import { useToaster } from '../parts/toasts';
import { useText } from '../text/text';
import { AddressDialog } from './AddressDialog';
import { makeOne, NeedChoice, useOffers } from './Needs';
import { fillIn } from './template';

/** Asks for what a template needs, and makes a scenario of it. */
export function UseTemplate({ name, onClose }: { name: string; onClose: () => void }) {
  const { t, language } = useText();
  const template = useQuery(templateQuery(name, language));
  const { offers, ready, error } = useOffers();
  if (template.data && ready) return <Filling template={template.data} offers={offers} onClose={onClose} />;
  return (
    <Panel title={t('templates.one')} onClose={onClose} wide>
      {(template.error ?? error) ? <ProblemBox error={template.error ?? error} /> : <Loading />}
    </Panel>
  );
}

type Offers = ReturnType<typeof useOffers>['offers'];
type Value = number | string;

/** What stands there at first: the only connection there is, the data store of that name, else a new one. */
function firstValue(c: TemplateChoice, offers: Offers): Value {
  if (c.kind === 'field') return '';
  const list = offers({ kind: c.kind, app: c.app ?? 'datastore' });
  if (c.kind === 'datastore') return list.find((o) => o.name === c.name)?.id ?? makeOne;
  return list.length === 1 ? (list[0]?.id ?? 0) : 0;
}

const beginnings = ['all', 'now'] as const;
type Beginning = (typeof beginnings)[number];

/** Whether the trigger of the template looks for what is new, and so may begin with what there is. */
function useCanBegin(template: Template): boolean {
  const { language } = useText();
  const first = template.modules[0];
  const module = useQuery({ ...moduleQuery(first ?? ':', undefined, language), enabled: first !== undefined });
  return module.data?.starts?.includes('all') === true;
}

function useMaking(template: Template, name: string, values: Value[], beginning: Beginning) {
  const { team } = useSession();
  const toaster = useToaster();
  const client = useQueryClient();
  const [address, setAddress] = useState<{ made: NewAddress; scenario: number }>();
  const make = useMutation({
    mutationFn: async () => {
      const whole: unknown[] = [...values];
      for (const [i, c] of template.choose.entries()) {
        if (values[i] !== makeOne) continue;
        const store = { team, name: c.name ?? template.title, structure: c.structure };
        whole[i] = (await api.post<DataStore>('/datastores', store)).id;
      }
      const blueprint = fillIn(template, name.trim(), whole);
      const made = await api.post<CreatedScenario>('/scenarios', { team, blueprint, schedule: template.schedule });
      // The scenario is made: what fails from here on is told there.
      if (beginning !== 'now')
        await api.put(`/scenarios/${made.scenario.id}/start-from`, { from: beginning }).catch(toaster.fail);
      return made;
    },
    onSuccess: ({ scenario, webhook }) => {
      if (webhook) setAddress({ made: webhook, scenario: scenario.id });
      else navigate(`/scenarios/${scenario.id}`);
    },
    onSettled: async () => {
      for (const key of ['scenarios', 'datastores']) await client.invalidateQueries({ queryKey: [key] });
    },
  });
  return { make, address };
}

function Filling({ template: x, offers, onClose }: { template: Template; offers: Offers; onClose: () => void }) {
  const { t } = useText();
  const [name, setName] = useState(x.title);
  const [byHand, setByHand] = useState<Record<number, Value>>({});
  const values = x.choose.map((c, i) => byHand[i] ?? firstValue(c, offers));
  const canBegin = useCanBegin(x);
  const [beginning, setBeginning] = useState<Beginning>('all');
  const { make, address } = useMaking(x, name, values, canBegin ? beginning : 'now');
  if (address) return <AddressDialog made={address.made} onClose={() => navigate(`/scenarios/${address.scenario}`)} />;
  const isWhole = name.trim() !== '' && values.every((v) => v !== 0 && v !== '');
  const foot = (
    <>
      <div className="row">
        <Button look="primary" busy={make.isPending} disabled={!isWhole} onClick={() => make.mutate()}>
          {t('templates.make')}
        </Button>
        <Button onClick={onClose}>{t('common.cancel')}</Button>
      </div>
      {!isWhole && <p className="help">{t('templates.not-whole')}</p>}
    </>
  );
  return (
    <Panel title={x.title} lead={<AppChain modules={x.modules} arrows />} onClose={onClose} foot={foot} wide>
      <p>{x.description}</p>
      <TextField
        label={t('scenarios.import.name')}
        value={name}
        required
        maxLength={200}
        onChange={(e) => setName(e.target.value)}
      />
      {x.choose.map((c, i) => (
        <OneChoice
          key={i}
          choice={c}
          value={values[i] ?? ''}
          offers={offers}
          onChange={(v) => setByHand((all) => ({ ...all, [i]: v }))}
        />
      ))}
      {canBegin && (
        <SelectField
          label={t('templates.beginning')}
          help={t(`templates.beginning.${beginning}.help`)}
          value={beginning}
          onChange={(e) => setBeginning(e.target.value as Beginning)}
        >
          {beginnings.map((b) => (
            <option key={b} value={b}>
              {t(`templates.beginning.${b}`)}
            </option>
          ))}
        </SelectField>
      )}
      <ProblemBox error={make.error} />
      <p className="help">{t('templates.off')}</p>
    </Panel>
  );
}

function OneChoice({
  choice: c,
  value,
  offers,
  onChange,
}: {
  choice: TemplateChoice;
  value: Value;
  offers: Offers;
  onChange: (value: Value) => void;
}) {
  if (c.kind === 'field')
    return (
      <TextField
        label={c.label}
        help={c.help}
        required
        value={String(value)}
        onChange={(e) => onChange(e.target.value)}
      />
    );
  const app = c.app ?? 'datastore';
  return (
    <NeedChoice
      kind={c.kind}
      app={app}
      label={c.label}
      help={c.help}
      offers={offers({ kind: c.kind, app })}
      value={Number(value)}
      onChange={onChange}
      storeName={c.name ?? ''}
      optional={false}
    />
  );
}
