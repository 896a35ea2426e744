// Package connector runs the modules of applications that are data: it makes the requests that a definition lists and turns the
// answers into bundles.
//
// One interpreter for every app means that paging, errors, retries, redaction and the rule that credentials never leave their
// hosts are written once and hold everywhere. The package does not dial itself, keeps nothing between operations, executes no
// JavaScript, and knows no single app.
//
// # Polling triggers
//
// A polling trigger puts out each version of a record once: none is skipped, and none comes again unless its date changes. What
// makes that hard, and what is done about it:
//
//   - How far the trigger has come is an edge, below which everything is done, and the records above it that were put out. The
//     edge stays an overlap behind the newest date, never goes back, and never passes a record that waits for its turn. So equal
//     dates, records that appear late, dates in the future, clocks that are set back and deleted records do no harm.
//   - Pages shift while they are read. What lies around the records to be put out is read again until nothing new turns up.
//   - A record whose ID or date cannot be read has no place in that order. An error for it would block the trigger for ever, and
//     leaving it out would lose it. So it is put out once in each form in which it is met, and remembered by its content. More
//     than MaxOddRecords of them are an error, since then the definition or the service must be at fault. Records that are there
//     when a trigger starts from now are only remembered.
//   - A list may be longer than memory. Only the oldest records up to the limit are held while it is read; the others are met
//     again by the next operation, which begins near them where pages can be asked for by number.
package connector

import (
	"context"

	"github.com/ropeway/ropeway/internal/appdef"
	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/outbound"
	"github.com/ropeway/ropeway/internal/value"
)

// Caller makes HTTP calls; outbound.Client is the real one.
type Caller interface {
	// Do makes one call. Beside an error the Response may be set too, with the record of what happened.
	Do(ctx context.Context, r outbound.Request) (*outbound.Response, error)
}

var _ Caller = (*outbound.Client)(nil)

// Deps is what a Connector needs. All members are required.
type Deps struct {
	HTTP  Caller
	Clock clock.Clock
}

// Connector runs one app. It is safe for concurrent use.
type Connector struct {
	app     *appdef.App
	deps    Deps
	modules []*module.Module
	// secretFields are the names of the password fields, by connection type.
	secretFields map[string]map[string]bool
	common       []string // texts of the app-wide secret data
}

// New returns a Connector for an app that was loaded without problems. The error names what is missing in deps.
func New(app *appdef.App, deps Deps) (*Connector, error) {
	if app == nil || deps.HTTP == nil || deps.Clock == nil {
		return nil, fault.New(fault.InvalidConfiguration, "[connector-incomplete] A connector needs an app, an HTTP client and a clock.")
	}
	c := &Connector{app: app, deps: deps, secretFields: map[string]map[string]bool{}, common: texts(nil, app.Common)}
	for name, connection := range app.Connections {
		c.secretFields[name] = passwordFields(connection.Parameters)
		c.common = texts(c.common, connection.Common)
	}
	for i, d := range app.Describe() {
		c.modules = append(c.modules, c.module(app.Modules[i], d))
	}
	return c, nil
}

// App returns the definition.
func (c *Connector) App() *appdef.App { return c.app }

// Modules returns the app's modules with their code, in the order of the app. Instant triggers have none: Receive does their work.
func (c *Connector) Modules() []*module.Module { return c.modules }

func (c *Connector) module(m *appdef.Module, d module.Description) *module.Module {
	out := &module.Module{Description: d, Simulates: true}
	if m.Kind == module.Trigger {
		// The cursor is kept by whoever runs the cycle, so there is nothing to do here at its end.
		end := func(context.Context, module.CycleID) error { return nil }
		out.Commit, out.Rollback = end, end
	}
	if m.Kind == module.InstantTrigger && len(m.Unsupported) == 0 {
		return out
	}
	if m.Kind == module.Universal && !m.Annotated {
		out.DeliveryOf = func(op *module.Operation) module.Delivery {
			class := module.MethodDelivery(op.Input.Get("method").Str())
			if class == module.Unsafe && d.KeyHeader != "" {
				return module.Idempotent
			}
			return class
		}
	}
	out.Run = func(ctx context.Context, op *module.Operation, conn *module.Connection, to module.Output) error {
		return c.run(ctx, m, op, conn, to)
	}
	return out
}

