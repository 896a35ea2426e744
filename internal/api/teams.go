package api

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/ropeway/ropeway/internal/access"
)

// Organizations keeps organizations.
type Organizations interface {
	// List lists those of ids, nil for all.
	List(ctx context.Context, ids []int64, after int64, limit int) ([]Organization, error)
	Get(ctx context.Context, id int64) (Organization, error)
	Create(ctx context.Context, n NewOrganization) (Organization, error)
	Change(ctx context.Context, id, revision int64, n NewOrganization) (Organization, error)
	Delete(ctx context.Context, id int64) error
}

// TeamService keeps teams.
type TeamService interface {
	// List lists those of an organization, 0 for those of l.Teams.
	List(ctx context.Context, organization int64, l Listing) ([]Team, error)
	Get(ctx context.Context, id int64) (Team, error)
	Create(ctx context.Context, organization int64, n NewTeam) (Team, error)
	Change(ctx context.Context, id, revision int64, n NewTeam) (Team, error)
	Delete(ctx context.Context, id int64) error
}

// AuditLog tells who changed what.
type AuditLog interface {
	List(ctx context.Context, f AuditFilter) ([]AuditEntry, error)
	Check(ctx context.Context) (AuditCheck, error)
}

// Organization has teams, and users in them.
type Organization struct {
	ID       int64     `json:"id"`
	Name     string    `json:"name"`
	Revision int64     `json:"revision"`
	Created  time.Time `json:"created,omitzero"`
	Updated  time.Time `json:"updated,omitzero"`
}

func (o Organization) revision() int64         { return o.Revision }
func (o Organization) identity() (Kind, int64) { return OfOrganization, o.ID }

// NewOrganization names an organization.
type NewOrganization struct {
	Name string `json:"name"`
}

// Team owns scenarios, connections, webhooks and data stores.
type Team struct {
	ID           int64     `json:"id"`
	Organization int64     `json:"organization"`
	Name         string    `json:"name"`
	Revision     int64     `json:"revision"`
	Created      time.Time `json:"created,omitzero"`
	Updated      time.Time `json:"updated,omitzero"`
}

func (t Team) revision() int64         { return t.Revision }
func (t Team) identity() (Kind, int64) { return OfTeam, t.ID }

// NewTeam names a team.
type NewTeam struct {
	Name string `json:"name"`
}

// AuditFilter chooses entries of the audit log.
type AuditFilter struct {
	Organizations []int64  // nil = all, those of the installation among them
	Team          int64    // 0 = of all
	Subject       string   // "" = all
	Actor         string   // a part of who did it, in whichever case; "" = all
	Actions       []string // what was done, or everything of a kind: "scenario"; none = all
	From, Until   time.Time
	Before        int64
	Limit         int
}

// AuditEntry says who did what, when.
type AuditEntry struct {
	ID           int64           `json:"id"`
	At           time.Time       `json:"at"`
	Actor        string          `json:"actor"`
	Action       string          `json:"action"`
	Subject      string          `json:"subject,omitempty"`
	Organization int64           `json:"organization,omitempty"`
	Team         int64           `json:"team,omitempty"`
	Details      json.RawMessage `json:"details,omitempty"` // what was asked for, and what was before and after
	Hash         string          `json:"hash"`              // of this entry and the one before, hexadecimal
}

// AuditCheck is the newest entry of a chain that is whole. Whoever keeps it elsewhere can tell later that nothing before was
// changed.
type AuditCheck struct {
	Entries int64  `json:"entries"`
	Hash    string `json:"hash"`
}

func organizationRoutes(s Services) []Route {
	return []Route{
		{
			Method: http.MethodGet, Pattern: "/organizations", Name: "organization.list", Needs: access.UseReference,
			Summary: "List the organizations that the caller belongs to", Query: paging(), Gives: Page[Organization]{},
			handle: func(c *call) (any, error) {
				after, limit := c.queryNumber("after"), c.limit()
				if c.err != nil {
					return nil, c.err
				}
				list, err := s.Organizations.List(c.Context(), c.organizationsWith(access.ViewOrganization), after, limit+1)
				return pageOf(list, limit, func(o Organization) int64 { return o.ID }), err
			},
		},
		{
			Method: http.MethodPost, Pattern: "/organizations", Name: "organization.create", Needs: access.ManageInstallation,
			Summary: "Make an organization", Takes: NewOrganization{}, Gives: Organization{}, Status: http.StatusCreated,
			handle: func(c *call) (any, error) {
				var n NewOrganization
				if c.body(&n); c.err != nil {
					return nil, c.err
				}
				return s.Organizations.Create(c.Context(), n)
			},
		},
		{
			Method: http.MethodGet, Pattern: "/organizations/{id}", Name: "organization.get", Needs: access.ViewOrganization, Of: OfOrganization,
			Summary: "Show an organization", Gives: Organization{},
			handle: one(func(c *call, id int64) (any, error) { return s.Organizations.Get(c.Context(), id) }),
		},
		{
			Method: http.MethodPatch, Pattern: "/organizations/{id}", Name: "organization.change", Needs: access.ManageOrganization, Of: OfOrganization,
			Summary: "Rename an organization", Takes: NewOrganization{}, Gives: Organization{},
			handle: change(func(c *call, id, revision int64, n NewOrganization) (any, error) {
				return s.Organizations.Change(c.Context(), id, revision, n)
			}),
		},
		{
			Method: http.MethodDelete, Pattern: "/organizations/{id}", Name: "organization.delete", Needs: access.ManageOrganization, Of: OfOrganization,
			Summary: "Delete an organization that has no teams",
			handle:  one(func(c *call, id int64) (any, error) { return nil, s.Organizations.Delete(c.Context(), id) }),
		},
		{
			Method: http.MethodGet, Pattern: "/organizations/{id}/teams", Name: "organization.teams", Needs: access.ViewOrganization, Of: OfOrganization,
			Summary: "List the teams of an organization", Query: paging(), Gives: Page[Team]{},
			handle: one(func(c *call, id int64) (any, error) { return teams(s, c, id) }),
		},
		{
			Method: http.MethodPost, Pattern: "/organizations/{id}/teams", Name: "team.create", Needs: access.ManageOrganization, Of: OfOrganization,
			Summary: "Make a team", Takes: NewTeam{}, Gives: Team{}, Status: http.StatusCreated,
			handle: change(func(c *call, id, _ int64, n NewTeam) (any, error) { return s.Teams.Create(c.Context(), id, n) }),
		},
	}
}

