import { useEffect, useRef, useState } from 'react';
import type { Blueprint } from '../blueprint/types';
import { FlowCanvas } from '../canvas/FlowCanvas';
import { Button } from '../parts/basics';
import { ProblemBox } from '../parts/problem';
import { useText } from '../text/text';
import { Differences } from './CompareDialog';
import type { Edited } from './useEdited';
import type { Saving } from './useSaving';

/** Somebody else has saved in between: shows what, and asks which state counts. Nothing is lost before that. */
export function ConflictDialog({ saving, edited }: { saving: Saving; edited: Edited }) {
  const { t, moment } = useText();
  const dialog = useRef<HTMLDialogElement>(null);
  const [look, setLook] = useState(false);
  const [begun] = useState<Blueprint>(edited.base.blueprint);
  useEffect(() => dialog.current?.showModal(), []);
  const { conflict } = saving;
  if (!conflict) return null;
  const who = conflict.version.author || t('builder.conflict.somebody');
  return (
    <dialog
      ref={dialog}
      className="big compare-dialog"
      aria-label={t('builder.conflict.title')}
      onClose={saving.closeConflict}
    >
      <header>
        <h2>{t('builder.conflict.title')}</h2>
      </header>
      <div className="dialog-body">
        <p>
          {t('builder.conflict.lead', { who, at: moment(conflict.version.saved), n: String(conflict.version.version) })}
        </p>
        <div className="two-sides">
          <section>
            <h3>{t('builder.conflict.theirs', { who })}</h3>
            <Differences from={begun} to={conflict.theirs} />
          </section>
          <section>
            <h3>{t('builder.conflict.mine')}</h3>
            <Differences from={begun} to={edited.blueprint} />
          </section>
        </div>
        {look && (
          <div className="compare-canvas">
            <FlowCanvas blueprint={conflict.theirs} />
          </div>
        )}
        <ProblemBox error={saving.error} />
      </div>
      <footer>
        <Button look="quiet" onClick={() => setLook(!look)}>
          {t(look ? 'builder.conflict.hide' : 'builder.conflict.look')}
        </Button>
        <Button onClick={saving.closeConflict}>{t('common.cancel')}</Button>
        <Button onClick={saving.takeTheirs}>{t('builder.conflict.take')}</Button>
        <Button look="primary" busy={saving.busy} onClick={() => void saving.keepMine()}>
          {t('builder.conflict.keep')}
        </Button>
      </footer>
    </dialog>
  );
}
