import { useQueryClient } from '@tanstack/react-query';
import { UserPlus } from 'lucide-react';
import { api } from '../../api/client';
import { useList } from '../../api/lists';
import { Link } from '../../app/router';
import { useSession } from '../../app/session';
import { Loading, More } from '../../parts/basics';
import { ProblemBox } from '../../parts/problem';
import { useText } from '../../text/text';
import { organizationRoles } from '../rights';
import type { Member } from './data';
import { MemberTable } from './MemberTable';
import { useMayIn } from './Organization';
import { RolesExplained } from './RoleSelect';

/** The roles that the user may give in an organization: only owners make owners. */
export function useGivable(organization: number): readonly string[] {
  const { me } = useSession();
  const may = useMayIn(organization);
  if (!may('organization.edit')) return [];
  const owner = me.organizations.some((o) => o.id === organization && o.role === 'owner');
  return owner ? organizationRoles : organizationRoles.filter((r) => r !== 'owner');
}

export function Members({ organization }: { organization: number }) {
  const { t } = useText();
  const client = useQueryClient();
  const members = useList<Member>('members', `/organizations/${organization}/users`);
  const roles = useGivable(organization);
  const path = (m: Member) => `/organizations/${organization}/users/${m.user}`;
  const refresh = () => {
    void client.invalidateQueries({ queryKey: ['me'] });
    return client.invalidateQueries({ queryKey: ['members'] });
  };
  return (
    <div className="stack">
      <div className="row spread">
        <RolesExplained of="organization" roles={organizationRoles} />
        {roles.length > 0 && (
          <Link className="button primary" href={`/organization?organization=${organization}&view=invitations`}>
            <UserPlus aria-hidden /> {t('people.invite')}
          </Link>
        )}
      </div>
      {members.isPending && <Loading />}
      <ProblemBox error={members.error} retry={() => void members.refetch()} />
      {members.items && (
        <MemberTable
          of="organization"
          label={t('people.view.people')}
          members={members.items}
          roles={roles}
          change={(m, role) => api.patch(path(m), { role }).then(refresh)}
          remove={(m) => api.delete(path(m)).then(refresh)}
        />
      )}
      <More list={members} />
    </div>
  );
}
