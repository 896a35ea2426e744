import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../api/client';
import { Link, navigate } from '../app/router';
import { Button, Loading, TextField } from '../parts/basics';
import { NewPassword } from '../parts/new-password';
import { Entry, formValues, ownZone, useLanguageTag, useSecret } from './frame';
import { fieldError, ProblemBox } from '../parts/problem';
import { useText } from '../text/text';

const fields = ['name', 'email', 'password'];

/** Makes the first user, for whoever has the link that the server printed. */
export function Setup() {
  const { t, told } = useText();
  const language = useLanguageTag();
  const secret = useSecret();
  const client = useQueryClient();
  const state = useQuery({ queryKey: ['setup'], queryFn: () => api.get<{ needed: boolean }>('/setup') });
  const make = useMutation({
    mutationFn: (v: Record<string, string>) => api.post('/setup', { ...v, secret, language, zone: ownZone() }),
    onSuccess: () => {
      client.clear();
      navigate('/scenarios', { replace: true });
    },
  });
  if (state.data?.needed === false) {
    return (
      <Entry title={t('setup.done')} lead={t('setup.done.lead')}>
        <Link className="button primary wide" href="/sign-in">
          {t('signin.title')}
        </Link>
      </Entry>
    );
  }
  return (
    <Entry title={t('setup.title')} lead={t('setup.lead')}>
      {state.isPending && <Loading />}
      <ProblemBox error={state.error} retry={() => void state.refetch()} />
      {state.data && !secret && <p className="note">{t('setup.no-secret')}</p>}
      {state.data && secret && (
        <form className="form" onSubmit={(e) => make.mutate(formValues(e))}>
          <TextField
            label={t('account.name')}
            name="name"
            autoComplete="name"
            required
            error={fieldError(make.error, 'name', told)}
          />
          <TextField
            label={t('account.email')}
            name="email"
            type="email"
            autoComplete="username"
            required
            error={fieldError(make.error, 'email', told)}
          />
          <NewPassword error={make.error} />
          <ProblemBox error={make.error} fields={fields} />
          <Button type="submit" look="primary" wide busy={make.isPending}>
            {t('setup.do')}
          </Button>
        </form>
      )}
    </Entry>
  );
}
