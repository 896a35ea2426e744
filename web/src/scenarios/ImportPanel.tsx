import { useEffect, useState } from 'react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../api/client';
import type { Checked, CreatedScenario, DataStore, NewAddress } from '../api/types';
import { navigate } from '../app/router';
import { useSession } from '../app/session';
import { AppChain, chainOf, useApps, useModules } from '../parts/apps';
import { Button, Loading, TextField } from '../parts/basics';
import { FileChoice } from '../parts/file-choice';
import { Panel } from '../parts/panel';
import { ProblemBox } from '../parts/problem';
import { useText } from '../text/text';
import { AddressDialog } from './AddressDialog';
import { Findings } from './Findings';
import { modulesOf, needsOf, readBlueprint, settle } from './blueprint-file';
import { makeOne, Needs, settled, useOffers, type Chosen } from './Needs';

type Blueprint = Record<string, unknown>;

interface Read {
  file: string;
  blueprint?: Blueprint;
}

/** Takes the file of a blueprint in: it is looked at first, and nothing is made before somebody says so. */
export function ImportPanel({ file, onClose }: { file?: File; onClose: () => void }) {
  const { t } = useText();
  const [read, setRead] = useState<Read>();
  useEffect(() => {
    if (file) void take(file).then(setRead);
  }, [file]);
  if (read?.blueprint) return <Look key={read.file} {...read} blueprint={read.blueprint} onClose={onClose} />;
  return (
    <Panel title={t('scenarios.import.title')} onClose={onClose} wide>
      <FileChoice
        lead={t('scenarios.import.lead')}
        choose={t('scenarios.import.choose')}
        accept=".json,application/json"
        onFile={(f) => void take(f).then(setRead)}
      >
        {read && (
          <p className="field-error" role="alert">
            {t('scenarios.import.no-blueprint', { file: read.file })}
          </p>
        )}
      </FileChoice>
    </Panel>
  );
}

async function take(file: File): Promise<Read> {
  return { file: file.name, blueprint: readBlueprint(await file.text()) };
}

function useKnown() {
  const apps = useApps();
  const list = apps.data?.items ?? [];
  return {
    ready: apps.isSuccess,
    has: (app: string) => app === 'builtin' || list.some((a) => a.name === app),
    // Modules of tools and of plain HTTP do without a connection; those of a service need theirs.
    connected: (app: string) => app !== 'http' && (list.find((a) => a.name === app)?.connections.length ?? 0) > 0,
  };
}

function Missing({ apps }: { apps: string[] }) {
  const { t } = useText();
  const modules = useModules();
  if (apps.length === 0) return null;
  return (
    <div className="note warn">
      <p>
        <strong>{t('scenarios.import.missing', { n: apps.length, apps: apps.map(modules.app).join(', ') })}</strong>
      </p>
      <p>{t('scenarios.import.missing.hint')}</p>
    </div>
  );
}

/** Shows what a blueprint is, what is wrong with it and what it needs, and makes a scenario of it. */
function Look({ file, blueprint, onClose }: { file: string; blueprint: Blueprint; onClose: () => void }) {
  const { t } = useText();
  const { team } = useSession();
  const client = useQueryClient();
  const known = useKnown();
  const { offers, ready } = useOffers();
  const [name, setName] = useState(typeof blueprint.name === 'string' ? blueprint.name : file.replace(/\.\w+$/, ''));
  const [byHand, setByHand] = useState<Chosen>({});
  const [address, setAddress] = useState<{ made: NewAddress; scenario: number }>();
  const modules = modulesOf(blueprint);
  const needs = needsOf(blueprint, known.connected).filter((n) => n.kind === 'datastore' || known.has(n.app));
  const chosen = settled(needs, byHand, offers);
  const blueprintWith = (ids: Chosen) => ({ ...settle(blueprint, ids, known.connected), name: name.trim() });
  const whole = blueprintWith(chosen);
  const check = useQuery({
    queryKey: ['check', whole],
    queryFn: () => api.post<Checked>('/blueprints/check', { blueprint: whole }),
    enabled: known.ready && ready,
    placeholderData: (before) => before,
  });
  const make = useMutation({
    mutationFn: async () => {
      const made = { ...chosen };
      for (const [key, id] of Object.entries(chosen))
        if (id === makeOne) made[key] = (await api.post<DataStore>('/datastores', { team, name: name.trim() })).id;
      return api.post<CreatedScenario>('/scenarios', {
        team,
        blueprint: blueprintWith(made),
        unfinished: true,
      });
    },
    onSuccess: async ({ scenario, webhook }) => {
      await client.invalidateQueries({ queryKey: ['scenarios'] });
      if (webhook) setAddress({ made: webhook, scenario: scenario.id });
      else navigate(`/scenarios/${scenario.id}`);
    },
  });
  if (address) return <AddressDialog made={address.made} onClose={() => navigate(`/scenarios/${address.scenario}`)} />;
  const missing = [...new Set(chainOf(modules))].filter((app) => known.ready && !known.has(app));
  const foot = (
    <div className="row">
      <Button look="primary" busy={make.isPending} disabled={name.trim() === ''} onClick={() => make.mutate()}>
        {t('scenarios.import.do')}
      </Button>
      <Button onClick={onClose}>{t('common.cancel')}</Button>
    </div>
  );
  return (
    <Panel
      title={t('scenarios.import.title')}
      lead={t('scenarios.import.what', { file, n: modules.length })}
      onClose={onClose}
      foot={foot}
      wide
    >
      <AppChain modules={modules} arrows />
      <TextField
        label={t('scenarios.import.name')}
        value={name}
        required
        maxLength={200}
        onChange={(e) => setName(e.target.value)}
      />
      <Missing apps={missing} />
      <Needs
        needs={needs}
        chosen={chosen}
        choose={(key, id) => setByHand((all) => ({ ...all, [key]: id }))}
        offers={offers}
        storeName={name.trim()}
      />
      {check.isPending && <Loading />}
      <ProblemBox error={check.error} />
      {check.data && <Findings problems={check.data.problems} />}
      <ProblemBox error={make.error} />
    </Panel>
  );
}
