import { useState } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { Building2, Users } from 'lucide-react';
import { api } from '../../api/client';
import { useSession } from '../../app/session';
import { Button } from '../../parts/basics';
import { Confirm } from '../../parts/confirm';
import { Section } from '../../parts/section';
import { useToaster } from '../../parts/toasts';
import { useText } from '../../text/text';
import { useOrganizations } from '../people/data';
import { roleHelp, roleWord } from '../rights';

interface Leaving {
  name: string;
  path: string;
}

/** What the user belongs to, and the way out. */
export function Memberships() {
  const { t } = useText();
  const { me, teams } = useSession();
  const client = useQueryClient();
  const toaster = useToaster();
  const organizations = useOrganizations();
  const [leaving, setLeaving] = useState<Leaving>();
  const left = () => {
    toaster.say(t('me.left'));
    return client.invalidateQueries();
  };
  return (
    <Section title={t('me.memberships')} lead={t('me.memberships.lead')}>
      <ul className="rows">
        {me.organizations.map((o) => (
          <MembershipRow
            key={`organization ${o.id}`}
            of="organization"
            name={organizations.data?.items.find((x) => x.id === o.id)?.name ?? ''}
            role={o.role}
            leave={(name) => setLeaving({ name, path: `/organizations/${o.id}/leave` })}
          />
        ))}
        {me.teams
          .filter((m) => m.role)
          .map((m) => (
            <MembershipRow
              key={`team ${m.id}`}
              of="team"
              name={teams.find((x) => x.id === m.id)?.name ?? ''}
              role={m.role ?? ''}
              leave={(name) => setLeaving({ name, path: `/teams/${m.id}/leave` })}
            />
          ))}
      </ul>
      {leaving && (
        <Confirm
          title={t('me.leave.title', { name: leaving.name })}
          confirm={t('me.leave')}
          act={() => api.post(leaving.path).then(left)}
          onClose={() => setLeaving(undefined)}
        >
          <p>{t('me.leave.lead')}</p>
        </Confirm>
      )}
    </Section>
  );
}

interface MembershipRowProps {
  of: 'organization' | 'team';
  name: string;
  role: string;
  leave: (name: string) => void;
}

function MembershipRow({ of, name, role, leave }: MembershipRowProps) {
  const { t } = useText();
  const Icon = of === 'team' ? Users : Building2;
  return (
    <li>
      <Icon aria-hidden />
      <div className="row-text">
        <span>
          <span className="row-name">{name}</span> <span className="tag">{t(`me.of.${of}`)}</span>
        </span>
        <span className="soft">
          {roleWord(of, role, t)}: {roleHelp(of, role, t)}
        </span>
      </div>
      <Button aria-label={t('me.leave.one', { name })} onClick={() => leave(name)}>
        {t('me.leave')}
      </Button>
    </li>
  );
}
