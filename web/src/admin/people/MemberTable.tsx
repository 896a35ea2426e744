import { useState, type ReactNode } from 'react';
import { useMutation } from '@tanstack/react-query';
import { Ban, ShieldCheck, UserMinus } from 'lucide-react';
import { Initials } from '../../app/Sidebar';
import { useSession } from '../../app/session';
import { Moment } from '../../parts/basics';
import { Confirm } from '../../parts/confirm';
import { ProblemBox } from '../../parts/problem';
import { useText } from '../../text/text';
import { rightWord, roleWord } from '../rights';
import type { Member } from './data';
import { RoleSelect } from './RoleSelect';

interface MemberTableProps {
  of: 'organization' | 'team';
  label: string;
  members: Member[];
  /** The roles that the user may give; none where he may only look. */
  roles: readonly string[];
  change: (member: Member, role: string) => Promise<unknown>;
  remove: (member: Member) => Promise<unknown>;
  /** What is shown below the name, such as the choice of rights. */
  below?: (member: Member) => ReactNode;
}

/** The members of an organization or of a team, with their roles. */
export function MemberTable(props: MemberTableProps) {
  const { t } = useText();
  const [removed, setRemoved] = useState<Member>();
  return (
    <>
      <div className="table-box" tabIndex={0} role="region" aria-label={props.label}>
        <table className="table members">
          <thead>
            <tr>
              <th scope="col">{t('common.name')}</th>
              <th scope="col">{t('people.role')}</th>
              <th scope="col">{t('people.signed-in')}</th>
              {props.roles.length > 0 && <th scope="col" aria-label={t('people.remove')} />}
            </tr>
          </thead>
          <tbody>
            {props.members.map((m) => (
              <MemberRow key={m.user} member={m} {...props} drop={() => setRemoved(m)} />
            ))}
          </tbody>
        </table>
      </div>
      {removed && (
        <Confirm
          title={t('people.remove.title', { name: removed.name })}
          confirm={t('people.remove')}
          act={() => props.remove(removed)}
          onClose={() => setRemoved(undefined)}
        >
          <p>{t(props.of === 'team' ? 'people.remove.team' : 'people.remove.organization')}</p>
        </Confirm>
      )}
    </>
  );
}

function MemberRow({
  of,
  member,
  roles,
  change,
  below,
  drop,
}: MemberTableProps & { member: Member; drop: () => void }) {
  const { t } = useText();
  const { me } = useSession();
  const changed = useMutation({ mutationFn: (role: string) => change(member, role) });
  const own = member.user === me.user.id;
  return (
    <tr>
      <td>
        <div className="person">
          <Initials name={member.name} />
          <div className="row-text">
            <span>
              <span className="row-name">{member.name}</span> {own && <span className="tag">{t('people.you')}</span>}
              <Marks member={member} />
            </span>
            <span className="soft">{member.email}</span>
          </div>
        </div>
        {below?.(member)}
        <ProblemBox error={changed.error} />
      </td>
      <td>
        {roles.length > 0 ? (
          <RoleSelect
            of={of}
            roles={roles}
            label={t('people.role-of', { name: member.name })}
            role={member.role}
            disabled={changed.isPending}
            onChange={(role) => changed.mutate(role)}
          />
        ) : (
          roleWord(of, member.role, t)
        )}
        {member.role === 'restricted' && (
          <p className="help rights-text">{(member.rights ?? []).map((r) => rightWord(r, t)).join(', ')}</p>
        )}
      </td>
      <td className="soft">{member.signed_in ? <Moment at={member.signed_in} /> : t('people.never')}</td>
      {roles.length > 0 && (
        <td className="number">
          <button
            type="button"
            className="icon-button"
            aria-label={t('people.remove.one', { name: member.name })}
            title={t('people.remove')}
            onClick={drop}
          >
            <UserMinus aria-hidden />
          </button>
        </td>
      )}
    </tr>
  );
}

function Marks({ member }: { member: Member }) {
  const { t } = useText();
  return (
    <>
      {member.two_factor && (
        <span className="mark" title={t('people.two-factor')}>
          <ShieldCheck aria-hidden />
          <span className="hidden">{t('people.two-factor')}</span>
        </span>
      )}
      {member.disabled && (
        <span className="status bad">
          <Ban aria-hidden />
          {t('people.disabled')}
        </span>
      )}
    </>
  );
}
