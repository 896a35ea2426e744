package access_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/ropeway/ropeway/internal/access"
)

// teamMatrix is who may do what in a team, as the reference of the engine gives it: one letter for each role, in the order of
// access.TeamRoles without the restricted one.
var teamMatrix = map[access.Right]string{
	access.ViewScenarios:     "a m o w",
	access.EditScenarios:     "a m",
	access.RunScenarios:      "a m o",
	access.ViewExecutions:    "a m o w",
	access.DecideIncompletes: "a m",
	access.ViewConnections:   "a m o w",
	access.EditConnections:   "a m",
	access.ViewWebhooks:      "a m o w",
	access.EditWebhooks:      "a m",
	access.ViewDataStores:    "a m o w",
	access.EditDataStores:    "a m",
	access.ViewTeam:          "a m o w",
	access.ManageTeam:        "a",
}

var letters = map[access.TeamRole]string{
	access.TeamAdmin: "a", access.TeamMember: "m", access.TeamOperator: "o", access.TeamMonitoring: "w",
}

func TestTeamMatrix(t *testing.T) {
	t.Parallel()
	if len(teamMatrix) != len(access.TeamRights()) {
		t.Fatalf("the table has %d rights, there are %d", len(teamMatrix), len(access.TeamRights()))
	}
	for right, who := range teamMatrix {
		for role, letter := range letters {
			p := access.Principal{User: 1, Teams: map[int64]access.Membership{7: {Organization: 2, Role: role}}}
			if got, want := p.May(right, 7), strings.Contains(who, letter); got != want {
				t.Errorf("%s as %s: got %t, want %t", right, role, got, want)
			}
			if p.May(right, 8) || p.Sees(8) {
				t.Errorf("%s as %s: allowed in another team", right, role)
			}
		}
	}
}

func TestOrganizationMatrix(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		right access.Right
		roles []access.OrganizationRole
	}{
		{access.ViewOrganization, access.OrganizationRoles()},
		{access.ManageOrganization, []access.OrganizationRole{access.Owner, access.Admin}},
		{access.ViewAudit, []access.OrganizationRole{access.Owner, access.Admin}},
	} {
		for _, role := range access.OrganizationRoles() {
			p := access.Principal{User: 1, Organizations: map[int64]access.OrganizationRole{2: role}}
			if got, want := p.MayIn(tc.right, 2), slices.Contains(tc.roles, role); got != want {
				t.Errorf("%s as %s: got %t, want %t", tc.right, role, got, want)
			}
			if p.MayIn(tc.right, 3) || p.SeesOrganization(3) {
				t.Errorf("%s as %s: allowed in another organization", tc.right, role)
			}
		}
	}
}

func TestWhoLeadsAnOrganizationLeadsItsTeams(t *testing.T) {
	t.Parallel()
	for _, role := range access.OrganizationRoles() {
		p := access.Principal{
			User: 1, Organizations: map[int64]access.OrganizationRole{2: role},
			Teams: map[int64]access.Membership{7: {Organization: 2}, 8: {Organization: 3}},
		}
		leads := role == access.Owner || role == access.Admin
		if got := p.May(access.ManageTeam, 7); got != leads {
			t.Errorf("%s in a team of the organization: got %t, want %t", role, got, leads)
		}
		if p.Sees(8) {
			t.Errorf("%s sees a team of another organization", role)
		}
	}
}

func TestRestrictedUserHasTheRightsThatWereChosen(t *testing.T) {
	t.Parallel()
	p := access.Principal{User: 1, Teams: map[int64]access.Membership{
		7: {Role: access.TeamRestricted, Rights: []access.Right{access.ViewScenarios, access.RunScenarios}},
		8: {Role: access.TeamRestricted},
		9: {Role: access.TeamMonitoring, Rights: []access.Right{access.EditScenarios}},
	}}
	for _, r := range access.TeamRights() {
		want := r == access.ViewScenarios || r == access.RunScenarios
		if got := p.May(r, 7); got != want {
			t.Errorf("%s: got %t, want %t", r, got, want)
		}
	}
	if p.Sees(8) {
		t.Error("a user without rights sees the team")
	}
	if p.May(access.EditScenarios, 9) {
		t.Error("rights that were chosen before count in another role")
	}
}

func TestTokenReachesNothingBeyondItsScopes(t *testing.T) {
	t.Parallel()
	full := access.Principal{
		User: 1, Token: 3, Administrator: true, Organizations: map[int64]access.OrganizationRole{2: access.Owner},
		Teams: map[int64]access.Membership{7: {Organization: 2, Role: access.TeamAdmin}, 8: {Organization: 2, Role: access.TeamAdmin}},
	}
	for _, scope := range access.Scopes() {
		p := full
		p.Scopes = []access.Right{scope}
		for _, r := range access.Scopes() {
			got := p.May(r, 7) || p.MayIn(r, 2) || p.MayGlobally(r)
			if got != (r == scope) {
				t.Errorf("a token for %s: %s is %t", scope, r, got)
			}
		}
	}
	none := full
	none.Scopes = []access.Right{}
	one := full
	one.OnlyTeam = 7
	switch {
	case none.Sees(7) || none.MayGlobally(access.Account):
		t.Error("a token without scopes may do something")
	case !one.May(access.EditScenarios, 7) || one.Sees(8) || one.SeesOrganization(2) || one.MayGlobally(access.ManageInstallation):
		t.Error("a token for one team reaches more or less than that")
	}
	if teams, all := one.TeamsWith(access.ViewScenarios); all || !slices.Equal(teams, []int64{7}) {
		t.Errorf("teams: got %v (all: %t), want 7", teams, all)
	}
}

func TestNobodyAndTheMachine(t *testing.T) {
	t.Parallel()
	var nobody *access.Principal
	machine := access.Machine()
	for _, r := range access.Scopes() {
		if nobody.May(r, 1) || nobody.MayIn(r, 1) || nobody.MayGlobally(r) || (&access.Principal{}).MayGlobally(r) {
			t.Errorf("nobody may %s", r)
		}
		if !machine.May(r, 1) || !machine.MayIn(r, 1) || machine.MayGlobally(r) == (r == access.Account) {
			t.Errorf("%s: the machine's owner may do all that needs no account", r)
		}
	}
	if !nobody.MayGlobally(access.Public) {
		t.Error("what is public is not")
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	if _, err := access.ParseOrganizationRole("king"); err == nil {
		t.Error("a king was let in")
	}
	if _, err := access.ParseTeamRole("king"); err == nil {
		t.Error("a king was let in")
	}
	for _, r := range access.TeamRoles() {
		if got, err := access.ParseTeamRole(string(r)); err != nil || got != r {
			t.Errorf("%s: %v, %v", r, got, err)
		}
	}
	got, err := access.ParseRights([]string{"scenario.view", "scenario.view", "team.view"}, access.TeamRights())
	if err != nil || !slices.Equal(got, []access.Right{access.ViewScenarios, access.ViewTeam}) {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := access.ParseRights([]string{"account"}, access.TeamRights()); err == nil {
		t.Error("the right to an account was given within a team")
	}
}
