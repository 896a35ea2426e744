package access

import (
	"maps"
	"slices"
)

// Principal is a caller who is known, with all that decides what he may do. The zero value may do nothing.
type Principal struct {
	// User is the number of the user, 0 for the machine's owner.
	User  int64
	Email string
	// Token is the number of the API token that the call came with, 0 for none.
	Token int64
	// Session tells that the call came with the cookie of a session, SessionID which one; 0 for none.
	Session   bool
	SessionID int64
	// Machine is whoever may open the control socket or the data directory: he owns the installation, and may do all.
	Machine bool
	// Administrator may manage the installation, and nothing else by that.
	Administrator bool
	Organizations map[int64]OrganizationRole
	Teams         map[int64]Membership
	// Scopes are the rights of the token; nil, and not empty, for no limit.
	Scopes []Right
	// OnlyTeam is the one team that the token is for, 0 for every team.
	OnlyTeam int64
}

// Membership is what a caller is in a team.
type Membership struct {
	Organization int64
	Role         TeamRole // "" where only the role in the organization counts
	Rights       []Right  // of a restricted user
}

// Machine is the principal of whoever owns the data directory.
func Machine() *Principal { return &Principal{Machine: true} }

// Name says who it is, for the audit log.
func (p *Principal) Name() string {
	switch {
	case p == nil:
		return "nobody"
	case p.Machine:
		return "machine owner"
	}
	return p.Email
}

// scoped reports whether the token, if there is one, has the right.
func (p *Principal) scoped(r Right) bool { return p.Scopes == nil || slices.Contains(p.Scopes, r) }

// May reports whether the caller has a right within a team.
func (p *Principal) May(r Right, team int64) bool {
	if p == nil {
		return false
	}
	if p.Machine {
		return true
	}
	if !p.scoped(r) {
		return false
	}
	return p.belongs(team) && p.roleGrants(r, team)
}

func (p *Principal) roleGrants(r Right, team int64) bool {
	m := p.Teams[team]
	if m.Role == TeamRestricted && slices.Contains(m.Rights, r) {
		return true
	}
	return m.Role.Grants(r) || p.Organizations[m.Organization].leads() && TeamAdmin.Grants(r)
}

// belongs reports whether the caller belongs to the team, by a role in it or by one that leads its organization.
func (p *Principal) belongs(team int64) bool {
	m, ok := p.Teams[team]
	if !ok || p.OnlyTeam != 0 && p.OnlyTeam != team {
		return false
	}
	return m.Role != "" || p.Organizations[m.Organization].leads()
}

// Sees reports whether the caller may know that the things of a team exist: a right that he lacks is then refused, while
// somebody else is told that there is nothing. A token knows of nothing where it has no right at all.
func (p *Principal) Sees(team int64) bool {
	if p == nil || p.Machine {
		return p != nil
	}
	if !p.belongs(team) {
		return false
	}
	return slices.ContainsFunc(TeamRights(), func(r Right) bool { return p.May(r, team) })
}

// MayIn reports whether the caller has a right within an organization.
func (p *Principal) MayIn(r Right, organization int64) bool {
	if p == nil {
		return false
	}
	return p.Machine || p.scoped(r) && p.OnlyTeam == 0 && p.Organizations[organization].Grants(r)
}

// SeesOrganization reports whether the caller may know that the organization exists.
func (p *Principal) SeesOrganization(organization int64) bool {
	if p == nil || p.Machine {
		return p != nil
	}
	return p.OnlyTeam == 0 && p.Organizations[organization] != ""
}

// MayGlobally reports whether the caller has a right that belongs to no organization.
func (p *Principal) MayGlobally(r Right) bool {
	if r == Public {
		return true
	}
	if p == nil {
		return false
	}
	if p.Machine {
		return r != Account // he has none
	}
	if r == Known {
		return p.User != 0
	}
	if !p.scoped(r) {
		return false
	}
	switch r {
	case Account, UseReference:
		return p.User != 0
	case ManageInstallation, ViewInstallation:
		return p.Administrator && p.OnlyTeam == 0
	default: // the others belong to teams and organizations
		return false
	}
}

// TeamsWith lists the teams in which the caller has a right, by number. all tells that it is every team there is.
func (p *Principal) TeamsWith(r Right) (teams []int64, all bool) {
	if p == nil {
		return nil, false
	}
	if p.Machine {
		return nil, true
	}
	for _, team := range slices.Sorted(maps.Keys(p.Teams)) {
		if p.May(r, team) {
			teams = append(teams, team)
		}
	}
	return teams, false
}
