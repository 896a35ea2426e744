package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/blueprint"
	"github.com/ropeway/ropeway/internal/builtin"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
	"github.com/ropeway/ropeway/internal/vault"
)

// connectionIdentity is what the fields of a connection are bound to.
func connectionIdentity(id int64) string { return vault.Identity("connection", id) }

// connectionNotes are what is kept of a connection in clear.
type connectionNotes struct {
	Account  string    `json:"account,omitempty"`
	UID      string    `json:"uid,omitempty"`
	Verified time.Time `json:"verified,omitzero"`
	Fields   []string  `json:"fields,omitempty"` // names of those that are filled
}

func (n connectionNotes) text() string {
	data, _ := json.Marshal(n) // texts and a time always marshal
	return string(data)
}

func (c *Control) vault() (*vault.Vault, error) {
	if c.Keys == nil {
		return nil, errNoKeys()
	}
	return c.Keys.Vault()
}

// sealing returns the vault for new secrets.
func (c *Control) sealing() (*vault.Vault, error) {
	if c.Keys == nil {
		return nil, errNoKeys()
	}
	return c.Keys.Sealing()
}

// List lists the connections of an app, "" for all.
func (c connectionControl) List(ctx context.Context, app string, l api.Listing) ([]api.Connection, error) {
	list, err := c.Store.Connections(ctx, app, store.Listing(l))
	if err != nil {
		return nil, err
	}
	out := make([]api.Connection, len(list))
	for i := range list {
		out[i] = connectionOf(&list[i])
	}
	return out, nil
}

func connectionOf(c *store.Connection) api.Connection {
	var n connectionNotes
	_ = json.Unmarshal([]byte(c.Metadata), &n) // what cannot be read is left away
	return api.Connection{
		ID: c.ID, Team: c.Team, Name: c.Name, App: c.App, Type: c.Type, Revision: c.Revision, Account: n.Account, Verified: n.Verified, Fields: n.Fields,
		Created: c.Created, Updated: c.Updated,
	}
}

// Get returns a connection without its secrets.
func (c connectionControl) Get(ctx context.Context, id int64) (api.Connection, error) {
	x, err := c.Store.Connection(ctx, id)
	if err != nil {
		return api.Connection{}, err
	}
	return connectionOf(&x), nil
}

// Create makes a connection.
func (c connectionControl) Create(ctx context.Context, n api.NewConnection) (api.Connection, error) {
	kind, err := c.System.connectionType(n.App, n.Type)
	if err != nil {
		return api.Connection{}, err
	}
	if err := c.checkConnectionName(ctx, n.Team, n.Name, 0); err != nil {
		return api.Connection{}, err
	}
	row := store.Connection{Team: n.Team, Name: n.Name, App: n.App, Type: kind}
	fields, notes := n.Fields, connectionNotes{}
	if err := c.checkConnectionFields(&row, fields); err != nil {
		return api.Connection{}, err
	}
	if n.Test {
		if fields, notes, _, err = c.verify(ctx, &row, fields); err != nil {
			return api.Connection{}, ofWhatIsEntered(err)
		}
	}
	return c.saveConnection(ctx, row, fields, notes)
}

// saveConnection seals the fields and saves the connection.
func (c *Control) saveConnection(ctx context.Context, row store.Connection, fields value.Value, notes connectionNotes) (api.Connection, error) {
	notes.Fields = slices.Sorted(slices.Values(fields.Keys()))
	row.Metadata = notes.text()
	if _, err := c.sealing(); err != nil {
		return api.Connection{}, err
	}
	saved, err := c.Store.SaveConnection(ctx, row, c.sealer(connectionIdentity, fields))
	if err != nil {
		return api.Connection{}, err
	}
	c.forgetConnections()
	return connectionOf(&saved), nil
}

// forgetConnections makes the running scenarios open their connections anew.
func (c *Control) forgetConnections() {
	if s, ok := c.System.Runner.Connections.(*storedConnections); ok {
		s.forget()
	}
}

// checkConnectionName sees to it that scenarios can name the connection.
func (c *Control) checkConnectionName(ctx context.Context, team int64, name string, id int64) error {
	if _, err := strconv.ParseInt(name, 10, 64); err == nil {
		return fault.New(fault.BundleValidation, "[connection-number] A connection cannot be called by a number alone.").WithField("name").
			WithHint("[hint-connection-number] scenarios could not tell it from the number of a connection")
	}
	for x, err := range allConnections(ctx, c.Store, "", []int64{team}) {
		if err != nil {
			return err
		}
		if x.Name == name && x.ID != id {
			return fault.Wrap(fault.DuplicateData, store.ErrConflict, "[connection-name-taken] There is a connection of this name already.").WithField("name").WithHint("[hint-other-name] choose another name")
		}
	}
	return nil
}

