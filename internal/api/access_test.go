package api

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ropeway/ropeway/internal/access"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/store"
)

var updateAccess = flag.Bool("update-access", false, "write testdata/access.txt anew; read every line of the difference")

// The things of the test: number 1 is of the caller's team and organization, 2 of others, 3 is not there.
const (
	own    = 1
	others = 2
	absent = 3
)

// twoTeams has a thing of each kind in team 1 of organization 1, and one in team 2 of organization 2.
type twoTeams struct{}

func (twoTeams) TeamOf(_ context.Context, kind Kind, id int64) (int64, error) {
	if id == own || id == others {
		return id, nil
	}
	return 0, fault.Wrap(fault.Data, store.ErrNotFound, "The "+string(kind)+" does not exist.")
}

func (twoTeams) OrganizationOf(_ context.Context, team int64) (int64, error) { return team, nil }

// caller is who the test calls as.
type caller struct {
	name string
	is   *access.Principal
}

func (c caller) Authenticate(*http.Request) (*access.Principal, error) { return c.is, nil }

func callers() []caller {
	in := func(o access.OrganizationRole, t access.TeamRole) *access.Principal {
		p := &access.Principal{User: 7, Email: "ann@example.com", Teams: map[int64]access.Membership{own: {Organization: own, Role: t}}}
		if o != "" {
			p.Organizations = map[int64]access.OrganizationRole{own: o}
		}
		return p
	}
	list := []caller{{"nobody", nil}, {"machine", access.Machine()}, {"installation administrator", &access.Principal{User: 7, Administrator: true}}}
	for _, o := range access.OrganizationRoles() {
		list = append(list, caller{"organization " + string(o), in(o, "")})
	}
	for _, t := range access.TeamRoles() {
		list = append(list, caller{"team " + string(t), in(access.Member, t)})
	}
	return list
}

var inBraces = regexp.MustCompile(`\{(\w+)\}`)

// ask calls a route about a thing. The parameter that no route has keeps what is allowed from happening: it is refused right
// behind the decision about the caller.
func ask(c caller, r *Route, id int) *httptest.ResponseRecorder {
	h := New(Services{Owners: twoTeams{}}, Options{Auth: c, Log: slog.New(slog.DiscardHandler)})
	path := inBraces.ReplaceAllStringFunc(r.Pattern, func(name string) string {
		if name == "{id}" {
			return fmt.Sprint(id)
		}
		return "1"
	})
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(r.Method, Prefix+path+"?no-such-parameter=1", http.NoBody))
	return w
}

// decision shows an answer in one letter.
func decision(status int) string {
	return map[int]string{400: "+", 401: "!", 403: "-", 404: "."}[status]
}

