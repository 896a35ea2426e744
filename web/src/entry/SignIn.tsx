import { useState } from 'react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { KeyRound } from 'lucide-react';
import { api, CallError } from '../api/client';
import type { Page, Provider } from '../api/types';
import { Link, navigate, useParameters } from '../app/router';
import { safeReturn } from '../app/routes';
import { Button, TextField } from '../parts/basics';
import { Entry, formValues } from './frame';
import { fieldError, ProblemBox } from '../parts/problem';
import { useText, type Key } from '../text/text';

const refusals: Record<string, Key> = {
  'not-invited': 'signin.sso.not-invited',
  refused: 'signin.sso.refused',
  'too-often': 'signin.sso.too-often',
};

/** Signs in: with a password, with the second factor where it is asked for, or at an identity provider. */
export function SignIn() {
  const { t, told } = useText();
  const [parameters] = useParameters();
  const client = useQueryClient();
  const [asked, setAsked] = useState(false);
  const back = safeReturn(parameters.get('return_to'));
  const signIn = useMutation({
    mutationFn: ({ email, password, code }: Record<string, string>) =>
      api.post('/session', { email, password, code: code || undefined }),
    onSuccess: () => {
      client.clear();
      navigate(back, { replace: true });
    },
    onError: (error) => {
      if (error instanceof CallError && error.problem?.field === 'code') setAsked(true);
    },
  });
  const refused = refusals[parameters.get('sso') ?? ''];
  const firstAsked = asked && !(signIn.variables?.code ?? '');
  return (
    <Entry title={t('signin.title')} foot={<Link href="/reset">{t('signin.forgotten')}</Link>}>
      {refused && !signIn.error && (
        <p className="note warn" role="alert">
          {t(refused)}
        </p>
      )}
      {parameters.get('reset') && <p className="note">{t('reset.done')}</p>}
      <form className="form" onSubmit={(e) => signIn.mutate(formValues(e))}>
        <TextField label={t('account.email')} name="email" type="email" autoComplete="username" required />
        <TextField
          label={t('account.password')}
          name="password"
          type="password"
          autoComplete="current-password"
          required
        />
        {asked && (
          <TextField
            label={t('signin.code')}
            name="code"
            autoComplete="one-time-code"
            required
            autoFocus
            help={t('signin.code.help')}
            error={firstAsked ? undefined : fieldError(signIn.error, 'code', told)}
          />
        )}
        <ProblemBox error={signIn.error} fields={['code']} />
        <Button type="submit" look="primary" wide busy={signIn.isPending}>
          {t('signin.do')}
        </Button>
      </form>
      <Providers back={back} />
    </Entry>
  );
}

function Providers({ back }: { back: string }) {
  const { t } = useText();
  const { data } = useQuery({ queryKey: ['sso'], queryFn: () => api.get<Page<Provider>>('/sso') });
  if (!data || data.items.length === 0) return null;
  return (
    <div className="providers">
      <p className="or">{t('signin.or')}</p>
      {data.items.map((p) => (
        <a key={p.name} className="button wide" href={`${p.begin}?return_to=${encodeURIComponent(back)}`}>
          <KeyRound aria-hidden />
          {t('signin.with', { provider: p.label })}
        </a>
      ))}
    </div>
  );
}
