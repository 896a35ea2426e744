import { useState } from 'react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../api/client';
import { useList } from '../api/lists';
import type { Scenario, Version } from '../api/types';
import type { Blueprint } from '../blueprint/types';
import { Button, Loading, Moment, More } from '../parts/basics';
import { ProblemBox } from '../parts/problem';
import { useToaster } from '../parts/toasts';
import { useText } from '../text/text';
import { useBuilder } from './builder';
import { CompareDialog } from './CompareDialog';
import { Panel } from './Panel';
import { keepScenario, revisionOf, versionQuery } from './stored';
import type { Edited } from './useEdited';

/** Every saved state of the scenario, to be looked at and brought back. */
export function VersionsPanel({ edited, onClose }: { edited: Edited; onClose: () => void }) {
  const { scenario } = useBuilder();
  const { t } = useText();
  const list = useList<Version>('versions', `/scenarios/${scenario}/versions`, { limit: 30 });
  const [shown, setShown] = useState<Version>();
  return (
    <Panel title={t('builder.versions.title')} onClose={onClose}>
      <p className="help">{t('builder.versions.help')}</p>
      {list.isPending && <Loading />}
      <ProblemBox error={list.error} />
      <ol className="versions">
        {list.items?.map((v) => (
          <li key={v.version}>
            <button type="button" className="version" onClick={() => setShown(v)}>
              <span className="label">
                {t('builder.versions.version', { n: String(v.version) })}
                {v.version === edited.base.version && (
                  <span className="builder-chip">{t('builder.versions.this')}</span>
                )}
              </span>
              <span className="soft">
                <Moment at={v.saved} />
                {v.author && ` · ${v.author}`}
              </span>
              {v.note && <span className="soft">{v.note}</span>}
            </button>
          </li>
        ))}
      </ol>
      <More list={list} />
      {shown && <VersionDialog version={shown} edited={edited} onClose={() => setShown(undefined)} />}
    </Panel>
  );
}

function VersionDialog({ version, edited, onClose }: { version: Version; edited: Edited; onClose: () => void }) {
  const { scenario, readOnly } = useBuilder();
  const { t } = useText();
  const client = useQueryClient();
  const toaster = useToaster();
  const found = useQuery(versionQuery(scenario, version.version));
  const blueprint = found.data?.blueprint as Blueprint | undefined;
  const restore = useMutation({
    mutationFn: () =>
      api.post<Scenario>(
        `/scenarios/${scenario}/versions/${version.version}/restore`,
        undefined,
        revisionOf(client, scenario, edited.base),
      ),
    onSuccess: async (saved) => {
      if (!blueprint) return;
      edited.rebase({ blueprint, version: saved.version, revision: saved.revision }, blueprint);
      await keepScenario(client, saved);
      void client.invalidateQueries({ queryKey: ['versions'] });
      toaster.say(t('builder.versions.restored', { n: String(version.version) }));
      onClose();
    },
  });
  return (
    <CompareDialog
      title={t('builder.versions.version', { n: String(version.version) })}
      blueprint={blueprint}
      against={edited.blueprint}
      onClose={onClose}
    >
      <ProblemBox error={found.error ?? restore.error} />
      {blueprint && !readOnly && (
        <div className="row">
          <Button
            onClick={() => {
              edited.edit(() => blueprint);
              onClose();
            }}
          >
            {t('builder.versions.edit')}
          </Button>
          {version.version !== edited.base.version && (
            <Button look="primary" busy={restore.isPending} onClick={() => restore.mutate()}>
              {t('builder.versions.restore')}
            </Button>
          )}
        </div>
      )}
    </CompareDialog>
  );
}
