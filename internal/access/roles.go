package access

import (
	"slices"

	"github.com/ropeway/ropeway/internal/fault"
)

// OrganizationRole is what a user is in an organization.
type OrganizationRole string

// The roles of organizations.
const (
	Owner      OrganizationRole = "owner" // one at least
	Admin      OrganizationRole = "admin"
	Member     OrganizationRole = "member"
	Accountant OrganizationRole = "accountant"
)

// OrganizationRoles lists the roles of organizations, the mightiest first.
func OrganizationRoles() []OrganizationRole {
	return []OrganizationRole{Owner, Admin, Member, Accountant}
}

// ParseOrganizationRole reads the name of a role.
func ParseOrganizationRole(name string) (OrganizationRole, error) {
	if r := OrganizationRole(name); slices.Contains(OrganizationRoles(), r) {
		return r, nil
	}
	return "", fault.Newf(fault.BundleValidation, "[role-unknown-organization] There is no role %q in organizations.", name).WithHint("[hint-roles-organization] there are owner, admin, member and accountant")
}

// Grants reports whether the role has the right within its organization.
func (o OrganizationRole) Grants(r Right) bool {
	switch o {
	case Owner, Admin:
		return slices.Contains(OrganizationRights(), r)
	case Member, Accountant:
		return r == ViewOrganization
	}
	return false
}

// leads reports whether the role is that of an admin in every team of the organization.
func (o OrganizationRole) leads() bool { return o == Owner || o == Admin }

// TeamRole is what a user is in a team.
type TeamRole string

// The roles of teams.
const (
	TeamAdmin      TeamRole = "admin"
	TeamMember     TeamRole = "member"
	TeamOperator   TeamRole = "operator"
	TeamMonitoring TeamRole = "monitoring"
	// TeamRestricted has the rights that an administrator has chosen for the user, one by one.
	TeamRestricted TeamRole = "restricted"
)

// TeamRoles lists the roles of teams, the mightiest first.
func TeamRoles() []TeamRole {
	return []TeamRole{TeamAdmin, TeamMember, TeamOperator, TeamMonitoring, TeamRestricted}
}

// ParseTeamRole reads the name of a role.
func ParseTeamRole(name string) (TeamRole, error) {
	if r := TeamRole(name); slices.Contains(TeamRoles(), r) {
		return r, nil
	}
	return "", fault.Newf(fault.BundleValidation, "[role-unknown-team] There is no role %q in teams.", name).
		WithHint("[hint-roles-team] there are admin, member, operator, monitoring and restricted")
}

// viewing is what everybody in a team may look at.
func viewing() []Right {
	return []Right{ViewScenarios, ViewExecutions, ViewConnections, ViewWebhooks, ViewDataStores, ViewTeam}
}

// Rights lists the rights of the role within its team; those of a restricted user stand with the user.
func (t TeamRole) Rights() []Right {
	switch t {
	case TeamAdmin:
		return TeamRights()
	case TeamMember:
		return append(viewing(), EditScenarios, RunScenarios, DecideIncompletes, EditConnections, EditWebhooks, EditDataStores)
	case TeamOperator:
		return append(viewing(), RunScenarios)
	case TeamMonitoring:
		return viewing()
	case TeamRestricted:
		return nil
	}
	return nil
}

// Grants reports whether the role has the right within its team.
func (t TeamRole) Grants(r Right) bool { return slices.Contains(t.Rights(), r) }
