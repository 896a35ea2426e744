import { useRef } from 'react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '../../api/client';
import { useSession } from '../../app/session';
import { Button, TextField } from '../../parts/basics';
import { formValues } from '../../parts/form';
import { NewPassword } from '../../parts/new-password';
import { fieldError, ProblemBox } from '../../parts/problem';
import { Section } from '../../parts/section';
import { useToaster } from '../../parts/toasts';
import { useText } from '../../text/text';

const fields = ['before', 'after', 'password'];

export function Password() {
  const { t, told } = useText();
  const { me } = useSession();
  const client = useQueryClient();
  const toaster = useToaster();
  const form = useRef<HTMLFormElement>(null);
  const change = useMutation({
    mutationFn: ({ before, after }: Record<string, string>) =>
      api.post('/me/password', { before: before || undefined, after }),
    onSuccess: () => {
      form.current?.reset();
      toaster.say(t('me.password.done'));
      void client.invalidateQueries({ queryKey: ['me'] });
      void client.invalidateQueries({ queryKey: ['sessions'] });
    },
  });
  return (
    <Section title={t('me.password')} lead={t(me.user.has_password ? 'me.password.lead' : 'me.password.none')}>
      <form ref={form} className="form" onSubmit={(e) => change.mutate(formValues(e))}>
        <input
          type="email"
          className="hidden"
          autoComplete="username"
          value={me.user.email}
          readOnly
          tabIndex={-1}
          aria-hidden
        />
        {me.user.has_password && (
          <TextField
            label={t('me.password.before')}
            name="before"
            type="password"
            autoComplete="current-password"
            required
            error={fieldError(change.error, 'before', told)}
          />
        )}
        <NewPassword name="after" isAnother error={change.error} />
        <ProblemBox error={change.error} fields={fields} />
        <div>
          <Button type="submit" busy={change.isPending}>
            {t('me.password.do')}
          </Button>
        </div>
      </form>
    </Section>
  );
}