// organizationsWith lists the organizations in which the caller has a right, nil for every one.
func (c *call) organizationsWith(r access.Right) []int64 {
	p := PrincipalOf(c.Context())
	if p.Machine {
		return nil
	}
	ids := []int64{}
	for _, id := range slices.Sorted(maps.Keys(p.Organizations)) {
		if p.MayIn(r, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

func teams(s Services, c *call, organization int64) (any, error) {
	l := c.listing()
	if c.err != nil {
		return nil, c.err
	}
	list, err := s.Teams.List(c.Context(), organization, l)
	return pageOf(list, l.Limit-1, func(t Team) int64 { return t.ID }), err
}

func teamRoutes(s Services) []Route {
	return []Route{
		{
			Method: http.MethodGet, Pattern: "/teams", Name: "team.list", Needs: access.ViewTeam, Of: Teams,
			Summary: "List the teams that the caller belongs to", Query: paging(), Gives: Page[Team]{},
			handle: func(c *call) (any, error) { return teams(s, c, 0) },
		},
		{
			Method: http.MethodGet, Pattern: "/teams/{id}", Name: "team.get", Needs: access.ViewTeam, Of: OfTeam,
			Summary: "Show a team", Gives: Team{},
			handle: one(func(c *call, id int64) (any, error) { return s.Teams.Get(c.Context(), id) }),
		},
		{
			Method: http.MethodPatch, Pattern: "/teams/{id}", Name: "team.change", Needs: access.ManageTeam, Of: OfTeam,
			Summary: "Rename a team", Takes: NewTeam{}, Gives: Team{},
			handle: change(func(c *call, id, revision int64, n NewTeam) (any, error) {
				return s.Teams.Change(c.Context(), id, revision, n)
			}),
		},
		{
			Method: http.MethodDelete, Pattern: "/teams/{id}", Name: "team.delete", Needs: access.ManageTeam, Of: OfTeam,
			Summary: "Delete a team that owns nothing",
			handle:  one(func(c *call, id int64) (any, error) { return nil, s.Teams.Delete(c.Context(), id) }),
		},
	}
}

func auditRoutes(s Services) []Route {
	return []Route{
		{
			Method: http.MethodGet, Pattern: "/audit", Name: "audit.list", Needs: access.ViewInstallation,
			Summary: "List who changed what in the whole installation, the newest first", Query: auditQuery(), Gives: Page[AuditEntry]{},
			handle: func(c *call) (any, error) { return audit(s, c, nil) },
		},
		{
			Method: http.MethodGet, Pattern: "/organizations/{id}/audit", Name: "organization.audit", Needs: access.ViewAudit, Of: OfOrganization,
			Summary: "List who changed what in an organization, the newest first", Query: auditQuery(), Gives: Page[AuditEntry]{},
			handle: one(func(c *call, id int64) (any, error) { return audit(s, c, []int64{id}) }),
		},
		{
			Method: http.MethodGet, Pattern: "/audit/check", Name: "audit.check", Needs: access.ViewInstallation,
			Summary: "Check that no entry of the audit log was changed or removed", Gives: AuditCheck{},
			handle: func(c *call) (any, error) { return s.Audit.Check(c.Context()) },
		},
	}
}

func auditQuery() []Parameter {
	return paging(Parameter{"subject", `what was changed, such as "scenario 7"`}, Parameter{"of_team", "number of a team"},
		Parameter{"actor", "a part of who did it"}, Parameter{"action", `what was done, such as "scenario.start", or everything of a kind, such as "scenario"; several with commas`},
		Parameter{"from", "done at this time or later"}, Parameter{"until", "done before this time"})
}

func audit(s Services, c *call, organizations []int64) (any, error) {
	limit := c.limit()
	f := AuditFilter{
		Organizations: organizations, Subject: c.URL.Query().Get("subject"), Team: c.queryNumber("of_team"),
		Actor: c.URL.Query().Get("actor"), Actions: c.words("action"), From: c.time("from"), Until: c.time("until"),
		Before: c.queryNumber("after"), Limit: limit + 1,
	}
	if len(f.Actions) > MaxActions {
		c.fail(badRequest("action: at most %d may be named.", MaxActions))
	}
	if c.err != nil {
		return nil, c.err
	}
	list, err := s.Audit.List(c.Context(), f)
	return pageOf(list, limit, func(e AuditEntry) int64 { return e.ID }), err
}
