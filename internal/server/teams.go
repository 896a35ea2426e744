package server

import (
	"context"
	"encoding/hex"
	"encoding/json"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/store"
)

type teamKey struct{}

// WithTeam returns the context of what is done for a team: it finds the connections and data stores of that team, and no
// others.
func WithTeam(ctx context.Context, team int64) context.Context {
	return context.WithValue(ctx, teamKey{}, team)
}

// teamOf returns the team that something is done for, 0 for none, which owns nothing.
func teamOf(ctx context.Context) int64 {
	team, _ := ctx.Value(teamKey{}).(int64)
	return team
}

// owners finds the teams of things.
type owners struct{ data *store.Store }

var _ api.Owners = owners{}

// TeamOf returns the team of a thing.
func (o owners) TeamOf(ctx context.Context, kind api.Kind, id int64) (int64, error) {
	switch kind {
	case api.OfScenario:
		c, err := o.data.Scenario(ctx, id)
		return c.Team, err
	case api.OfExecution:
		e, err := o.data.Execution(ctx, id)
		if err != nil {
			return 0, err
		}
		return o.data.ScenarioTeam(ctx, e.Scenario)
	case api.OfIncomplete:
		i, err := o.data.Incomplete(ctx, id)
		if err != nil {
			return 0, err
		}
		return o.data.ScenarioTeam(ctx, i.Scenario)
	case api.OfWebhook:
		w, err := o.data.Webhook(ctx, id)
		return w.Team, err
	case api.OfConnection:
		c, err := o.data.Connection(ctx, id)
		return c.Team, err
	case api.OfDataStore:
		d, err := o.data.DataStore(ctx, id)
		return d.Team, err
	case api.OfTeam:
		t, err := o.data.Team(ctx, id)
		return t.ID, err
	default:
		return 0, fault.Newf(fault.Unexpected, "[owner-unknown] Nobody knows whose a %s is.", kind)
	}
}

// OrganizationOf returns the organization of a team.
func (o owners) OrganizationOf(ctx context.Context, team int64) (int64, error) {
	t, err := o.data.Team(ctx, team)
	return t.Organization, err
}

// List lists organizations by number, those of ids or all.
func (c organizationControl) List(ctx context.Context, ids []int64, after int64, limit int) ([]api.Organization, error) {
	list, err := c.Store.Organizations(ctx, ids, after, limit)
	out := make([]api.Organization, len(list))
	for i, o := range list {
		out[i] = organizationOf(o)
	}
	return out, err
}

func organizationOf(o store.Organization) api.Organization {
	return api.Organization{ID: o.ID, Name: o.Name, Revision: o.Revision, Created: o.Created, Updated: o.Updated}
}

// Get returns an organization.
func (c organizationControl) Get(ctx context.Context, id int64) (api.Organization, error) {
	o, err := c.Store.Organization(ctx, id)
	return organizationOf(o), err
}

// Create makes an organization.
func (c organizationControl) Create(ctx context.Context, n api.NewOrganization) (api.Organization, error) {
	o, err := c.Store.SaveOrganization(ctx, store.Organization{Name: n.Name})
	return organizationOf(o), err
}

// Change renames an organization.
func (c organizationControl) Change(ctx context.Context, id, revision int64, n api.NewOrganization) (api.Organization, error) {
	o, err := c.Store.Organization(ctx, id)
	if err != nil {
		return api.Organization{}, err
	}
	if revision != 0 {
		o.Revision = revision
	}
	o.Name = n.Name
	o, err = c.Store.SaveOrganization(ctx, o)
	return organizationOf(o), err
}

// Delete removes an organization without teams.
func (c organizationControl) Delete(ctx context.Context, id int64) error {
	return c.Store.DeleteOrganization(ctx, id)
}

