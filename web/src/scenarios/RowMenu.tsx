import { useState } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { Copy, FileDown, FolderInput, History, Pencil, PencilRuler, Trash2 } from 'lucide-react';
import { api } from '../api/client';
import type { CreatedScenario, Version } from '../api/types';
import { navigate } from '../app/router';
import { useMay, useSession } from '../app/session';
import { Rename } from '../parts/asking';
import { fileName } from '../parts/file-name';
import { saveFile } from '../parts/form';
import { Menu, type Choice } from '../parts/menu';
import { useToaster } from '../parts/toasts';
import { useText } from '../text/text';
import { AddressDialog } from './AddressDialog';
import { DeleteScenario } from './DeleteScenario';
import { MoveDialog } from './MoveDialog';
import type { Folder, Listed } from './shelf';

type Asked = 'rename' | 'move' | 'delete';

/** What can be done with a scenario as a whole. */
function useDeeds(s: Listed) {
  const { t } = useText();
  const client = useQueryClient();
  const toaster = useToaster();
  const { me } = useSession();
  const [made, setMade] = useState<CreatedScenario>();
  const again = () => client.invalidateQueries({ queryKey: ['scenarios'] });
  return {
    made,
    forget: () => setMade(undefined),
    rename: async (name: string) => {
      await api.patch(`/scenarios/${s.id}`, { name, author: me.user.name }, s.revision);
      await again();
    },
    move: async (folder: string) => {
      await api.patch(`/scenarios/${s.id}`, { folder });
      await again();
      toaster.say(folder ? t('scenarios.moved', { name: s.name, folder }) : t('scenarios.moved.out', { name: s.name }));
    },
    duplicate: async () => {
      try {
        const copy = await api.post<CreatedScenario>(`/scenarios/${s.id}/duplicate`, {
          name: t('scenarios.copy-name', { name: s.name }),
          author: me.user.name,
        });
        await again();
        toaster.say(t('scenarios.duplicated', { name: copy.scenario.name }));
        if (copy.webhook) setMade(copy);
      } catch (error) {
        toaster.fail(error);
      }
    },
    exportIt: async () => {
      try {
        const version = await api.get<Version>(`/scenarios/${s.id}/versions/0`);
        saveFile(
          fileName(s.name, 'blueprint.json'),
          JSON.stringify(version.blueprint, null, 2) + '\n',
          'application/json',
        );
      } catch (error) {
        toaster.fail(error);
      }
    },
  };
}

/** The menu at the end of a row, with what it asks. */
export function RowMenu({ scenario: s, folders }: { scenario: Listed; folders: Folder[] }) {
  const { t } = useText();
  const may = useMay();
  const deeds = useDeeds(s);
  const [asked, setAsked] = useState<Asked>();
  const close = () => setAsked(undefined);
  const choices: Choice[] = [
    { text: t('scenarios.open'), icon: <PencilRuler aria-hidden />, act: () => navigate(`/scenarios/${s.id}`) },
  ];
  if (may('execution.view'))
    choices.push({
      text: t('scenarios.history'),
      icon: <History aria-hidden />,
      act: () => navigate(`/history?scenario=${s.id}`),
    });
  choices.push({ text: t('scenarios.export'), icon: <FileDown aria-hidden />, act: () => void deeds.exportIt() });
  if (may('scenario.edit'))
    choices.push(
      { text: t('common.rename'), icon: <Pencil aria-hidden />, apart: true, act: () => setAsked('rename') },
      { text: t('scenarios.duplicate'), icon: <Copy aria-hidden />, act: () => void deeds.duplicate() },
      { text: t('scenarios.move'), icon: <FolderInput aria-hidden />, act: () => setAsked('move') },
      {
        text: t('common.delete'),
        icon: <Trash2 aria-hidden />,
        danger: true,
        apart: true,
        act: () => setAsked('delete'),
      },
    );
  return (
    <span className="row-menu above">
      <Menu label={t('scenarios.menu', { name: s.name })} choices={choices} />
      {asked === 'rename' && <Rename name={s.name} save={deeds.rename} onClose={close} />}
      {asked === 'move' && <MoveDialog scenario={s} folders={folders} move={deeds.move} onClose={close} />}
      {asked === 'delete' && <DeleteScenario scenario={s} onClose={close} />}
      {deeds.made?.webhook && <AddressDialog made={deeds.made.webhook} onClose={deeds.forget} />}
    </span>
  );
}
