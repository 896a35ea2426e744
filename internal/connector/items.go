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
		return nil, fault.Newf(fault.InvalidConfiguration, "The module %s:%s has no list of items to start with.", c.app.Name, name).
			WithHint("Start from now, from a date, or with everything.")
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
