import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../api/client';
import type { Invited } from '../api/types';
import { Link, navigate } from '../app/router';
import { Button, Loading, TextField } from '../parts/basics';
import { NewPassword } from '../parts/new-password';
import { fieldError, ProblemBox } from '../parts/problem';
import { useText } from '../text/text';
import { Entry, formValues, ownZone, useLanguageTag, useSecret } from './frame';

/** Accepts an invitation: with a new account, or as who is signed in. */
export function Join() {
  const { t } = useText();
  const secret = useSecret();
  const invited = useQuery({
    queryKey: ['invited', secret],
    queryFn: () => api.post<Invited>('/invitations/show', { secret }),
    enabled: secret !== '',
    retry: false,
  });
  if (!secret)
    return (
      <Entry
        title={t('join.title')}
        lead={t('join.no-secret')}
        foot={<Link href="/sign-in">{t('signin.title')}</Link>}
      />
    );
  return (
    <Entry
      title={t('join.title')}
      lead={invited.data && t(invited.data.known ? 'join.known' : 'join.lead', { email: invited.data.email })}
    >
      {invited.isPending && <Loading />}
      <ProblemBox error={invited.error} />
      {invited.data && <Accept secret={secret} known={invited.data.known} />}
    </Entry>
  );
}

function Accept({ secret, known }: { secret: string; known: boolean }) {
  const { t, told } = useText();
  const language = useLanguageTag();
  const client = useQueryClient();
  const accept = useMutation({
    mutationFn: (v: Record<string, string>) =>
      api.post('/invitations/accept', known ? { secret } : { ...v, secret, language, zone: ownZone() }),
    onSuccess: () => {
      client.clear();
      navigate('/scenarios', { replace: true });
    },
  });
  return (
    <form className="form" onSubmit={(e) => accept.mutate(formValues(e))}>
      {!known && (
        <>
          <TextField
            label={t('account.name')}
            name="name"
            autoComplete="name"
            required
            error={fieldError(accept.error, 'name', told)}
          />
          <NewPassword error={accept.error} />
        </>
      )}
      <ProblemBox error={accept.error} fields={['name', 'password']} />
      <Button type="submit" look="primary" wide busy={accept.isPending}>
        {t('join.do')}
      </Button>
    </form>
  );
}
