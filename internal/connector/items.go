package connector

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/ropeway/ropeway/internal/appdef"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// Item is a record that a polling trigger can start with.
type Item struct {
	Label string
	Date  time.Time // zero for triggers that go by ID alone
	ID    string
	// Cursor stands for the item: module.StartAt(module.FromItem, _, Cursor) is the cursor of a trigger that starts with it.
	Cursor value.Value
}

// Items lists the records that the polling trigger of that name can start with, newest first, at most MaxItems. parameters are
// its static fields. Apps say how to list them in an epoch file; without one the error is InvalidConfiguration, as for modules
// that are no polling triggers. Other errors are those of the calls.
func (c *Connector) Items(ctx context.Context, name string, parameters value.Value, conn *module.Connection) ([]Item, error) {
	m := c.app.Module(name)
	if m == nil || m.Epoch == nil {
		return nil, fault.Newf(fault.InvalidConfiguration, "[list-none] The module %s:%s has no list of items to start with.", c.app.Name, name).
			WithHint("[hint-start-from] Start from now, from a date, or with everything.")
	}
	if err := unsupported(m.Label, m.Unsupported); err != nil {
		return nil, err
	}
	if err := c.checkConnection(m.Label, m.Connection, conn); err != nil {
		return nil, err
	}
	fields, err := module.Coerce(orEmpty(parameters), m.Parameters, time.UTC)
	if err != nil {
		return nil, err
	}
	o := c.operation(fields, conn, 0)
	o.module, o.env.Now = m, c.deps.Clock.Now()
	o.mostPages, o.mostBundles = MaxRPCPages, MaxItems
	if err := o.bindHost(); err != nil {
		return nil, err
	}
	list := items{o: o, t: m.Trigger()}
	if err := o.communicate(ctx, m.Epoch, &list); err != nil {
		return nil, err
	}
	slices.SortStableFunc(list.found, func(a, b Item) int {
		return cmp.Or(b.Date.Compare(a.Date), compareIDs(b.ID, a.ID))
	})
	return list.found, nil
}

// ItemCursor returns the cursor that stands for a record by its ID, and by its date where the trigger goes by dates. The error is
// BundleValidation where that does not say where to start.
func (c *Connector) ItemCursor(name, id string, date time.Time) (value.Value, error) {
	m := c.app.Module(name)
	if m == nil || m.Trigger() == nil {
		return value.Undefined, fault.Newf(fault.InvalidConfiguration, "[not-polling] The module %s:%s is no trigger that polls.", c.app.Name, name)
	}
	t := m.Trigger()
	switch {
	case t.ByDate && date.IsZero():
		return value.Undefined, fault.New(fault.BundleValidation, "[record-date] The date of the record is missing.").WithField("date").
			WithHint("[hint-choose-record] choose one of the records that the service lists")
	case !t.ByDate && !digits(id):
		return value.Undefined, fault.Newf(fault.BundleValidation, "[record-id] %.60q is not the ID of a record: IDs are whole numbers.", id).WithField("id")
	case t.ByDate:
		return itemProgress(t, mark{id: id, at: date.UnixMilli()}).value(), nil
	}
	return itemProgress(t, mark{id: id}).value(), nil
}

// Reached tells the newest record that a trigger has put out by its cursor: the date is zero for triggers that go by ID, and the ID "" where
// none was put out.
func Reached(cursor value.Value) (id string, date time.Time) {
	p, err := parseProgress(cursor)
	if err != nil || p.newest.id == "" {
		return "", time.Time{}
	}
	if p.newest.at != 0 {
		date = time.UnixMilli(p.newest.at).UTC()
	}
	return p.newest.id, date
}

// items is a sink that makes an Item of each output. Records without a place in the order cannot be started with.
type items struct {
	o     *operation
	t     *appdef.Trigger
	found []Item
}

func (l *items) put(v value.Value, iterated bool) error {
	m, why := l.o.place(l.t)
	if !iterated || why != "" {
		return nil
	}
	item := Item{Label: value.Render(v.Get("label")), ID: m.id, Cursor: itemProgress(l.t, m).value()}
	if l.t.ByDate {
		item.Date = time.UnixMilli(m.at).UTC()
	}
	if item.Label == "" {
		item.Label = m.id
	}
	l.found = append(l.found, item)
	return nil
}
