import { useState } from 'react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '../../api/client';
import type { Me, User } from '../../api/types';
import { useSession } from '../../app/session';
import { themes, useTheme } from '../../app/theme';
import { Button, SelectField, TextField } from '../../parts/basics';
import { formValues } from '../../parts/form';
import { fieldError, ProblemBox } from '../../parts/problem';
import { Section } from '../../parts/section';
import { useToaster } from '../../parts/toasts';
import { languageOf, useText } from '../../text/text';

/** Changes what a user says about himself. The answer is shown at once: a new language is spoken from then on. */
function useChange() {
  const client = useQueryClient();
  const toaster = useToaster();
  return useMutation({
    mutationFn: (change: Partial<Pick<User, 'name' | 'language' | 'zone'>>) => api.patch<User>('/me', change),
    onSuccess: (user) => client.setQueryData<Me>(['me'], (me) => me && { ...me, user }),
    onError: (error) => toaster.fail(error),
  });
}

export function Profile() {
  const { t } = useText();
  return (
    <>
      <Section title={t('me.profile')} lead={t('me.profile.lead')}>
        <Name />
      </Section>
      <Section title={t('me.display')} lead={t('me.display.lead')}>
        <Language />
        <Zone />
        <Theme />
      </Section>
    </>
  );
}

function Name() {
  const { t, told } = useText();
  const { me } = useSession();
  const toaster = useToaster();
  const change = useChange();
  return (
    <form
      className="form"
      onSubmit={(e) => change.mutate({ name: formValues(e).name }, { onSuccess: () => toaster.say(t('common.saved')) })}
    >
      <TextField
        label={t('account.name')}
        name="name"
        autoComplete="name"
        defaultValue={me.user.name}
        required
        error={fieldError(change.error, 'name', told)}
      />
      <ProblemBox error={change.error} fields={['name']} />
      <div>
        <Button type="submit" busy={change.isPending}>
          {t('common.save')}
        </Button>
      </div>
    </form>
  );
}

function Language() {
  const { t } = useText();
  const { me } = useSession();
  const change = useChange();
  return (
    <SelectField
      label={t('me.language')}
      value={languageOf(me.user.language, ...navigator.languages)}
      disabled={change.isPending}
      onChange={(e) => change.mutate({ language: e.target.value })}
    >
      <option value="en" lang="en">
        {t('me.language.en')}
      </option>
      <option value="it" lang="it">
        {t('me.language.it')}
      </option>
    </SelectField>
  );
}

/** The time zones of the browser, by the part of the world. */
function zones(): [string, string[]][] {
  const groups = new Map<string, string[]>([['UTC', ['UTC']]]);
  for (const zone of Intl.supportedValuesOf('timeZone')) {
    const part = zone.split('/')[0] ?? zone;
    if (zone !== 'UTC') groups.set(part, [...(groups.get(part) ?? []), zone]);
  }
  return [...groups];
}

function Zone() {
  const { t, language } = useText();
  const { me } = useSession();
  const change = useChange();
  const [groups] = useState(zones);
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const zone = me.user.zone || own;
  const known = groups.some(([, list]) => list.includes(zone));
  const time = new Intl.DateTimeFormat(language, { timeStyle: 'short', timeZone: zone }).format(new Date());
  return (
    <SelectField
      label={t('me.zone')}
      help={t('me.zone.help', { time })}
      value={zone}
      disabled={change.isPending}
      onChange={(e) => change.mutate({ zone: e.target.value })}
    >
      {!known && <option value={zone}>{zone}</option>}
      {groups.map(([part, list]) => (
        <optgroup key={part} label={part}>
          {list.map((name) => (
            <option key={name} value={name}>
              {name.split('/').slice(1).join(' / ').replaceAll('_', ' ') || name}
            </option>
          ))}
        </optgroup>
      ))}
    </SelectField>
  );
}

function Theme() {
  const { t } = useText();
  const [theme, setTheme] = useTheme();
  return (
    <fieldset className="choices">
      <legend className="label">{t('me.theme')}</legend>
      {themes.map((name) => (
        <label key={name} className="choice">
          <input type="radio" name="theme" checked={theme === name} onChange={() => setTheme(name)} />
          {t(`me.theme.${name}`)}
        </label>
      ))}
      <p className="help">{t('me.theme.help')}</p>
    </fieldset>
  );
}
