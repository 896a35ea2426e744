import { useState } from 'react';
import { useMutation } from '@tanstack/react-query';
import { api } from '../../api/client';
import type { components } from '../../api/schema';
import { useSession } from '../../app/session';
import { Button, SelectField, TextField } from '../../parts/basics';
import { formValues } from '../../parts/form';
import { fieldError, ProblemBox } from '../../parts/problem';
import { useText } from '../../text/text';
import { roleHelp, roleWord, teamRights, teamRoles } from '../rights';
import { RightsField } from '../RightsField';
import { useGivable } from './Members';

export type Created = components['schemas']['CreatedInvitation'];

const fields = ['email'];

/** Invites an address: to the organization, and if wanted at once to a team. */
export function Invite({ organization, onDone }: { organization: number; onDone: (created: Created) => void }) {
  const { t, told } = useText();
  const { teams: all, team: current } = useSession();
  const teams = all.filter((x) => x.organization === organization);
  const givable = useGivable(organization);
  const [role, setRole] = useState('member');
  const [team, setTeam] = useState(teams.some((x) => x.id === current) ? current : 0);
  const [teamRole, setTeamRole] = useState('member');
  const [rights, setRights] = useState<string[]>([]);
  const invite = useMutation({
    mutationFn: ({ email }: Record<string, string>) =>
      api.post<Created>(`/organizations/${organization}/invitations`, {
        email,
        role,
        ...(team && { team, team_role: teamRole, rights: teamRole === 'restricted' ? rights : undefined }),
      }),
    onSuccess: onDone,
  });
  return (
    <form className="form" onSubmit={(e) => invite.mutate(formValues(e))}>
      <TextField
        label={t('account.email')}
        name="email"
        type="email"
        autoComplete="off"
        required
        error={fieldError(invite.error, 'email', told)}
      />
      <SelectField
        label={t('people.role-in-organization')}
        value={role}
        help={roleHelp('organization', role, t)}
        onChange={(e) => setRole(e.target.value)}
      >
        {givable.map((r) => (
          <option key={r} value={r}>
            {roleWord('organization', r, t)}
          </option>
        ))}
      </SelectField>
      <div className="pair">
        <SelectField label={t('nav.team')} value={team} onChange={(e) => setTeam(Number(e.target.value))}>
          <option value={0}>{t('people.no-team')}</option>
          {teams.map((x) => (
            <option key={x.id} value={x.id}>
              {x.name}
            </option>
          ))}
        </SelectField>
        {team !== 0 && (
          <SelectField
            label={t('people.role-in-team')}
            value={teamRole}
            help={roleHelp('team', teamRole, t)}
            onChange={(e) => setTeamRole(e.target.value)}
          >
            {teamRoles.map((r) => (
              <option key={r} value={r}>
                {roleWord('team', r, t)}
              </option>
            ))}
          </SelectField>
        )}
      </div>
      {team !== 0 && teamRole === 'restricted' && (
        <RightsField label={t('people.rights')} rights={teamRights} chosen={rights} onChange={setRights} />
      )}
      <ProblemBox error={invite.error} fields={fields} />
      <div>
        <Button type="submit" look="primary" busy={invite.isPending}>
          {t('people.invite.do')}
        </Button>
      </div>
    </form>
  );
}
