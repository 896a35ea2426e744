import type { Scenario } from '../api/types';
import { find, findPath } from '../blueprint/tree';
import { useText } from '../text/text';
import { useBuilder } from './builder';
import { LinkPanel } from './LinkPanel';
import { ModulePanel } from './ModulePanel';
import { Panel } from './Panel';
import { ProblemsPanel } from './ProblemsPanel';
import type { Schedule } from './schedule';
import { SchedulePanel } from './SchedulePanel';
import { SettingsPanel } from './SettingsPanel';
import type { Edited } from './useEdited';
import type { Problems } from './useProblems';
import type { Choice } from './useSelection';
import { VersionsPanel } from './VersionsPanel';
import { removeChosen } from './actions';
import { Button } from '../parts/basics';

interface SideProps {
  choice: Choice;
  problems: Problems;
  scenario: Scenario | undefined;
  edited: Edited;
  schedule: Schedule | undefined;
  onSchedule: (next: Schedule) => void;
}

/** The panel for what is selected, or for the tool that was opened. */
export function Side({ choice, problems, scenario, edited, schedule, onSchedule }: SideProps) {
  const { blueprint } = useBuilder();
  const { selection, link, tool, clear } = choice;
  /** What is wrong with a module or with the filter before it; the paths begin at the module. */
  const findings = (id: number, isFilter: boolean) =>
    problems.list.flatMap((p) => {
      const found = findPath(blueprint, p.path);
      const is = found?.spot.node.id === id && found.field.startsWith('filter') === isFilter;
      return is ? [{ ...p, path: found.field }] : [];
    });
  switch (tool) {
    case 'schedule':
      return <SchedulePanel key={scenario?.id} scenario={scenario} own={schedule} onOwn={onSchedule} onClose={clear} />;
    case 'settings':
      return <SettingsPanel scenario={scenario} onClose={clear} />;
    case 'versions':
      return <VersionsPanel edited={edited} onClose={clear} />;
    case 'problems':
      return <ProblemsPanel problems={problems} onClose={clear} />;
    default:
  }
  if (link !== undefined && find(blueprint, link))
    return <LinkPanel to={link} findings={findings(link, true)} onClose={clear} />;
  const [one, ...others] = selection;
  if (one === undefined || !find(blueprint, one)) return null;
  if (others.length > 0) return <Several onClose={clear} />;
  return <ModulePanel id={one} findings={findings(one, false)} onClose={clear} />;
}

/** Several modules are selected: what can be done with them together. */
function Several({ onClose }: { onClose: () => void }) {
  const b = useBuilder();
  const { t } = useText();
  return (
    <Panel title={t('builder.several', { n: b.selection.length })} onClose={onClose}>
      <div className="row">
        <Button onClick={() => b.copy(b.selection)}>{t('common.copy')}</Button>
        {!b.readOnly && (
          <Button look="danger" onClick={() => removeChosen(b, b.selection)}>
            {t('common.delete')}
          </Button>
        )}
      </div>
    </Panel>
  );
}
