import { useState } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { Mail, MailCheck } from 'lucide-react';
import { api } from '../../api/client';
import { useList } from '../../api/lists';
import { Button, Loading, Moment, More } from '../../parts/basics';
import { Confirm } from '../../parts/confirm';
import { CopyBox } from '../../parts/copy';
import { ProblemBox } from '../../parts/problem';
import { Section } from '../../parts/section';
import { useText } from '../../text/text';
import { roleWord } from '../rights';
import type { Invitation } from './data';
import { Invite, type Created } from './Invite';

/** Invites people, and shows who has not come yet. */
export function Invitations({ organization }: { organization: number }) {
  const { t } = useText();
  const client = useQueryClient();
  const invitations = useList<Invitation>('invitations', `/organizations/${organization}/invitations`);
  const [made, setMade] = useState<Created>();
  const [dropped, setDropped] = useState<Invitation>();
  const refresh = () => client.invalidateQueries({ queryKey: ['invitations'] });
  return (
    <>
      <Section title={t('people.invite')} lead={t('people.invite.lead')}>
        {made ? (
          <Made created={made} onDone={() => setMade(undefined)} />
        ) : (
          <Invite
            organization={organization}
            onDone={(created) => {
              setMade(created);
              void refresh();
            }}
          />
        )}
      </Section>
      <Section title={t('people.open')} lead={t('people.open.lead')}>
        {invitations.isPending && <Loading />}
        <ProblemBox error={invitations.error} retry={() => void invitations.refetch()} />
        {invitations.items?.length === 0 && <p className="soft">{t('people.open.none')}</p>}
        <ul className="rows">
          {invitations.items?.map((i) => (
            <InvitationRow key={i.id} invitation={i} drop={() => setDropped(i)} />
          ))}
        </ul>
        <More list={invitations} />
      </Section>
      {dropped && (
        <Confirm
          title={t('people.revoke.title', { email: dropped.email })}
          confirm={t('people.revoke')}
          act={() => api.delete(`/organizations/${organization}/invitations/${dropped.id}`).then(refresh)}
          onClose={() => setDropped(undefined)}
        >
          <p>{t('people.revoke.lead')}</p>
        </Confirm>
      )}
    </>
  );
}

/** The link of an invitation, which is shown once; where an e-mail was sent, that it was. */
function Made({ created, onDone }: { created: Created; onDone: () => void }) {
  const { t } = useText();
  const { email } = created.invitation;
  return (
    <div className="panel stack" role="status">
      {created.link ? (
        <CopyBox label={t('people.link', { email })} text={created.link} help={t('people.link.help')} />
      ) : (
        <p className="row">
          <MailCheck aria-hidden /> {t('people.mailed', { email })}
        </p>
      )}
      <div>
        <Button onClick={onDone}>{t('people.invite.another')}</Button>
      </div>
    </div>
  );
}

function InvitationRow({ invitation, drop }: { invitation: Invitation; drop: () => void }) {
  const { t } = useText();
  return (
    <li>
      <Mail aria-hidden />
      <div className="row-text">
        <span className="row-name">{invitation.email}</span>
        <span className="soft">
          {roleWord('organization', invitation.role, t)}
          {invitation.team_role && ` · ${t('people.in-team', { role: roleWord('team', invitation.team_role, t) })}`}
          {' · '}
          {t(invitation.mailed ? 'people.was-mailed' : 'people.was-linked')} <Moment at={invitation.created} />
          {' · '}
          {t('people.until')} <Moment at={invitation.expires} />
        </span>
      </div>
      <Button look="danger" aria-label={t('people.revoke.one', { email: invitation.email })} onClick={drop}>
        {t('people.revoke')}
      </Button>
    </li>
  );
}