// connectionType returns the type of a connection of an app: the one that is named, else the only one.
func (s *System) connectionType(app, kind string) (string, error) {
	types := s.ConnectionTypes(app)
	switch {
	case len(types) == 0:
		return "", fault.Newf(fault.BundleValidation, "[app-no-connections] The app %q has no connections.", app).WithField("app").WithHint("[hint-app-list] ropeway app list shows the apps")
	case kind == "" && len(types) == 1:
		return types[0], nil
	case !slices.Contains(types, kind):
		return "", fault.Newf(fault.BundleValidation, "[connection-type-none] The app %s has no connection type %q.", app, kind).WithField("type").WithHintf("[hint-it-has] it has %s", strings.Join(types, ", "))
	}
	return kind, nil
}

// ConnectionTypes lists the types of connections of an app, sorted.
func (s *System) ConnectionTypes(app string) []string {
	var types []string
	for _, t := range builtin.ConnectionTypes() {
		if t.App == app {
			types = append(types, t.Name)
		}
	}
	for _, a := range s.Apps {
		if a.Name != app {
			continue
		}
		for name := range a.Connections {
			types = append(types, name)
		}
	}
	slices.Sort(types)
	return types
}

// checkConnectionFields compares fields with the form of their type.
func (c *Control) checkConnectionFields(row *store.Connection, fields value.Value) error {
	form, err := c.System.ConnectionFields(row.App, row.Type)
	if err != nil {
		return err
	}
	if fields.Kind() != value.KindCollection {
		return fault.New(fault.BundleValidation, "[connection-fields] The fields of the connection are missing.").WithField("fields")
	}
	var names []string
	for i := range form {
		f := &form[i]
		names = append(names, f.Name)
		v := fields.Get(f.Name)
		if f.Required && f.Default.IsNothing() && (v.IsNothing() || v.Kind() == value.KindText && v.Str() == "") {
			return fault.Newf(fault.BundleValidation, "[connection-field-missing] The field %s (%s) is missing.", f.Name, f.Title()).WithField("fields")
		}
	}
	for name := range fields.Fields() {
		if !slices.Contains(names, name) {
			return fault.Newf(fault.BundleValidation, "[connection-field-unknown] There is no field %q in a connection of %s.", name, row.App).WithField("fields").WithHintf("[hint-there-are] there are %s", strings.Join(names, ", "))
		}
	}
	return nil
}

// verify proves fields with a call of the service. called is false where the type has no test.
func (c *Control) verify(ctx context.Context, row *store.Connection, fields value.Value) (kept value.Value, n connectionNotes, called bool, err error) {
	app, ok := c.System.Connector(row.App)
	if !ok {
		return fields, n, false, nil
	}
	meta, err := app.Verify(ctx, &module.Connection{Key: row.App + "/" + row.Name, App: row.App, Type: row.Type, Fields: fields})
	if err != nil {
		return fields, n, true, err
	}
	return meta.Fields, connectionNotes{Account: meta.Label, UID: meta.UID, Verified: c.Clock.Now()}, true, nil
}

// ofWhatIsEntered takes the advice away to look at the connection, of which whoever is entering it right now has no use.
func ofWhatIsEntered(err error) error {
	var f *fault.Error
	if errors.As(err, &f) && (f.Kind == fault.InvalidAccessToken || f.Kind == fault.AccountValidation) {
		return f.WithHint("")
	}
	return err
}

// Change renames a connection and changes fields of it.
func (c connectionControl) Change(ctx context.Context, id, revision int64, x api.ConnectionChange) (api.Connection, error) {
	row, err := c.Store.Connection(ctx, id)
	if err != nil {
		return api.Connection{}, err
	}
	if revision != 0 {
		row.Revision = revision
	}
	fields, err := openFields(c.vault, &row)
	if err != nil {
		return api.Connection{}, err
	}
	if x.Name != nil {
		if err := c.checkConnectionName(ctx, row.Team, *x.Name, id); err != nil {
			return api.Connection{}, err
		}
		row.Name = *x.Name
	}
	fields, notes, err := c.changedFields(ctx, &row, fields, x)
	if err != nil {
		return api.Connection{}, err
	}
	return c.saveConnection(ctx, row, fields, notes)
}