// TestAccess compares what every role may call, of its own team and of another, with the table in testdata.
func TestAccess(t *testing.T) {
	t.Parallel()
	var got strings.Builder
	got.WriteString("# What each caller may call: about things of the own team, and of another.\n# + allowed, - refused, . as if it were not there, ! not signed in.\n")
	names := []string{}
	for _, c := range callers() {
		names = append(names, c.name)
	}
	fmt.Fprintf(&got, "# callers: %s\n", strings.Join(names, ", "))
	for _, r := range Routes(Services{}) {
		fmt.Fprintf(&got, "%-22s", r.Name)
		for _, id := range []int{own, others} {
			got.WriteString(" ")
			for _, c := range callers() {
				w := ask(c, &r, id)
				letter := decision(w.Code)
				if letter == "" {
					t.Errorf("%s as %s: got %d %s, want a decision", r.Name, c.name, w.Code, w.Body)
					letter = "?"
				}
				got.WriteString(letter)
			}
		}
		fmt.Fprintf(&got, "  %s %s\n", r.Method, r.Pattern)
	}
	const file = "testdata/access.txt"
	if *updateAccess {
		if err := os.WriteFile(file, []byte(got.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	compareLines(t, file, strings.Split(string(want), "\n"), strings.Split(got.String(), "\n"))
}

func compareLines(t *testing.T, file string, want, got []string) {
	t.Helper()
	for _, line := range got {
		if !slices.Contains(want, line) {
			t.Errorf("%s does not have the line\n%s", file, line)
		}
	}
	for _, line := range want {
		if !slices.Contains(got, line) {
			t.Errorf("%s has a line that is not so:\n%s", file, line)
		}
	}
}

// TestWhatIsHiddenIsAbsent: nobody can tell a thing of another team from one that is not there.
func TestWhatIsHiddenIsAbsent(t *testing.T) {
	t.Parallel()
	for _, r := range Routes(Services{}) {
		for _, c := range callers() {
			if c.is != nil && c.is.Machine {
				continue
			}
			hidden, none := ask(c, &r, others), ask(c, &r, absent)
			if hidden.Code != none.Code || hidden.Body.String() != none.Body.String() || fmt.Sprint(hidden.Header()) != fmt.Sprint(none.Header()) {
				t.Errorf("%s as %s: another's is %d %s, an absent one %d %s", r.Name, c.name, hidden.Code, hidden.Body, none.Code, none.Body)
			}
		}
	}
}

// TestTokensReachOnlyTheirScopes: a token of somebody who may do everything reaches what its one scope says.
func TestTokensReachOnlyTheirScopes(t *testing.T) {
	t.Parallel()
	for _, r := range Routes(Services{}) {
		for _, scope := range access.Scopes() {
			c := caller{"token", &access.Principal{
				User: 7, Token: 3, Administrator: true, Scopes: []access.Right{scope},
				Organizations: map[int64]access.OrganizationRole{own: access.Owner}, Teams: map[int64]access.Membership{own: {Organization: own, Role: access.TeamAdmin}},
			}}
			w := ask(c, &r, own)
			if allowed, want := w.Code == http.StatusBadRequest, r.Needs == scope || r.Needs == access.Public || r.Needs == access.Known; allowed != want {
				t.Errorf("%s with a token for %s: got %d, want allowed %t", r.Name, scope, w.Code, want)
			}
		}
	}
}

func TestListingsAreNarrowedToTeamsOfTheCaller(t *testing.T) {
	t.Parallel()
	p := &access.Principal{User: 7, Teams: map[int64]access.Membership{1: {Role: access.TeamMember}, 4: {Role: access.TeamMonitoring}}}
	tests := []struct {
		query  string
		right  access.Right
		want   string
		status int
	}{
		{"", access.ViewScenarios, "[1 4]", 0},
		{"?team=4", access.ViewScenarios, "[4]", 0},
		{"?team=4", access.EditScenarios, "", 403},
		{"?team=5", access.ViewScenarios, "", 404},
		{"?team=x", access.ViewScenarios, "", 400},
		{"", access.ManageTeam, "", 403},
	}
	for _, tc := range tests {
		req := httptest.NewRequest(http.MethodGet, "/x"+tc.query, http.NoBody)
		c := &call{Request: req.WithContext(withPrincipal(req.Context(), p)), route: &Route{Needs: tc.right, Of: Teams}}
		err := c.authorize(twoTeams{})
		if tc.status == 0 && (err != nil || fmt.Sprint(c.teams) != tc.want) || tc.status != 0 && (err == nil || statusOf(err, false) != tc.status) {
			t.Errorf("%s%s: got teams %v, error %v, want %s or status %d", tc.right, tc.query, c.teams, err, tc.want, tc.status)
		}
	}
}

func TestTeamOfWhatIsMade(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		teams []int64 // in which the caller may
		named int64
		want  int64
		code  int
	}{
		{"the only one", []int64{4}, 0, 4, 0},
		{"one that is named", []int64{4, 5}, 5, 5, 0},
		{"none is named of two", []int64{4, 5}, 0, 0, 422},
		{"one that the caller only sees", []int64{4}, 9, 0, 403},
		{"one of others", []int64{4}, 6, 0, 404},
		{"the machine's owner names none", nil, 0, store.FirstTeam, 0},
		{"the machine's owner names one", nil, 6, 6, 0},
	}
	p := &access.Principal{User: 7, Teams: map[int64]access.Membership{9: {Role: access.TeamMonitoring}}}
	for _, tc := range tests {
		req := httptest.NewRequest(http.MethodPost, "/x", http.NoBody)
		c := &call{Request: req.WithContext(withPrincipal(req.Context(), p)), route: &Route{Needs: access.EditScenarios}, teams: tc.teams}
		team := c.teamFor(tc.named)
		if tc.code == 0 && (c.err != nil || team != tc.want) || tc.code != 0 && (c.err == nil || statusOf(c.err, false) != tc.code) {
			t.Errorf("%s: got %d, error %v; want %d, status %d", tc.name, team, c.err, tc.want, tc.code)
		}
	}
}
