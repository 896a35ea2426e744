import { lazy, Suspense } from 'react';
import { useMutation } from '@tanstack/react-query';
import { api } from '../../api/client';
import { useSession } from '../../app/session';
import { Button, Loading, TextField } from '../../parts/basics';
import { CopyBox } from '../../parts/copy';
import { formValues } from '../../parts/form';
import { fieldError, ProblemBox } from '../../parts/problem';
import { useText } from '../../text/text';
import { CodeField } from './SecondFactor';

const QrCode = lazy(() => import('./QrCode'));

interface Enrolment {
  key: string;
  uri: string;
}

interface EnrolProps {
  onDone: (codes: string[]) => void;
  onCancel: () => void;
}

/** Sets the second factor up: the password first, then the secret for the app, then a code that proves that the app has it. */
export function Enrol({ onDone, onCancel }: EnrolProps) {
  const { t, told } = useText();
  const { me } = useSession();
  const draw = useMutation({
    mutationFn: ({ password }: Record<string, string>) => api.post<Enrolment>('/me/two-factor', { password }),
  });
  if (draw.data) return <Prove enrolment={draw.data} onDone={onDone} onCancel={onCancel} />;
  return (
    <form className="form panel" onSubmit={(e) => draw.mutate(formValues(e))}>
      <p>{t('me.factor.enrol.lead')}</p>
      {me.user.has_password && (
        <TextField
          label={t('account.password')}
          name="password"
          type="password"
          autoComplete="current-password"
          autoFocus
          required
          error={fieldError(draw.error, 'password', told)}
        />
      )}
      <ProblemBox error={draw.error} fields={['password']} />
      <div className="row">
        <Button type="submit" look="primary" busy={draw.isPending}>
          {t('me.factor.next')}
        </Button>
        <Button onClick={onCancel}>{t('common.cancel')}</Button>
      </div>
    </form>
  );
}

function Prove({ enrolment, onDone, onCancel }: EnrolProps & { enrolment: Enrolment }) {
  const { t, told } = useText();
  const prove = useMutation({
    mutationFn: ({ code }: Record<string, string>) => api.post<{ codes: string[] }>('/me/two-factor/confirm', { code }),
    onSuccess: ({ codes }) => onDone(codes),
  });
  return (
    <form className="form panel" onSubmit={(e) => prove.mutate(formValues(e))}>
      <div className="enrolment">
        <Suspense fallback={<Loading />}>
          <QrCode text={enrolment.uri} label={t('me.factor.qr')} />
        </Suspense>
        <div className="stack">
          <p>{t('me.factor.scan')}</p>
          <CopyBox label={t('me.factor.key')} text={enrolment.key} help={t('me.factor.key.help')} />
        </div>
      </div>
      <CodeField help="me.factor.code.help" error={fieldError(prove.error, 'code', told)} />
      <ProblemBox error={prove.error} fields={['code']} />
      <div className="row">
        <Button type="submit" look="primary" busy={prove.isPending}>
          {t('me.factor.confirm')}
        </Button>
        <Button onClick={onCancel}>{t('common.cancel')}</Button>
      </div>
    </form>
  );
}