// MoveConnection changes a field of a connection from one value to another and proves the connection anew. Where the connection is gone or
// the field says something else by now, somebody has decided otherwise, and nothing is changed. A service that does not accept it leaves it
// changed but not proven.
func (c *Control) MoveConnection(ctx context.Context, id int64, field, from, to string) error {
	row, err := c.Store.Connection(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	fields, err := openFields(c.vault, &row)
	if err != nil || fields.Get(field).Str() != from {
		return err
	}
	changed := value.Collection(value.F(field, value.Text(to)))
	change := api.ConnectionChange{Fields: &changed, Test: true}
	if _, err := (connectionControl{c}).Change(ctx, id, row.Revision, change); err == nil {
		return nil
	}
	change.Test = false
	_, err = connectionControl{c}.Change(ctx, id, row.Revision, change)
	return err
}

// changedFields returns the fields of a connection after a change, proven by a call of the service where that is asked for.
func (c *Control) changedFields(ctx context.Context, row *store.Connection, fields value.Value, x api.ConnectionChange) (value.Value, connectionNotes, error) {
	var notes connectionNotes
	if x.Fields == nil && !x.Test {
		_ = json.Unmarshal([]byte(row.Metadata), &notes) // notes that cannot be read are written anew
		return fields, notes, nil
	}
	form := c.formValues(row, fields)
	if x.Fields != nil {
		form = value.NewBuilder(8).Merge(form).Merge(*x.Fields).Build()
		fields = value.NewBuilder(8).Merge(fields).Merge(*x.Fields).Build()
	}
	if err := c.checkConnectionFields(row, form); err != nil {
		return fields, notes, err
	}
	if !x.Test {
		return fields, notes, nil
	}
	kept, notes, _, err := c.verify(ctx, row, form)
	return kept, notes, ofWhatIsEntered(err)
}

// formValues leaves away what a verification has added to the fields of the form.
func (c *Control) formValues(row *store.Connection, fields value.Value) value.Value {
	form, err := c.System.ConnectionFields(row.App, row.Type)
	if err != nil {
		return fields
	}
	b := value.NewBuilder(len(form))
	for i := range form {
		if v, ok := fields.Lookup(form[i].Name); ok {
			b.Set(form[i].Name, v)
		}
	}
	return b.Build()
}

// openFields opens what was sealed of a connection.
func openFields(open func() (*vault.Vault, error), row *store.Connection) (value.Value, error) {
	v, err := open()
	if err != nil {
		return value.Undefined, err
	}
	plain, err := v.Open(connectionIdentity(row.ID), row.Sealed)
	if err != nil {
		return value.Undefined, fmt.Errorf("open the connection %s: %w", row.Name, err)
	}
	defer clear(plain)
	fields, err := value.ParseJSON(plain)
	if err != nil {
		return value.Undefined, fault.New(fault.Inconsistency, "[connection-unread] The fields of the connection cannot be read.").WithHint("[hint-enter-again] enter them again")
	}
	return fields, nil
}

// Delete removes a connection.
func (c connectionControl) Delete(ctx context.Context, id int64, force bool) error {
	uses, err := proofControl(c).Uses(ctx, id)
	if err != nil {
		return err
	}
	for _, u := range uses {
		if u.Named && !force {
			return fault.Wrapf(fault.Data, store.ErrConflict, "[connection-used] The scenario %d (%s) names the connection.", u.Scenario, u.Name).
				WithHint("[hint-change-scenario] change the scenario first, or force it")
		}
	}
	if err := c.Store.DeleteConnection(ctx, id); err != nil {
		return err
	}
	c.forgetConnections()
	return nil
}

// Test proves a connection and keeps what the service says.
func (c proofControl) Test(ctx context.Context, id int64) (api.Tested, error) {
	row, err := c.Store.Connection(ctx, id)
	if err != nil {
		return api.Tested{}, err
	}
	fields, err := openFields(c.vault, &row)
	if err != nil {
		return api.Tested{}, err
	}
	fields, notes, called, err := c.verify(ctx, &row, fields)
	if err != nil {
		return api.Tested{}, err
	}
	if !called {
		return api.Tested{Connection: connectionOf(&row)}, nil
	}
	saved, err := c.saveConnection(ctx, row, fields, notes)
	return api.Tested{Connection: saved, Called: true}, err
}

// Uses lists the scenarios whose newest version works with a connection.
func (c proofControl) Uses(ctx context.Context, id int64) ([]api.Use, error) {
	row, err := c.Store.Connection(ctx, id)
	if err != nil {
		return nil, err
	}
	alone := 0
	for x, err := range allConnections(ctx, c.Store, row.App, []int64{row.Team}) {
		if err != nil {
			return nil, err
		}
		if x.Type == row.Type {
			alone++
		}
	}
	var uses []api.Use
	for s, err := range allScenarios(ctx, c.Store, []int64{row.Team}) {
		if err != nil {
			return nil, err
		}
		u, err := c.use(ctx, &s, &row, alone == 1)
		if err != nil {
			return nil, err
		}
		if len(u.Modules) > 0 {
			uses = append(uses, u)
		}
	}
	return uses, nil
}

// use looks for the modules of a scenario that work with a connection.
func (c *Control) use(ctx context.Context, s *store.Scenario, row *store.Connection, alone bool) (api.Use, error) {
	u := api.Use{Scenario: s.ID, Name: s.Name}
	v, err := c.Store.ScenarioVersion(ctx, s.ID, s.Version)
	if err != nil {
		return u, err
	}
	bp, err := blueprint.Parse(v.Blueprint)
	if err != nil {
		return u, err
	}
	number := strconv.FormatInt(row.ID, 10)
	bp.Walk(func(n *blueprint.Node, _ blueprint.WalkContext) {
		m, ok := c.System.Modules.Find(n.Module, n.Version)
		if !ok || m.App != row.App || m.Connection != row.Type && n.Connection == "" {
			return
		}
		named := n.Connection == number || n.Connection == row.Name
		if named || alone && m.Connection == row.Type {
			u.Modules = append(u.Modules, n.ID)
			u.Named = u.Named || named
		}
	})
	return u, nil
}

// Rewrap puts a new master key around every secret. What it has not come to when it is cut off still opens with the key
// before, which stays in the key file.
func (c proofControl) Rewrap(ctx context.Context) (api.Rewrapped, error) {
	if c.Keys == nil {
		return api.Rewrapped{}, errNoKeys()
	}
	if c.Keys.NoneYet() {
		if sealed, err := c.anySealed(ctx, true); err != nil {
			return api.Rewrapped{}, err
		} else if !sealed {
			return api.Rewrapped{}, fault.New(fault.Data, "[no-master-key-yet] There is no master key to replace: no secret has been stored yet.").
				WithHint("[hint-first-secret] the first webhook, connection or second factor makes the key")
		}
	}
	v, fresh, err := c.Keys.Rotate()
	if err != nil {
		return api.Rewrapped{}, err
	}
	done := api.Rewrapped{Key: v.CurrentKey(), New: fresh}
	if err := c.renewKeyCheck(ctx, v); err != nil {
		return done, err
	}
	for x, err := range allConnections(ctx, c.Store, "", nil) {
		if err != nil {
			return done, err
		}
		changed, err := c.rewrapConnection(ctx, v, x.ID)
		if err != nil {
			return done, fmt.Errorf("connection %d (%s): %w", x.ID, x.Name, err)
		}
		if changed {
			done.Secrets++
		}
	}
	for w, err := range allWebhooks(ctx, c.Store) {
		if err != nil {
			return done, err
		}
		changed, err := c.rewrapWebhook(ctx, v, &w)
		if err != nil {
			return done, fmt.Errorf("webhook %d (%s): %w", w.ID, w.Name, err)
		}
		done.Secrets += changed
	}
	users, err := c.rewrapUsers(ctx, v)
	done.Secrets += users
	return done, err
}

// anySealed reports whether any secret is stored, be it only an address.
func (c *Control) anySealed(ctx context.Context, addresses bool) (bool, error) {
	for _, err := range allConnections(ctx, c.Store, "", nil) { // the fields of every one are sealed
		return err == nil, err
	}
	for w, err := range allWebhooks(ctx, c.Store) {
		if err != nil || len(w.Sealed) > 0 || addresses && len(w.Address) > 0 {
			return err == nil, err
		}
	}
	users, err := c.Store.SealedUsers(ctx, 0, 1)
	return len(users) > 0, err
}

// rewrapConnection seals the fields of a connection anew. One that somebody has changed in this moment has the new key already.
func (c *Control) rewrapConnection(ctx context.Context, v *vault.Vault, id int64) (bool, error) {
	row, err := c.Store.Connection(ctx, id)
	if err != nil {
		return false, err
	}
	sealed, changed, err := v.Rewrap(connectionIdentity(id), row.Sealed)
	if err != nil || !changed {
		return false, err
	}
	return true, unlessChanged(c.Store.ResealConnection(ctx, id, row.Sealed, sealed))
}

// rewrapWebhook seals the secrets and the address of a webhook anew, and returns how many of them that were.
func (c *Control) rewrapWebhook(ctx context.Context, v *vault.Vault, w *store.Webhook) (int, error) {
	done := 0
	if address, err := c.rewrapAddress(ctx, v, w); err != nil {
		return done, err
	} else if address {
		done++
	}
	if len(w.Sealed) == 0 {
		return done, nil
	}
	sealed, changed, err := v.Rewrap(webhookIdentity(w.ID), w.Sealed)
	if err != nil || !changed {
		return done, err
	}
	return done + 1, unlessChanged(c.Store.ResealWebhook(ctx, w.ID, w.Sealed, sealed))
}

// unlessChanged passes over that somebody was faster: what is sealed while keys are rotated has the new one.
func unlessChanged(err error) error {
	if errors.Is(err, store.ErrConflict) {
		return nil
	}
	return err
}
