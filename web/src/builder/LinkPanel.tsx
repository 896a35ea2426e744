import { Crash } from '../app/Crash';
import { Plus, Unlink } from 'lucide-react';
import { detach, setFilter } from '../blueprint/edits';
import { find } from '../blueprint/tree';
import type { Filter } from '../blueprint/types';
import { FilterForm } from '../form/FilterForm';
import { Button } from '../parts/basics';
import { useText } from '../text/text';
import { useBuilder } from './builder';
import { Findings } from './ModulePanel';
import { Panel } from './Panel';
import type { Finding } from './useProblems';
import { useSources } from './useSources';

/** The link before a module: its filter, and what can stand there. */
export function LinkPanel({ to, findings, onClose }: { to: number; findings: Finding[]; onClose: () => void }) {
  const { scenario, blueprint, edit, labels, readOnly, zone, add, selectLink } = useBuilder();
  const { t } = useText();
  const sources = useSources(scenario, blueprint, to, labels);
  const spot = find(blueprint, to);
  if (!spot) return null;
  const { node, flow, index, parent } = spot;
  const before = flow[index - 1] ?? parent?.node;
  const filter = (node.filter as Filter | null | undefined) ?? undefined;
  return (
    <Panel title={t('builder.link.title')} onClose={onClose}>
      <p className="soft">
        {before && labels.full(before)} → {labels.full(node)}
      </p>
      <Findings list={findings} />
      <Crash>
        <FilterForm
          key={to}
          filter={filter}
          sources={sources}
          zone={zone}
          readOnly={readOnly}
          onChange={(next) => edit((b) => setFilter(b, to, next), `filter ${to}`)}
        />
      </Crash>
      {!readOnly && (
        <div className="row">
          {flow[index - 1] && (
            <Button
              icon={<Plus aria-hidden />}
              onClick={() => add({ at: 'between', module: (flow[index - 1] ?? node).id })}
            >
              {t('builder.add-between')}
            </Button>
          )}
          <Button
            icon={<Unlink aria-hidden />}
            onClick={() => {
              edit((b) => detach(b, to));
              selectLink(undefined);
            }}
          >
            {t('builder.cut')}
          </Button>
        </div>
      )}
    </Panel>
  );
}