// run is one operation of a module.
func (c *Connector) run(ctx context.Context, m *appdef.Module, op *module.Operation, conn *module.Connection, to module.Output) error {
	if err := unsupported(m.Label, m.Unsupported); err != nil {
		return err
	}
	if err := c.checkConnection(m.Label, m.Connection, conn); err != nil {
		return err
	}
	b := value.NewBuilder(op.Parameters.Len() + op.Input.Len())
	parameters, err := module.Coerce(b.Merge(op.Parameters).Merge(op.Input).Build(), m.Parameters, op.Zone)
	if err != nil {
		return err
	}
	o := c.operation(parameters, conn, op.Seed)
	o.module, o.scenario, o.key = m, op.Scenario, op.Idempotency
	o.env.Now, o.env.Zone = op.Started, op.Zone
	if op.Started.IsZero() {
		o.env.Now = c.deps.Clock.Now()
	}
	o.record = to.Exchange
	if err := o.bindHost(); err != nil {
		return err
	}
	sink := bundles{kind: m.Kind, emit: to.Bundle}
	if op.Dry {
		ctx = outbound.DryRun(ctx)
	}
	if m.Kind == module.Trigger {
		return o.watch(ctx, op.Cursor, &sink, to.Cursor)
	}
	if err := o.communicate(ctx, m.Communication, &sink); err != nil {
		return o.simulate(ctx, op, err)
	}
	return sink.finish()
}

// unsupported is the error for parts of an app that need what Ropeway does not do.
func unsupported(label string, reasons []string) error {
	if len(reasons) == 0 {
		return nil
	}
	return fault.Newf(fault.InvalidConfiguration, "[module-unsupported] %q cannot run: it needs %s.", label, reasons[0]).
		WithHint("[hint-other-module] Use another module, or change the definition of the app.")
}

// checkConnection sees to it that there is a connection where one is needed, and that it is one of this app.
func (c *Connector) checkConnection(label, needed string, conn *module.Connection) error {
	switch {
	case needed == "":
		return nil
	case conn == nil:
		return fault.Newf(fault.InvalidConfiguration, "[connection-none] No connection is chosen for %q.", label).
			WithField("connection").WithHintf("[hint-choose-connection] Open the module and choose or make a connection to %s.", c.app.Label)
	case conn.App != "" && conn.App != c.app.Name:
		return fault.Newf(fault.InvalidConfiguration, "[connection-app] The connection of %q belongs to the app %s, not to %s.", label, conn.App, c.app.Name).
			WithField("connection").WithHint("[hint-other-connection] Open the module and choose another connection.")
	}
	return nil
}

// bundles turns the outputs of a communication into bundles, which are always collections.
type bundles struct {
	kind  module.Kind
	emit  func(value.Value) error
	count int
}

func (b *bundles) put(v value.Value, iterated bool) error {
	if !iterated && v.Kind() == value.KindArray {
		if b.kind != module.Search && b.kind != module.Trigger {
			return b.one(value.Collection(value.F("array", v)))
		}
		for _, item := range v.Items() {
			if err := b.one(item); err != nil {
				return err
			}
		}
		return nil
	}
	if v.IsNothing() {
		return nil
	}
	return b.one(v)
}

func (b *bundles) one(v value.Value) error {
	if v.Kind() != value.KindCollection {
		v = value.Collection(value.F("value", v))
	}
	b.count++
	return b.emit(v)
}

// finish gives actions their one bundle where the service answered with nothing, so that the scenario goes on behind them.
func (b *bundles) finish() error {
	if b.count > 0 || b.kind == module.Search || b.kind == module.Trigger {
		return nil
	}
	return b.emit(value.Collection())
}
