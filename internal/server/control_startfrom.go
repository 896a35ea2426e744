package server

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/blueprint"
	"github.com/ropeway/ropeway/internal/connector"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

// polling is the polling trigger of a scenario.
type polling struct {
	node   *blueprint.Node
	module *module.Module
	app    *connector.Connector // nil for a module that is no app's
	byDate bool
	listed bool // the app lists records to begin with
}

// polling returns the trigger with which the newest version of a scenario begins; an error where it does not poll.
func (c *Control) polling(ctx context.Context, scenario int64) (polling, error) {
	v, err := c.Store.ScenarioVersion(ctx, scenario, 0)
	if err != nil {
		return polling{}, err
	}
	bp, err := blueprint.Parse(v.Blueprint)
	if err != nil {
		return polling{}, err
	}
	p := polling{}
	if p.node, p.module = c.trigger(bp); p.module == nil || p.module.Kind != module.Trigger {
		return p, fault.New(fault.BundleValidation, "[not-polling-start] The scenario does not start with a trigger that polls.").WithHint("[hint-not-polling-start] only such a trigger remembers how far it has come")
	}
	var ok bool
	if p.app, ok = c.System.Connector(p.module.App); ok {
		m := p.app.App().Module(p.module.Name)
		p.byDate, p.listed = m.Trigger() != nil && m.Trigger().ByDate, m.Epoch != nil
	}
	return p, nil
}

// starts are the places where the trigger can begin. One that goes by ID can begin with any, also where the app lists none.
func (p *polling) starts() []string {
	list := []string{}
	for _, s := range p.module.Starts {
		list = append(list, string(s))
	}
	if !p.byDate && p.app != nil && !slices.Contains(list, string(module.FromItem)) {
		list = append(list, string(module.FromItem))
	}
	return list
}

// Choices shows where the trigger of a scenario can begin, and where it stands.
func (c startControl) Choices(ctx context.Context, scenario int64) (api.StartChoices, error) {
	p, err := c.polling(ctx, scenario)
	if err != nil {
		return api.StartChoices{}, err
	}
	out := api.StartChoices{Module: p.node.ID, Name: p.module.FullName(), Starts: p.starts(), ByDate: p.byDate, Listed: p.listed}
	data, err := c.Store.TriggerCursor(ctx, scenario, p.node.ID)
	if err != nil || data == nil {
		return out, err
	}
	cursor, _, err := value.DecodeBinary(data)
	if err != nil {
		return out, fault.Wrap(fault.Inconsistency, err, "[cursor-place] How far the trigger has come cannot be read.").WithHint("[hint-start-elsewhere] choose again where it starts")
	}
	if start := cursor.Get(module.StartField); !start.IsNothing() {
		out.Chosen = &api.StartFrom{From: start.Str(), ID: cursor.Get(chosenField).Str()}
		if at := cursor.Get(module.AtField); at.Kind() == value.KindDate {
			out.Chosen.Date = at.Time()
		}
		return out, nil
	}
	out.ReachedID, out.ReachedDate = connector.Reached(cursor)
	return out, nil
}

// chosenField holds the ID of the item that a person has picked, in the cursor that stands for the choice.
const chosenField = "chosen"

// Items lists records that the trigger of a scenario can begin with.
func (c startControl) Items(ctx context.Context, scenario int64) ([]api.StartItem, error) {
	p, err := c.polling(ctx, scenario)
	if err != nil {
		return nil, err
	}
	found, err := c.itemsOf(ctx, scenario, p)
	list := make([]api.StartItem, len(found))
	for i, item := range found {
		list[i] = api.StartItem{ID: item.ID, Label: item.Label, Date: item.Date}
	}
	return list, err
}

func (c startControl) itemsOf(ctx context.Context, scenario int64, p polling) ([]connector.Item, error) {
	if p.app == nil || !p.listed {
		return nil, fault.Newf(fault.BundleValidation, "[start-list-none] The module %s has no list of records to start with.", p.module.FullName()).
			WithHintf("[hint-there-are] there are %s", strings.Join(p.starts(), ", "))
	}
	team, err := c.Store.ScenarioTeam(ctx, scenario)
	if err != nil {
		return nil, err
	}
	var conn *module.Connection
	if p.module.Connection != "" && c.System.Runner.Connections != nil {
		if conn, err = c.System.Runner.Connections.Open(WithTeam(ctx, team), &p.module.Description, p.node.Connection); err != nil {
			return nil, err
		}
	}
	return p.app.Items(ctx, p.module.Name, p.node.Parameters, conn)
}

// StartFrom sets where the polling trigger of a scenario begins at its next run.
func (c startControl) StartFrom(ctx context.Context, id int64, s api.StartFrom) error {
	if !slices.Contains([]string{"now", "all", "since", "item"}, s.From) {
		return fault.Newf(fault.BundleValidation, "[start-from-unknown] A trigger cannot start from %q.", s.From).WithField("from").
			WithHint("[hint-start-from-ways] use now, all, since with a date, or item with an ID")
	}
	start, at, item := module.Start(s.From), c.Clock.Now(), value.Undefined
	if start == module.FromDate {
		if at = s.Date; at.IsZero() {
			return fault.New(fault.BundleValidation, "[start-date] The date to start from is missing.").WithField("date")
		}
	}
	p, err := c.polling(ctx, id)
	if err != nil {
		return err
	}
	if !slices.Contains(p.starts(), s.From) {
		return fault.Newf(fault.BundleValidation, "[start-from-trigger] The trigger %s cannot start from %q.", p.module.FullName(), s.From).WithField("from").
			WithHintf("[hint-there-are] there are %s", strings.Join(p.starts(), ", "))
	}
	if start == module.FromItem {
		if item, err = c.itemCursor(ctx, id, p, s); err != nil {
			return err
		}
	}
	cursor := module.StartAt(start, at, item)
	if start == module.FromItem {
		cursor = cursor.With(chosenField, value.Text(s.ID))
	}
	return c.Store.SetTriggerCursor(ctx, id, store.Cursor{Module: p.node.ID, Data: value.AppendBinary(nil, cursor)})
}

// itemCursor returns the cursor that stands for the item that a person picks. Where its date must be known and is not given, it is looked for
// among those that the service lists.
func (c startControl) itemCursor(ctx context.Context, scenario int64, p polling, s api.StartFrom) (value.Value, error) {
	if s.ID == "" {
		return value.Undefined, fault.New(fault.BundleValidation, "[start-id] The ID of the record to start with is missing.").WithField("id")
	}
	if !p.byDate || !s.Date.IsZero() {
		return p.app.ItemCursor(p.module.Name, s.ID, s.Date)
	}
	found, err := c.itemsOf(ctx, scenario, p)
	if err != nil {
		return value.Undefined, err
	}
	for _, item := range found {
		if item.ID == s.ID {
			return item.Cursor, nil
		}
	}
	return value.Undefined, fault.Wrapf(fault.BundleValidation, errNotListed, "[record-not-listed] The record %s is not among the newest ones.", s.ID).WithField("id").
		WithHintf("[hint-start-since] choose one of those that are listed, or start since %s or another date", c.Clock.Now().Add(-24*time.Hour).Format(time.DateOnly))
}

var errNotListed = errors.New("server: the record is not listed")
