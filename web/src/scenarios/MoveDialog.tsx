import { useState } from 'react';
import { useMutation } from '@tanstack/react-query';
import { TextField } from '../parts/basics';
import { Dialog } from '../parts/dialog';
import { ProblemBox } from '../parts/problem';
import { useText } from '../text/text';
import type { Folder, Listed } from './shelf';

const another = '\n'; // no folder is called so

/** Asks for a folder: one that is there, none, or a new one. */
export function MoveDialog({
  scenario,
  folders,
  move,
  onClose,
}: {
  scenario: Listed;
  folders: Folder[];
  move: (folder: string) => Promise<void>;
  onClose: () => void;
}) {
  const { t } = useText();
  const [chosen, setChosen] = useState(folders.length === 0 ? another : scenario.folder);
  const [typed, setTyped] = useState('');
  const run = useMutation({
    mutationFn: () => move(chosen === another ? typed.trim() : chosen),
    onSuccess: onClose,
  });
  const choice = (value: string, text: string) => (
    <label className="check" key={value}>
      <input type="radio" name="folder" checked={chosen === value} onChange={() => setChosen(value)} />
      {text}
    </label>
  );
  return (
    <Dialog
      title={t('scenarios.move.title', { name: scenario.name })}
      confirm={t('scenarios.move.do')}
      busy={run.isPending}
      onConfirm={() => run.mutate()}
      onClose={onClose}
    >
      {(folders.length > 0 || scenario.folder) && (
        <fieldset className="folder-choices">
          <legend className="hidden">{t('scenarios.folders')}</legend>
          {choice('', t('scenarios.folder.none'))}
          {folders.map((f) => choice(f.name, f.name))}
          {choice(another, t('scenarios.folder.new'))}
        </fieldset>
      )}
      {chosen === another && (
        <TextField
          label={t('scenarios.folder.name')}
          help={t('scenarios.folder.help')}
          value={typed}
          required
          autoFocus
          maxLength={100}
          onChange={(e) => setTyped(e.target.value)}
        />
      )}
      <ProblemBox error={run.error} />
    </Dialog>
  );
}
