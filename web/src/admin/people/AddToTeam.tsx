import { useState } from 'react';
import { useMutation } from '@tanstack/react-query';
import { api } from '../../api/client';
import { useList } from '../../api/lists';
import type { Team } from '../../api/types';
import { Button, SelectField } from '../../parts/basics';
import { ProblemBox } from '../../parts/problem';
import { useText } from '../../text/text';
import { roleHelp, roleWord, teamRoles } from '../rights';
import type { Member } from './data';

interface AddToTeamProps {
  team: Team;
  members: Member[];
  onDone: () => Promise<unknown>;
}

/** Makes somebody of the organization a member of one of its teams. */
export function AddToTeam({ team, members, onDone }: AddToTeamProps) {
  const { t } = useText();
  const everybody = useList<Member>('members', `/organizations/${team.organization}/users`);
  const others = (everybody.items ?? []).filter((m) => !members.some((x) => x.user === m.user));
  const [user, setUser] = useState(0);
  const [role, setRole] = useState('member');
  const add = useMutation({
    mutationFn: () =>
      api.post(`/teams/${team.id}/users`, {
        user,
        role,
        rights: role === 'restricted' ? ['scenario.view'] : undefined,
      }),
    onSuccess: async () => {
      setUser(0);
      await onDone();
    },
  });
  if (everybody.isPending) return null;
  if (others.length === 0) return <p className="help">{t('people.add.nobody')}</p>;
  return (
    <form
      className="add-member"
      onSubmit={(e) => {
        e.preventDefault();
        if (user) add.mutate();
      }}
    >
      <SelectField label={t('people.add')} value={user} onChange={(e) => setUser(Number(e.target.value))}>
        <option value={0}>{t('people.add.choose')}</option>
        {others.map((m) => (
          <option key={m.user} value={m.user}>
            {`${m.name} · ${m.email}`}
          </option>
        ))}
      </SelectField>
      <SelectField label={t('people.role-in-team')} value={role} onChange={(e) => setRole(e.target.value)}>
        {teamRoles.map((r) => (
          <option key={r} value={r}>
            {roleWord('team', r, t)}
          </option>
        ))}
      </SelectField>
      <Button type="submit" disabled={!user} busy={add.isPending}>
        {t('people.add.do')}
      </Button>
      <p className="help">{roleHelp('team', role, t)}</p>
      <ProblemBox error={add.error} />
    </form>
  );
}
