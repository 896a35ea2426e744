package account

import (
	"slices"

	"github.com/ropeway/ropeway/internal/access"
	"github.com/ropeway/ropeway/internal/fault"
)

// mayIn refuses who lacks a right in an organization: told so if he belongs to it, else as if it did not exist.
func mayIn(by *access.Principal, r access.Right, organization int64) error {
	switch {
	case by.MayIn(r, organization):
		return nil
	case by.SeesOrganization(organization):
		return denied("[not-in-organization] You may not do this in the organization.").WithHintf("[hint-takes-right] it takes the right %s", r)
	}
	return absent("[noun-organization] The organization")
}

// may refuses who lacks a right in a team in the same way.
func may(by *access.Principal, r access.Right, team int64) error {
	switch {
	case by.May(r, team):
		return nil
	case by.Sees(team):
		return denied("[not-in-team] You may not do this in the team.").WithHintf("[hint-takes-right] it takes the right %s", r)
	}
	return absent("[noun-team] The team")
}

// mayGiveRole refuses who would give a role in an organization that is mightier than he is himself: only owners make owners, and
// nobody grants rights that he lacks. Owners and admins have every right in all teams of the organization.
func mayGiveRole(by *access.Principal, organization int64, role access.OrganizationRole) error {
	if role == access.Owner && !isOwner(by, organization) {
		return denied("[only-owner-makes] Only an owner can make an owner.")
	}
	for _, r := range access.OrganizationRights() {
		if role.Grants(r) && !by.MayIn(r, organization) {
			return lacks(r)
		}
	}
	if role != access.Owner && role != access.Admin {
		return nil
	}
	for _, r := range access.TeamRights() {
		if by.Scopes != nil && !slices.Contains(by.Scopes, r) {
			return lacks(r)
		}
	}
	return nil
}

func isOwner(by *access.Principal, organization int64) bool {
	return by != nil && (by.Machine || by.Organizations[organization] == access.Owner)
}

// mayGiveTeamRole refuses who would grant rights in a team that he lacks himself.
func mayGiveTeamRole(by *access.Principal, team int64, role access.TeamRole, rights []access.Right) error {
	for _, r := range append(role.Rights(), rights...) {
		if !by.May(r, team) {
			return lacks(r)
		}
	}
	return nil
}

func lacks(r access.Right) error {
	return denied("[grant-right] You cannot grant a right that you do not have.").WithHintf("[hint-is-right] it is the right %s", r)
}

// parseTeamRole reads a role in a team with the rights of a restricted user; other roles bring their own.
func parseTeamRole(name string, rights []string) (access.TeamRole, []access.Right, error) {
	role, err := access.ParseTeamRole(name)
	if err != nil {
		return "", nil, fault.From(err).WithField("role")
	}
	chosen, err := access.ParseRights(rights, access.TeamRights())
	if err != nil {
		return "", nil, fault.From(err).WithField("rights")
	}
	switch {
	case role == access.TeamRestricted && len(chosen) == 0:
		return "", nil, invalid("rights", "[rights-missing] A restricted user needs the rights that he shall have.")
	case role != access.TeamRestricted && len(chosen) > 0:
		return "", nil, invalid("rights", "[rights-role] Only the rights of restricted users are chosen one by one.").WithHint("[hint-rights-role] take the role restricted, or leave the rights away")
	}
	return role, chosen, nil
}
