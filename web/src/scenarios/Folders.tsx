import { Folder as FolderIcon, FolderOpen, Inbox, Layers } from 'lucide-react';
import type { ReactNode } from 'react';
import { useParameters } from '../app/router';
import { useText } from '../text/text';
import type { Folder, Listed, Place } from './shelf';

function Entry({
  text,
  number,
  current,
  icon,
  choose,
}: {
  text: string;
  number: number;
  current: boolean;
  icon: ReactNode;
  choose: () => void;
}) {
  return (
    <li>
      <button type="button" aria-current={current ? 'true' : undefined} onClick={choose}>
        {icon}
        <span>{text}</span>
        <span className="number">{number}</span>
      </button>
    </li>
  );
}

/** The folders as a filter: all scenarios, one folder, or what lies in none. */
export function Folders({ all, folders, place }: { all: Listed[]; folders: Folder[]; place: Place }) {
  const { t } = useText();
  const [, change] = useParameters();
  const loose = all.filter((s) => !s.folder).length;
  const isIn = (name: string) => !place.all && place.folder === name;
  return (
    <nav className="folders" aria-label={t('scenarios.folders')}>
      <ul>
        <Entry
          text={t('scenarios.folder.all')}
          number={all.length}
          current={place.all}
          icon={<Layers aria-hidden />}
          choose={() => change({ folder: '' })}
        />
        {folders.map((f) => (
          <Entry
            key={f.name}
            text={f.name}
            number={f.scenarios}
            current={isIn(f.name)}
            icon={isIn(f.name) ? <FolderOpen aria-hidden /> : <FolderIcon aria-hidden />}
            choose={() => change({ folder: f.name })}
          />
        ))}
        {loose > 0 && (
          <Entry
            text={t('scenarios.folder.none')}
            number={loose}
            current={isIn('')}
            icon={<Inbox aria-hidden />}
            choose={() => change({ folder: '-' })}
          />
        )}
      </ul>
    </nav>
  );
}
