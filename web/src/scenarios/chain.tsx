import { ChevronRight } from 'lucide-react';
import { AppIcon, useModules } from '../parts/apps';
import { appOf } from '../parts/flow';
import './scenarios.css';

const shown = 5;

/** The apps of a flow in their order, each once in a row. */
export function chainOf(modules: string[]): string[] {
  return modules.map(appOf).filter((app, i, all) => app !== all[i - 1]);
}

/** The apps along a scenario as tiles, with how many do not fit. */
export function AppChain({ modules, arrows = false }: { modules: string[]; arrows?: boolean }) {
  const names = useModules();
  const apps = chainOf(modules);
  const more = apps.length > shown ? apps.length - shown : 0;
  return (
    <span className={arrows ? 'chain arrows' : 'chain'} role="img" aria-label={apps.map(names.app).join(', ')}>
      {apps.slice(0, shown).map((app, i) => (
        <span key={i} className="chain-link">
          {arrows && i > 0 && <ChevronRight aria-hidden />}
          <AppIcon app={app} />
        </span>
      ))}
      {more > 0 && <span className="chain-more">+{more}</span>}
    </span>
  );
}
