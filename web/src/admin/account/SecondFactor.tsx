import { useState } from 'react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ShieldAlert, ShieldCheck } from 'lucide-react';
import { api } from '../../api/client';
import { useSession } from '../../app/session';
import { Button, TextField } from '../../parts/basics';
import { formValues } from '../../parts/form';
import { fieldError, ProblemBox } from '../../parts/problem';
import { Section } from '../../parts/section';
import { useToaster } from '../../parts/toasts';
import { useText, type Key } from '../../text/text';
import { Enrol } from './Enrol';
import { RecoveryCodes } from './RecoveryCodes';

type Step = 'none' | 'enrol' | 'codes' | 'remove';

/** The second factor: whether it is on, and the way there, back, and to new recovery codes. */
export function SecondFactor() {
  const { t } = useText();
  const { me } = useSession();
  const client = useQueryClient();
  const [step, setStep] = useState<Step>('none');
  const [codes, setCodes] = useState<string[]>();
  const on = me.user.two_factor;
  const told = (list: string[]) => {
    setStep('none');
    setCodes(list);
    void client.invalidateQueries({ queryKey: ['me'] });
  };
  return (
    <Section title={t('me.factor')} lead={t('me.factor.lead')}>
      <div className="row">
        <span className={on ? 'status good' : 'status'}>
          {on ? <ShieldCheck aria-hidden /> : <ShieldAlert aria-hidden />}
          {t(on ? 'me.factor.on' : 'me.factor.off')}
        </span>
        {on && <span className="soft">{t('me.factor.left', { n: me.recovery_codes })}</span>}
      </div>
      {codes && <RecoveryCodes codes={codes} onDone={() => setCodes(undefined)} />}
      {step === 'none' && !codes && <Offers on={on} choose={setStep} />}
      {step === 'enrol' && <Enrol onDone={told} onCancel={() => setStep('none')} />}
      {step === 'codes' && <NewCodes onDone={told} onCancel={() => setStep('none')} />}
      {step === 'remove' && <Remove onDone={() => setStep('none')} />}
    </Section>
  );
}

function Offers({ on, choose }: { on: boolean; choose: (step: Step) => void }) {
  const { t } = useText();
  if (!on) {
    return (
      <div>
        <Button look="primary" onClick={() => choose('enrol')}>
          {t('me.factor.enrol')}
        </Button>
      </div>
    );
  }
  return (
    <div className="row">
      <Button onClick={() => choose('codes')}>{t('me.factor.new-codes')}</Button>
      <Button look="danger" onClick={() => choose('remove')}>
        {t('me.factor.remove')}
      </Button>
    </div>
  );
}

export function CodeField({ error, help }: { error?: string; help?: Key }) {
  const { t } = useText();
  return (
    <TextField
      label={t('signin.code')}
      name="code"
      inputMode="numeric"
      autoComplete="one-time-code"
      className="code-field mono"
      autoFocus
      required
      help={t(help ?? 'signin.code.help')}
      error={error}
    />
  );
}

function NewCodes({ onDone, onCancel }: { onDone: (codes: string[]) => void; onCancel: () => void }) {
  const { t, told } = useText();
  const draw = useMutation({
    mutationFn: ({ code }: Record<string, string>) =>
      api.post<{ codes: string[] }>('/me/two-factor/recovery-codes', { code }),
    onSuccess: ({ codes }) => onDone(codes),
  });
  return (
    <form className="form panel" onSubmit={(e) => draw.mutate(formValues(e))}>
      <p>{t('me.factor.new-codes.lead')}</p>
      <CodeField error={fieldError(draw.error, 'code', told)} />
      <ProblemBox error={draw.error} fields={['code']} />
      <div className="row">
        <Button type="submit" look="primary" busy={draw.isPending}>
          {t('me.factor.new-codes')}
        </Button>
        <Button onClick={onCancel}>{t('common.cancel')}</Button>
      </div>
    </form>
  );
}

function Remove({ onDone }: { onDone: () => void }) {
  const { t, told } = useText();
  const { me } = useSession();
  const client = useQueryClient();
  const toaster = useToaster();
  const remove = useMutation({
    mutationFn: (v: Record<string, string>) => api.post('/me/two-factor/remove', v),
    onSuccess: () => {
      onDone();
      toaster.say(t('me.factor.removed'));
      void client.invalidateQueries({ queryKey: ['me'] });
    },
  });
  return (
    <form className="form panel" onSubmit={(e) => remove.mutate(formValues(e))}>
      <p>{t('me.factor.remove.lead')}</p>
      {me.user.has_password && (
        <TextField
          label={t('account.password')}
          name="password"
          type="password"
          autoComplete="current-password"
          required
          error={fieldError(remove.error, 'password', told)}
        />
      )}
      <CodeField error={fieldError(remove.error, 'code', told)} />
      <ProblemBox error={remove.error} fields={['password', 'code']} />
      <div className="row">
        <Button type="submit" look="danger" busy={remove.isPending}>
          {t('me.factor.remove')}
        </Button>
        <Button onClick={onDone}>{t('common.cancel')}</Button>
      </div>
    </form>
  );
}
