import { useState } from 'react';
import { noteOf, readBack, setNote } from '../blueprint/notes';
import { AreaField } from '../parts/basics';
import { useText } from '../text/text';
import { useBuilder } from './builder';

/** The note at a module. A blueprint keeps notes without blanks at their ends; the field shows those that are being typed. */
export function NoteField({ id }: { id: number }) {
  const { blueprint, edit, readOnly } = useBuilder();
  const { t } = useText();
  const kept = noteOf(blueprint, id);
  const [typed, setTyped] = useState(kept);
  const [opened] = useState(kept !== '');
  return (
    <details className="fold" open={opened}>
      <summary>{t('builder.note')}</summary>
      <AreaField
        label={t('builder.note')}
        help={t('builder.note.help')}
        value={readBack(typed) === kept ? typed : kept}
        readOnly={readOnly}
        onChange={(e) => {
          setTyped(e.target.value);
          edit((b) => setNote(b, id, e.target.value), `note ${id}`);
        }}
      />
    </details>
  );
}
