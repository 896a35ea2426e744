import { useState } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { ChevronRight, Pencil, Trash2 } from 'lucide-react';
import { api } from '../../api/client';
import { useList } from '../../api/lists';
import type { Team } from '../../api/types';
import { useSession } from '../../app/session';
import { Loading, More } from '../../parts/basics';
import { Confirm } from '../../parts/confirm';
import { ProblemBox } from '../../parts/problem';
import { useText } from '../../text/text';
import { teamRights, teamRoles } from '../rights';
import { RightsField } from '../RightsField';
import { AddToTeam } from './AddToTeam';
import type { Member } from './data';
import { MemberTable } from './MemberTable';
import { Renaming } from './Renaming';

/** One team: its name, and when it is opened its members. Who may not look into it sees the name alone. */
export function TeamCard({ team, alone }: { team: Team; alone: boolean }) {
  const { t } = useText();
  const { me } = useSession();
  const rights: string[] = me.teams.find((x) => x.id === team.id)?.rights ?? [];
  const [open, setOpen] = useState(alone);
  const [renaming, setRenaming] = useState(false);
  const [dropping, setDropping] = useState(false);
  const client = useQueryClient();
  const refresh = () =>
    Promise.all(['organization-teams', 'teams', 'me'].map((key) => client.invalidateQueries({ queryKey: [key] })));
  if (!rights.includes('team.view')) return <section className="card team-name">{team.name}</section>;
  const edits = rights.includes('team.edit');
  return (
    <section className="card team" aria-label={team.name}>
      <header>
        {renaming ? (
          <Renaming
            name={team.name}
            rename={(name) => api.patch(`/teams/${team.id}`, { name }, team.revision).finally(refresh)}
            onClose={() => setRenaming(false)}
          />
        ) : (
          <>
            <button type="button" className="team-open" aria-expanded={open} onClick={() => setOpen(!open)}>
              <ChevronRight aria-hidden />
              {team.name}
            </button>
            {edits && (
              <>
                <IconButton
                  icon={Pencil}
                  label={t('people.rename-team', { name: team.name })}
                  act={() => setRenaming(true)}
                />
                <IconButton
                  icon={Trash2}
                  label={t('people.delete-team', { name: team.name })}
                  act={() => setDropping(true)}
                />
              </>
            )}
          </>
        )}
      </header>
      {open && <TeamMembers team={team} edits={edits} />}
      {dropping && (
        <Confirm
          title={t('people.delete-team.title', { name: team.name })}
          confirm={t('common.delete')}
          act={() => api.delete(`/teams/${team.id}`).then(refresh)}
          onClose={() => setDropping(false)}
        >
          <p>{t('people.delete-team.lead')}</p>
        </Confirm>
      )}
    </section>
  );
}

function IconButton({ icon: Icon, label, act }: { icon: typeof Pencil; label: string; act: () => void }) {
  return (
    <button type="button" className="icon-button" aria-label={label} title={label} onClick={act}>
      <Icon aria-hidden />
    </button>
  );
}

function TeamMembers({ team, edits }: { team: Team; edits: boolean }) {
  const { t } = useText();
  const client = useQueryClient();
  const members = useList<Member>('team-members', `/teams/${team.id}/users`);
  const refresh = () => {
    void client.invalidateQueries({ queryKey: ['me'] });
    return client.invalidateQueries({ queryKey: ['team-members'] });
  };
  const path = (m: Member) => `/teams/${team.id}/users/${m.user}`;
  const change = (m: Member, role: string, rights?: string[]) => api.patch(path(m), { role, rights }).then(refresh);
  return (
    <div className="stack">
      <p className="help">{t('people.team.leaders')}</p>
      {members.isPending && <Loading />}
      <ProblemBox error={members.error} retry={() => void members.refetch()} />
      {members.items && members.items.length > 0 && (
        <MemberTable
          of="team"
          label={t('people.members-of', { name: team.name })}
          members={members.items}
          roles={edits ? teamRoles : []}
          change={(m, role) => change(m, role, role === 'restricted' ? ['scenario.view'] : undefined)}
          remove={(m) => api.delete(path(m)).then(refresh)}
          below={(m) => edits && m.role === 'restricted' && <Rights member={m} save={(r) => change(m, m.role, r)} />}
        />
      )}
      <More list={members} />
      {edits && members.items && <AddToTeam team={team} members={members.items} onDone={refresh} />}
    </div>
  );
}

/** The rights of a restricted member, saved as they are chosen. */
function Rights({ member, save }: { member: Member; save: (rights: string[]) => Promise<unknown> }) {
  const { t } = useText();
  const [error, setError] = useState<unknown>();
  const change = (rights: string[]) => {
    setError(undefined);
    save(rights).catch(setError);
  };
  return (
    <details className="member-rights">
      <summary>{t('people.rights')}</summary>
      <RightsField
        label={t('people.rights-of', { name: member.name })}
        rights={teamRights}
        chosen={member.rights ?? []}
        onChange={change}
      />
      <ProblemBox error={error} />
    </details>
  );
}
