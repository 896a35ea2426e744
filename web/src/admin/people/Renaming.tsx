import { useMutation } from '@tanstack/react-query';
import { Button } from '../../parts/basics';
import { formValues } from '../../parts/form';
import { ProblemBox } from '../../parts/problem';
import { useText } from '../../text/text';

interface RenamingProps {
  name: string;
  rename: (name: string) => Promise<unknown>;
  onClose: () => void;
}

/** Changes a name where it stands. */
export function Renaming({ name, rename, onClose }: RenamingProps) {
  const { t } = useText();
  const done = useMutation({ mutationFn: rename, onSuccess: onClose });
  return (
    <form className="stack" onSubmit={(e) => done.mutate(formValues(e).name ?? '')}>
      <div className="row">
        <input
          className="renaming"
          name="name"
          aria-label={t('common.name')}
          defaultValue={name}
          autoFocus
          required
          onKeyDown={(e) => e.key === 'Escape' && onClose()}
        />
        <Button type="submit" look="primary" busy={done.isPending}>
          {t('common.save')}
        </Button>
        <Button onClick={onClose}>{t('common.cancel')}</Button>
      </div>
      <ProblemBox error={done.error} />
    </form>
  );
}