// List lists the teams of an organization, or those of l.
func (c teamControl) List(ctx context.Context, organization int64, l api.Listing) ([]api.Team, error) {
	list, err := c.Store.Teams(ctx, organization, store.Listing(l))
	out := make([]api.Team, len(list))
	for i, t := range list {
		out[i] = teamShown(t)
	}
	return out, err
}

func teamShown(t store.Team) api.Team {
	return api.Team{ID: t.ID, Organization: t.Organization, Name: t.Name, Revision: t.Revision, Created: t.Created, Updated: t.Updated}
}

// Get returns a team.
func (c teamControl) Get(ctx context.Context, id int64) (api.Team, error) {
	t, err := c.Store.Team(ctx, id)
	return teamShown(t), err
}

// Create makes a team.
func (c teamControl) Create(ctx context.Context, organization int64, n api.NewTeam) (api.Team, error) {
	t, err := c.Store.SaveTeam(ctx, store.Team{Organization: organization, Name: n.Name})
	return teamShown(t), err
}

// Change renames a team.
func (c teamControl) Change(ctx context.Context, id, revision int64, n api.NewTeam) (api.Team, error) {
	t, err := c.Store.Team(ctx, id)
	if err != nil {
		return api.Team{}, err
	}
	if revision != 0 {
		t.Revision = revision
	}
	t.Name = n.Name
	t, err = c.Store.SaveTeam(ctx, t)
	return teamShown(t), err
}

// Delete removes a team that owns nothing.
func (c teamControl) Delete(ctx context.Context, id int64) error { return c.Store.DeleteTeam(ctx, id) }

// List lists entries of the audit log, the newest first.
func (c auditControl) List(ctx context.Context, f api.AuditFilter) ([]api.AuditEntry, error) {
	list, err := c.Store.AuditLog(ctx, store.AuditFilter(f))
	out := make([]api.AuditEntry, len(list))
	for i, e := range list {
		out[i] = api.AuditEntry{
			ID: e.ID, At: e.At, Actor: e.Actor, Action: e.Action, Subject: e.Subject, Organization: e.Organization, Team: e.Team,
			Details: json.RawMessage(e.Details), Hash: hex.EncodeToString(e.Hash),
		}
	}
	return out, err
}

// Check follows the chain of the audit log.
func (c auditControl) Check(ctx context.Context) (api.AuditCheck, error) {
	n, hash, err := c.Store.CheckAudit(ctx)
	return api.AuditCheck{Entries: n, Hash: hex.EncodeToString(hash)}, err
}

// Ledger keeps what callers of the API do, in the store.
type Ledger struct{ Store *store.Store }

var _ api.Ledger = Ledger{}

// Open returns a context whose first change is written together with the deed.
func (l Ledger) Open(ctx context.Context, d *api.Deed) context.Context {
	a := &store.Accompaniment{Entry: func() store.AuditEntry { return entryOf(d) }}
	if d.Key != "" {
		a.Key = &store.RequestKey{Hash: store.HashRequestKey(d.Owner, d.Key), Request: d.Request}
	}
	d.Written = a
	return store.Accompany(ctx, a)
}

func entryOf(d *api.Deed) store.AuditEntry {
	details := d.Details
	if details == "" {
		details = "{}"
	}
	return store.AuditEntry{
		Actor: d.Actor, Action: d.Action, Subject: d.Subject, Details: details, Organization: d.Organization, Team: d.Team,
	}
}

// Close writes the deed as it is now.
func (l Ledger) Close(ctx context.Context, d *api.Deed, done bool, status int, answer []byte) error {
	a, _ := d.Written.(*store.Accompaniment)
	if a == nil {
		return nil
	}
	return l.Store.Finish(ctx, a, done, status, answer)
}

// Earlier finds the answer to a request with the same key.
func (l Ledger) Earlier(ctx context.Context, d *api.Deed) (api.Earlier, error) {
	found, err := l.Store.AnswerOf(ctx, store.RequestKey{Hash: store.HashRequestKey(d.Owner, d.Key), Request: d.Request})
	return api.Earlier(found), err
}
