import { CircleAlert, TriangleAlert } from 'lucide-react';
import { Crash } from '../app/Crash';
import { CallError } from '../api/client';
import { fill, rename, setDisabled } from '../blueprint/edits';
import { endsLane, find, isRouter, nameOf } from '../blueprint/tree';
import type { Node } from '../blueprint/types';
import { beforeHint, withoutModule } from '../form/formContext';
import { ModuleForm } from '../form/ModuleForm';
import { AppIcon } from '../parts/apps';
import { Button, Loading } from '../parts/basics';
import { appOf } from '../parts/flow';
import { ProblemBox } from '../parts/problem';
import { useMay, useSession } from '../app/session';
import { PinnedSample } from '../runs/PinnedSample';
import { RunModule } from '../runs/RunModule';
import { useSamples } from '../runs/samples';
import { useText } from '../text/text';
import { useBuilder } from './builder';
import { HandlerSection } from './HandlerSection';
import { NoteField } from './NoteField';
import { Panel } from './Panel';
import { RoutesSection } from './RoutesSection';
import type { Finding } from './useProblems';
import { usedBy, useModule, useSources } from './useSources';

/** Everything about the module that is selected. */
export function ModulePanel({ id, findings, onClose }: { id: number; findings: Finding[]; onClose: () => void }) {
  const { blueprint, edit, labels, readOnly } = useBuilder();
  const { t } = useText();
  const spot = find(blueprint, id);
  if (!spot) return null;
  const { node } = spot;
  return (
    <Panel
      title={labels.full(node)}
      onClose={onClose}
      head={
        <div className="module-head">
          <AppIcon app={appOf(node.module)} />
          <div>
            <input
              className="title-input"
              aria-label={t('builder.module-name')}
              placeholder={labels.module(node.module)}
              value={nameOf(node)}
              readOnly={readOnly}
              maxLength={200}
              onChange={(e) => edit((b) => rename(b, id, e.target.value), `rename ${id}`)}
            />
            <p className="soft">
              {nameOf(node) ? `${labels.app(node.module)} · ${labels.module(node.module)}` : labels.app(node.module)}{' '}
              <span className="tile-id">{id}</span>
            </p>
          </div>
        </div>
      }
    >
      {isRouter(node) && <Findings list={findings} />}
      {node.disabled === true && (
        <div className="note warn row spread">
          <span>{t('builder.disabled')}</span>
          {!readOnly && (
            <Button look="quiet" onClick={() => edit((b) => setDisabled(b, id, false))}>
              {t('builder.enable')}
            </Button>
          )}
        </div>
      )}
      {isRouter(node) ? (
        <RoutesSection node={node} />
      ) : (
        <Form key={`${id} ${node.module}`} node={node} findings={findings} />
      )}
      {!endsLane(node) && <HandlerSection node={node} />}
      <NoteField key={`note ${id}`} id={id} />
      {!endsLane(node) && <Trying key={id} node={node} />}
    </Panel>
  );
}

/** Ways to see what the module does before it is let loose: by itself, and with data that stands in for it. */
function Trying({ node }: { node: Node }) {
  const { scenario, blueprint, labels, tried, tryModule } = useBuilder();
  const { t } = useText();
  const may = useMay();
  const sources = usedBy(node, useSources(scenario, blueprint, node.id, labels));
  const isPinned = useSamples(scenario).data?.items.some((s) => s.module === node.id && s.origin === 'pinned');
  return (
    <>
      {may('scenario.run') && (
        <details
          className="fold"
          open={tried === node.id}
          onToggle={(e) => {
            if (e.currentTarget.open !== (tried === node.id)) tryModule(e.currentTarget.open ? node.id : undefined);
          }}
        >
          <summary>{t('runs.run-module')}</summary>
          <RunModule scenario={scenario} module={node.id} blueprint={blueprint} sources={sources} />
        </details>
      )}
      {scenario !== 0 && may('execution.view') && (
        <details className="fold">
          <summary>
            {t('runs.pin.title')} {isPinned && <span className="tag">{t('runs.pin.tag')}</span>}
          </summary>
          <PinnedSample scenario={scenario} module={node.id} />
        </details>
      )}
    </>
  );
}

/** What is wrong with what the panel shows. That it is this module need not be said again. */
export function Findings({ list }: { list: Finding[] }) {
  if (list.length === 0) return null;
  return (
    <div className={list.some((f) => !f.warning) ? 'module-problems bad' : 'module-problems'} role="status">
      <ul>
        {list.map((f, i) => (
          <li key={i} className={f.warning ? '' : 'bad'}>
            {f.warning ? <TriangleAlert aria-hidden /> : <CircleAlert aria-hidden />}
            <span>
              {withoutModule(f.problem)}
              {f.hint && (
                <span className="hint">
                  {beforeHint(f.problem)}
                  {f.hint}
                </span>
              )}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Form({ node, findings }: { node: Node; findings: Finding[] }) {
  const { scenario, blueprint, edit, labels, readOnly, zone } = useBuilder();
  const { team } = useSession();
  const { t } = useText();
  const module = useModule(node);
  const sources = useSources(scenario, blueprint, node.id, labels);
  if (module.isPending) return <Loading />;
  if (module.error instanceof CallError && module.error.status === 404) {
    return (
      <>
        <Findings list={findings} />
        <p className="note warn">{t('builder.app-missing', { module: node.module })}</p>
      </>
    );
  }
  if (module.error) return <ProblemBox error={module.error} retry={() => void module.refetch()} />;
  return (
    <Crash>
      <ModuleForm
        scenario={scenario}
        team={team}
        module={module.data}
        node={node}
        sources={sources}
        zone={zone}
        readOnly={readOnly}
        problems={findings}
        showRest={(rest) => <Findings list={rest} />}
        onChange={(next) => edit((b) => fill(b, node.id, next), `form ${node.id}`)}
      />
    </Crash>
  );
}
