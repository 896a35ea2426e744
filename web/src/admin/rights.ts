import { isKey, type Speaker } from '../text/text';

/** The rights within a team, in the groups in which people think of them; internal/access has the same names. */
export const teamRights = [
  'scenario.view',
  'scenario.edit',
  'scenario.run',
  'execution.view',
  'incomplete.edit',
  'connection.view',
  'connection.edit',
  'webhook.view',
  'webhook.edit',
  'datastore.view',
  'datastore.edit',
  'team.view',
  'team.edit',
];

const viewing = teamRights.filter((r) => r.endsWith('.view'));

/** Rights beyond those of a team, that a token can have. */
export const otherRights = [
  'organization.view',
  'organization.edit',
  'audit.view',
  'installation.view',
  'installation.edit',
  'account',
  'reference',
];

export const teamRoles = ['admin', 'member', 'operator', 'monitoring', 'restricted'] as const;
export type TeamRole = (typeof teamRoles)[number];

export const organizationRoles = ['owner', 'admin', 'member', 'accountant'] as const;
export type OrganizationRole = (typeof organizationRoles)[number];

/** What tokens are made for, with the rights that this takes. */
export const purposes = {
  look: [...viewing, 'reference'],
  run: [...viewing, 'scenario.run', 'reference'],
  build: [...teamRights.filter((r) => r !== 'team.edit'), 'reference'],
  all: [...teamRights, ...otherRights],
} as const;

export type Purpose = keyof typeof purposes;
export const purposeNames = Object.keys(purposes) as Purpose[];

function sameRights(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((r) => b.includes(r));
}

/** The purpose that takes just these rights. */
export function purposeOf(rights: string[]): Purpose | undefined {
  return purposeNames.find((p) => sameRights(purposes[p], rights));
}

export function rightWord(right: string, t: Speaker['t']): string {
  const key = `right.${right}`;
  return isKey(key) ? t(key) : right;
}

export function roleWord(of: 'organization' | 'team', role: string, t: Speaker['t']): string {
  const key = `role.${of}.${role}`;
  return isKey(key) ? t(key) : role;
}

export function roleHelp(of: 'organization' | 'team', role: string, t: Speaker['t']): string {
  const key = `role.${of}.${role}.help`;
  return isKey(key) ? t(key) : '';
}
