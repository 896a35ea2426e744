import { useState } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { Pencil } from 'lucide-react';
import { api } from '../../api/client';
import { useParameters } from '../../app/router';
import { useMayAnywhere, useSession } from '../../app/session';
import { Loading, Page } from '../../parts/basics';
import { ProblemBox } from '../../parts/problem';
import { Views } from '../../parts/section';
import { useText, type Key } from '../../text/text';
import { useOrganizations, type Organization as Named } from './data';
import { Invitations } from './Invitations';
import { Members } from './Members';
import { Renaming } from './Renaming';
import { Teams } from './Teams';
import { Users } from './Users';
import '../admin.css';

type View = 'people' | 'invitations' | 'teams' | 'users';

const texts: Record<View, Key> = {
  people: 'people.view.people',
  invitations: 'people.view.invitations',
  teams: 'people.view.teams',
  users: 'people.view.users',
};

/** What the user may do in an organization. */
export function useMayIn(organization: number): (right: string) => boolean {
  const { me } = useSession();
  const rights: string[] = me.organizations.find((o) => o.id === organization)?.rights ?? [];
  return (right) => rights.includes(right);
}

/** The people and teams of one organization, and for administrators everybody in the installation. */
export function Organization() {
  const { t } = useText();
  const { me, team } = useSession();
  const [parameters, change] = useParameters();
  const organizations = useOrganizations();
  const own = me.teams.find((x) => x.id === team)?.organization ?? me.organizations[0]?.id ?? 0;
  const id = Number(parameters.get('organization')) || own;
  const found = organizations.data?.items.find((o) => o.id === id);
  return (
    <Page
      title={t('nav.organization')}
      lead={found && <Name organization={found} />}
      actions={
        organizations.data &&
        organizations.data.items.length > 1 && (
          <select
            aria-label={t('people.organization')}
            value={id}
            onChange={(e) => change({ organization: e.target.value })}
          >
            {organizations.data.items.map((o) => (
              <option key={o.id} value={o.id}>
                {o.name}
              </option>
            ))}
          </select>
        )
      }
    >
      {organizations.isPending && <Loading />}
      <ProblemBox error={organizations.error} retry={() => void organizations.refetch()} />
      {found && <Content key={id} id={id} />}
    </Page>
  );
}

function Name({ organization }: { organization: Named }) {
  const { t } = useText();
  const client = useQueryClient();
  const may = useMayIn(organization.id);
  const [renaming, setRenaming] = useState(false);
  const rename = (name: string) =>
    api
      .patch(`/organizations/${organization.id}`, { name }, organization.revision)
      .finally(() => client.invalidateQueries({ queryKey: ['organizations'] }));
  if (renaming) return <Renaming name={organization.name} rename={rename} onClose={() => setRenaming(false)} />;
  return (
    <span className="named">
      {organization.name}
      {may('organization.edit') && (
        <button
          type="button"
          className="icon-button small"
          aria-label={t('people.rename')}
          title={t('people.rename')}
          onClick={() => setRenaming(true)}
        >
          <Pencil aria-hidden />
        </button>
      )}
    </span>
  );
}

function Content({ id }: { id: number }) {
  const { t } = useText();
  const may = useMayIn(id);
  const anywhere = useMayAnywhere();
  const [parameters] = useParameters();
  const views: View[] = ['people'];
  if (may('organization.edit')) views.push('invitations');
  views.push('teams');
  if (anywhere('installation.edit')) views.push('users');
  const chosen = views.find((v) => v === parameters.get('view')) ?? 'people';
  return (
    <>
      <Views
        label={t('nav.organization')}
        views={views.map((view) => ({
          href: `/organization?organization=${id}&view=${view}`,
          text: texts[view],
          current: view === chosen,
        }))}
      />
      {chosen === 'people' && <Members organization={id} />}
      {chosen === 'invitations' && <Invitations organization={id} />}
      {chosen === 'teams' && <Teams organization={id} />}
      {chosen === 'users' && <Users />}
    </>
  );
}
