import { useEffect, useRef, useState } from 'react';
import { useSession } from '../app/session';
import { FlowCanvas } from '../canvas/FlowCanvas';
import { Button } from '../parts/basics';
import { ProblemBox } from '../parts/problem';
import { useText } from '../text/text';
import { Differences } from './CompareDialog';
import type { Edited } from './useEdited';
import type { Saving } from './useSaving';

/** Somebody has saved in between, or one has oneself elsewhere: shows what, and asks which state counts. Nothing is lost before that. */
export function ConflictDialog({ saving, edited }: { saving: Saving; edited: Edited }) {
  const { t, moment } = useText();
  const { me } = useSession();
  const dialog = useRef<HTMLDialogElement>(null);
  const [look, setLook] = useState(false);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  const { conflict } = saving;
  if (!conflict) return null;
  const { begun, version, theirs } = conflict;
  const isMine = version.author === me.user.email;
  const who = version.author || t('builder.conflict.somebody');
  const title = t(isMine ? 'builder.conflict.title.mine' : 'builder.conflict.title');
  return (
    <dialog ref={dialog} className="big compare-dialog" aria-label={title} onClose={saving.closeConflict}>
      <header>
        <h2>{title}</h2>
      </header>
      <div className="dialog-body">
        <p>
          {t(isMine ? 'builder.conflict.lead.mine' : 'builder.conflict.lead', {
            who,
            at: moment(version.saved),
            n: String(version.version),
          })}
        </p>
        <div className="two-sides">
          <section>
            <h3>{isMine ? t('builder.conflict.elsewhere') : t('builder.conflict.theirs', { who })}</h3>
            <Differences from={begun} to={theirs} />
          </section>
          <section>
            <h3>{t(isMine ? 'builder.conflict.here' : 'builder.conflict.mine')}</h3>
            <Differences from={begun} to={edited.blueprint} />
          </section>
        </div>
        {look && (
          <div className="compare-canvas">
            <FlowCanvas blueprint={theirs} />
          </div>
        )}
        <ProblemBox error={saving.error} />
      </div>
      <footer>
        <Button look="quiet" onClick={() => setLook(!look)}>
          {t(look ? 'builder.conflict.hide' : isMine ? 'builder.conflict.look.mine' : 'builder.conflict.look')}
        </Button>
        <Button onClick={saving.closeConflict}>{t('common.cancel')}</Button>
        <Button onClick={saving.takeTheirs}>
          {t(isMine ? 'builder.conflict.take.mine' : 'builder.conflict.take')}
        </Button>
        <Button look="primary" busy={saving.busy} onClick={() => void saving.keepMine()}>
          {t(isMine ? 'builder.conflict.keep.mine' : 'builder.conflict.keep')}
        </Button>
      </footer>
    </dialog>
  );
}
