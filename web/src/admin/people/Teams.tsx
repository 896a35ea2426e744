import { useState } from 'react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Plus, Users } from 'lucide-react';
import { api } from '../../api/client';
import { useList } from '../../api/lists';
import type { Team } from '../../api/types';
import { Button, Empty, Loading, More, TextField } from '../../parts/basics';
import { formValues } from '../../parts/form';
import { fieldError, ProblemBox } from '../../parts/problem';
import { useText } from '../../text/text';
import { teamRoles } from '../rights';
import { useMayIn } from './Organization';
import { RolesExplained } from './RoleSelect';
import { TeamCard } from './TeamCard';

/** The teams of an organization, each with its members. */
export function Teams({ organization }: { organization: number }) {
  const { t } = useText();
  const may = useMayIn(organization);
  const teams = useList<Team>('organization-teams', `/organizations/${organization}/teams`);
  const [making, setMaking] = useState(false);
  return (
    <div className="stack">
      <div className="row spread">
        <RolesExplained of="team" roles={teamRoles} />
        {may('organization.edit') && !making && (
          <Button look="primary" icon={<Plus aria-hidden />} onClick={() => setMaking(true)}>
            {t('people.new-team')}
          </Button>
        )}
      </div>
      {making && <NewTeam organization={organization} onClose={() => setMaking(false)} />}
      {teams.isPending && <Loading />}
      <ProblemBox error={teams.error} retry={() => void teams.refetch()} />
      {teams.items?.length === 0 && (
        <Empty icon={<Users />} title={t('people.no-teams')}>
          <p className="soft">{t('people.no-teams.lead')}</p>
        </Empty>
      )}
      {teams.items?.map((team) => (
        <TeamCard key={team.id} team={team} alone={teams.items?.length === 1} />
      ))}
      <More list={teams} />
    </div>
  );
}

function NewTeam({ organization, onClose }: { organization: number; onClose: () => void }) {
  const { t, told } = useText();
  const client = useQueryClient();
  const make = useMutation({
    mutationFn: ({ name }: Record<string, string>) => api.post(`/organizations/${organization}/teams`, { name }),
    onSuccess: async () => {
      await Promise.all(
        ['organization-teams', 'teams', 'me'].map((key) => client.invalidateQueries({ queryKey: [key] })),
      );
      onClose();
    },
  });
  return (
    <form className="form panel" onSubmit={(e) => make.mutate(formValues(e))}>
      <TextField
        label={t('people.team-name')}
        name="name"
        autoFocus
        required
        help={t('people.team-name.help')}
        error={fieldError(make.error, 'name', told)}
      />
      <ProblemBox error={make.error} fields={['name']} />
      <div className="row">
        <Button type="submit" look="primary" busy={make.isPending}>
          {t('people.new-team.do')}
        </Button>
        <Button onClick={onClose}>{t('common.cancel')}</Button>
      </div>
    </form>
  );
}
