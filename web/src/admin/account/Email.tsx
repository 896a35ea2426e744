import { useRef, useState } from 'react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { MailCheck } from 'lucide-react';
import { api } from '../../api/client';
import type { components } from '../../api/schema';
import type { Me } from '../../api/types';
import { useSession } from '../../app/session';
import { Button, TextField } from '../../parts/basics';
import { formValues } from '../../parts/form';
import { fieldError, ProblemBox } from '../../parts/problem';
import { Section } from '../../parts/section';
import { useToaster } from '../../parts/toasts';
import { useText } from '../../text/text';

type Changed = components['schemas']['EmailChanged'];

const fields = ['email', 'password'];

/** Changes the address with which somebody signs in. Where letters can be sent, the new one is confirmed by a link first. */
export function Email() {
  const { t, told } = useText();
  const { me } = useSession();
  const client = useQueryClient();
  const toaster = useToaster();
  const form = useRef<HTMLFormElement>(null);
  const [sent, setSent] = useState('');
  const change = useMutation({
    mutationFn: ({ email, password }: Record<string, string>) =>
      api.post<Changed>('/me/email', { email, password: password || undefined }),
    onSuccess: (changed, { email = '' }) => {
      form.current?.reset();
      setSent(changed.sent ? email : '');
      client.setQueryData<Me>(['me'], (now) => now && { ...now, user: changed.user });
      if (!changed.sent) toaster.say(t('me.email.done', { email: changed.user.email }));
    },
  });
  return (
    <Section title={t('me.email')} lead={t('me.email.lead', { email: me.user.email })}>
      {sent && (
        <p className="note row" role="status">
          <MailCheck aria-hidden /> {t('me.email.sent', { email: sent })}
        </p>
      )}
      <form ref={form} className="form" onSubmit={(e) => change.mutate(formValues(e))}>
        <TextField
          label={t('me.email.new')}
          name="email"
          type="email"
          autoComplete="email"
          required
          error={fieldError(change.error, 'email', told)}
        />
        {me.user.has_password && (
          <TextField
            label={t('me.email.password')}
            name="password"
            type="password"
            autoComplete="current-password"
            required
            error={fieldError(change.error, 'password', told)}
          />
        )}
        <ProblemBox error={change.error} fields={fields} />
        <div>
          <Button type="submit" busy={change.isPending}>
            {t('me.email.do')}
          </Button>
        </div>
      </form>
    </Section>
  );
}
