package server

import (
	"context"
	"sync"

	"github.com/ropeway/ropeway/internal/builtin"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/outbound"
	"github.com/ropeway/ropeway/internal/value"
)

// keychains opens the credentials that HTTP modules name, from the same place as connections. It exists because
// modules are made before the connections are there.
type keychains struct{ system *System }

var _ builtin.Keychains = keychains{}

// Open returns the connection that ref names.
func (k keychains) Open(ctx context.Context, m *module.Description, ref string) (*module.Connection, error) {
	if k.system.Runner.Connections == nil {
		return nil, fault.New(fault.InvalidConfiguration, "[no-connections-here] There are no connections here.")
	}
	return k.system.Runner.Connections.Open(ctx, m, ref)
}

// maxCookieJars is how many executions keep cookies at the same time; the oldest ones lose theirs beyond it.
const maxCookieJars = 1024

// cookieJars holds the cookies that the HTTP modules of one execution share.
type cookieJars struct {
	mu    sync.Mutex
	jars  map[string]*outbound.CookieJar
	order []string // executions, oldest first
}

// of returns the jar of an execution, a new one at the first call.
func (c *cookieJars) of(execution string) *outbound.CookieJar {
	c.mu.Lock()
	defer c.mu.Unlock()
	if jar := c.jars[execution]; jar != nil {
		return jar
	}
	if c.jars == nil {
		c.jars = map[string]*outbound.CookieJar{}
	}
	if len(c.order) == maxCookieJars {
		delete(c.jars, c.order[0])
		c.order = c.order[1:]
	}
	jar := outbound.NewCookieJar()
	c.jars[execution] = jar
	c.order = append(c.order, execution)
	return jar
}

// late is what modules need of a service, which is there after them.
type late struct{ service *Service }

// serve makes the service the one that the modules work with, before it starts anything.
func (s *System) serve(by *Service) { s.late.service = by }

// queued lets an instant trigger take from the queue of its webhook, for executions that a schedule has started.
func (l *late) queued(m *module.Module) {
	if !listens(m) || m.Run != nil {
		return
	}
	m.Transactional = true
	m.Run = func(ctx context.Context, op *module.Operation, conn *module.Connection, out module.Output) error {
		if l.service == nil || journalOf(ctx) == nil {
			return fault.New(fault.InvalidConfiguration, "[needs-webhook-data] A trigger that waits for webhooks needs the data of a call to run with.")
		}
		return l.service.takePayloads(ctx, op, conn, out)
	}
}

// lateStores are the data stores of the service.
type lateStores struct{ late *late }

var _ builtin.DataStores = lateStores{}

func (l lateStores) stores() (*dataStores, error) {
	if l.late.service == nil {
		return nil, fault.New(fault.InvalidConfiguration, "[stores-need-server] Data stores are only there while a server runs.")
	}
	return l.late.service.dataStores, nil
}

// Get asks the service.
func (l lateStores) Get(ctx context.Context, cycle module.CycleID, ref, key string) (value.Value, bool, error) {
	s, err := l.stores()
	if err != nil {
		return value.Undefined, false, err
	}
	return s.Get(ctx, cycle, ref, key)
}

// Each asks the service.
func (l lateStores) Each(ctx context.Context, cycle module.CycleID, ref string, yield func(string, value.Value) bool) error {
	s, err := l.stores()
	if err != nil {
		return err
	}
	return s.Each(ctx, cycle, ref, yield)
}

// Stage asks the service.
func (l lateStores) Stage(ctx context.Context, cycle module.CycleID, ref string, c builtin.Change) error {
	s, err := l.stores()
	if err != nil {
		return err
	}
	return s.Stage(ctx, cycle, ref, c)
}

// Commit has nothing to do: the journal writes what is staged.
func (lateStores) Commit(context.Context, module.CycleID) error { return nil }

// Rollback has nothing to do: the journal drops what is staged.
func (lateStores) Rollback(context.Context, module.CycleID) error { return nil }
