import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, CallError } from '../api/client';
import type { User } from '../api/types';
import { Link } from '../app/router';
import { Button } from '../parts/basics';
import { ProblemBox } from '../parts/problem';
import { useText } from '../text/text';
import { Entry, useSecret } from './frame';

/** Confirms a new e-mail address, with the secret of the link that was sent to it. Only who has asked for it can, and so is signed in. */
export function ConfirmEmail() {
  const { t } = useText();
  const client = useQueryClient();
  const secret = useSecret();
  const confirm = useMutation({
    mutationFn: () => api.post<User>('/me/email/confirm', { secret }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['me'] }),
  });
  const back = <Link href="/account">{t('email.to-account')}</Link>;
  if (!secret) return <Entry title={t('email.title')} lead={t('email.no-secret')} foot={back} />;
  if (confirm.data)
    return <Entry title={t('email.done')} lead={t('email.done.lead', { email: confirm.data.email })} foot={back} />;
  const signedOut = confirm.error instanceof CallError && confirm.error.status === 401;
  return (
    <Entry title={t('email.title')} lead={t('email.lead')} foot={back}>
      {signedOut ? (
        <p className="note warn" role="alert">
          {t('email.signed-out')}{' '}
          <a href="/sign-in?return_to=%2Faccount" target="_blank" rel="noopener">
            {t('signin.title')}
          </a>
        </p>
      ) : (
        <ProblemBox error={confirm.error} />
      )}
      <Button look="primary" wide busy={confirm.isPending} onClick={() => confirm.mutate()}>
        {t('email.do')}
      </Button>
    </Entry>
  );
}
