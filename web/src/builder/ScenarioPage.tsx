import { useEffect, useState } from 'react';
import { useIsMutating, useQuery } from '@tanstack/react-query';
import { api } from '../api/client';
import type { Scenario } from '../api/types';
import { emptyBlueprint } from '../blueprint/make';
import type { Blueprint } from '../blueprint/types';
import { Loading } from '../parts/basics';
import { ProblemBox } from '../parts/problem';
import { useText } from '../text/text';
import { Builder } from './Builder';
import { forgetHandover, handedOver } from './handover';
import { savingKey, versionQuery } from './stored';
import type { Base } from './useEdited';
import './builder.css';

/** The builder of a scenario; number 0 is one that is not saved yet. */
export function ScenarioPage({ id }: { id: number }) {
  return id === 0 ? <NewScenario /> : <SavedScenario id={id} />;
}

function NewScenario() {
  const { t } = useText();
  const [base] = useState<Base>(() => ({ blueprint: emptyBlueprint(t('builder.untitled')), version: 0, revision: 0 }));
  return <Builder id={0} base={base} scenario={undefined} />;
}

function SavedScenario({ id }: { id: number }) {
  const [handed] = useState(() => handedOver(id));
  useEffect(forgetHandover, []);
  // Whoever left while it was saved and comes back sees what was saved.
  const isSaved = useIsMutating({ mutationKey: savingKey(id) }) === 0;
  const scenario = useQuery({
    queryKey: ['scenario', id],
    queryFn: () => api.get<Scenario>(`/scenarios/${id}`),
    refetchOnMount: handed ? false : 'always',
    enabled: isSaved,
  });
  // The version that is edited stays the one that was opened, whatever others save meanwhile.
  const [base, setBase] = useState<Base | undefined>(handed?.base);
  const version = scenario.data?.version;
  const opened = useQuery({
    ...versionQuery(id, version ?? 0),
    enabled: version !== undefined && !base && isSaved,
  });
  if (!base && isSaved && scenario.data && !scenario.isFetching && opened.data) {
    const { version: of, revision } = scenario.data;
    setBase({ blueprint: opened.data.blueprint as Blueprint, version: of, revision });
  }
  const error = base ? undefined : (scenario.error ?? opened.error);
  if (error) return <ProblemBox error={error} retry={() => void scenario.refetch()} />;
  if (!base || !scenario.data) return <Loading />;
  return <Builder id={id} base={base} scenario={scenario.data} handed={handed} />;
}
