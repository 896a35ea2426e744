import { useState } from 'react';
import { useMutation } from '@tanstack/react-query';
import { api } from '../../api/client';
import type { CreatedToken } from '../../api/types';
import { useSession } from '../../app/session';
import { Button, SelectField, TextField } from '../../parts/basics';
import { formValues } from '../../parts/form';
import { fieldError, ProblemBox } from '../../parts/problem';
import { useText } from '../../text/text';
import { otherRights, purposeNames, purposes, teamRights, type Purpose } from '../rights';
import { RightsField } from '../RightsField';

const lives = [30, 90, 365] as const;
const dayMS = 86_400_000;
/** Fields that show what is wrong with them themselves. */
const fields = ['name', 'expires'];

interface NewTokenProps {
  onDone: (token: CreatedToken) => void;
  onCancel: () => void;
}

export function NewToken({ onDone, onCancel }: NewTokenProps) {
  const { t, told } = useText();
  const { teams } = useSession();
  const [purpose, setPurpose] = useState<Purpose | 'own'>('look');
  const [own, setOwn] = useState<string[]>([...purposes.look]);
  const make = useMutation({
    mutationFn: ({ name, team, days }: Record<string, string>) =>
      api.post<CreatedToken>('/me/tokens', {
        name,
        scopes: purpose === 'own' ? own : purposes[purpose],
        team: Number(team) || undefined,
        expires: days ? new Date(Date.now() + Number(days) * dayMS).toISOString() : undefined,
      }),
    onSuccess: onDone,
  });
  return (
    <form className="form panel" onSubmit={(e) => make.mutate(formValues(e))}>
      <TextField
        label={t('common.name')}
        name="name"
        placeholder={t('me.tokens.name.example')}
        autoFocus
        required
        error={fieldError(make.error, 'name', told)}
      />
      <fieldset className="stacked-choices">
        <legend className="label">{t('me.tokens.may')}</legend>
        {purposeNames.map((p) => (
          <Choice key={p} value={p} chosen={purpose} choose={setPurpose} />
        ))}
        <Choice value="own" chosen={purpose} choose={setPurpose} />
      </fieldset>
      {purpose === 'own' && (
        <RightsField
          label={t('me.tokens.rights')}
          rights={[...teamRights, ...otherRights]}
          chosen={own}
          onChange={setOwn}
        />
      )}
      <div className="pair">
        <SelectField label={t('me.tokens.where')} name="team">
          <option value="">{t('me.tokens.all-teams')}</option>
          {teams.map((x) => (
            <option key={x.id} value={x.id}>
              {x.name}
            </option>
          ))}
        </SelectField>
        <SelectField
          label={t('me.tokens.life')}
          name="days"
          defaultValue="90"
          error={fieldError(make.error, 'expires', told)}
        >
          {lives.map((n) => (
            <option key={n} value={n}>
              {t('me.tokens.days', { n })}
            </option>
          ))}
          <option value="">{t('me.tokens.never')}</option>
        </SelectField>
      </div>
      <ProblemBox error={make.error} fields={fields} />
      <div className="row">
        <Button type="submit" look="primary" busy={make.isPending}>
          {t('me.tokens.make')}
        </Button>
        <Button onClick={onCancel}>{t('common.cancel')}</Button>
      </div>
    </form>
  );
}

function Choice<T extends Purpose | 'own'>({
  value,
  chosen,
  choose,
}: {
  value: T;
  chosen: Purpose | 'own';
  choose: (p: T) => void;
}) {
  const { t } = useText();
  return (
    <label className="check">
      <input type="radio" name="purpose" checked={chosen === value} onChange={() => choose(value)} />
      <span>
        {t(`me.purpose.${value}`)}
        <span className="help"> {t(`me.purpose.${value}.help`)}</span>
      </span>
    </label>
  );
}
