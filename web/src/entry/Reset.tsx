import { useMutation } from '@tanstack/react-query';
import { api } from '../api/client';
import { Link, navigate } from '../app/router';
import { Button, TextField } from '../parts/basics';
import { NewPassword } from '../parts/new-password';
import { Entry, formValues, useSecret } from './frame';
import { fieldError, ProblemBox } from '../parts/problem';
import { useText } from '../text/text';

/** Asks for a link to a new password, or sets the password with the secret of one. */
export function Reset() {
  const secret = useSecret();
  return secret ? <SetPassword secret={secret} /> : <Ask />;
}

function Back() {
  const { t } = useText();
  return <Link href="/sign-in">{t('signin.back')}</Link>;
}

function Ask() {
  const { t, told } = useText();
  const ask = useMutation({ mutationFn: (v: Record<string, string>) => api.post('/password-resets', v) });
  if (ask.isSuccess) {
    return (
      <Entry
        title={t('reset.asked')}
        lead={t('reset.asked.lead', { email: ask.variables.email ?? '' })}
        foot={<Back />}
      >
        <p className="note">{t('reset.no-mail')}</p>
      </Entry>
    );
  }
  return (
    <Entry title={t('reset.title')} lead={t('reset.lead')} foot={<Back />}>
      <form className="form" onSubmit={(e) => ask.mutate(formValues(e))}>
        <TextField
          label={t('account.email')}
          name="email"
          type="email"
          autoComplete="username"
          required
          error={fieldError(ask.error, 'email', told)}
        />
        <ProblemBox error={ask.error} fields={['email']} />
        <Button type="submit" look="primary" wide busy={ask.isPending}>
          {t('reset.ask')}
        </Button>
      </form>
    </Entry>
  );
}

function SetPassword({ secret }: { secret: string }) {
  const { t } = useText();
  const set = useMutation({
    mutationFn: ({ password }: Record<string, string>) => api.post('/password-resets/use', { secret, password }),
    onSuccess: () => navigate('/sign-in?reset=done', { replace: true }),
  });
  return (
    <Entry title={t('reset.set.title')} foot={<Back />}>
      <form className="form" onSubmit={(e) => set.mutate(formValues(e))}>
        <NewPassword isAnother error={set.error} />
        <ProblemBox error={set.error} fields={['password']} />
        <Button type="submit" look="primary" wide busy={set.isPending}>
          {t('reset.set')}
        </Button>
      </form>
    </Entry>
  );
}
