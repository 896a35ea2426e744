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
		return nil, fault.New(fault.InvalidConfiguration, "There are no connections here.")
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

// noStores refuses data stores where what they keep would be lost at the next stop.
type noStores struct{}

var _ builtin.DataStores = noStores{}

func (noStores) refuse() error {
	return fault.New(fault.InvalidConfiguration, "Data stores are not available in the server yet.").
		WithHint("ropeway scenario run works with data stores in memory")
}

// Get is refused.
func (n noStores) Get(context.Context, module.CycleID, string, string) (value.Value, bool, error) {
	return value.Undefined, false, n.refuse()
}

// Each is refused.
func (n noStores) Each(context.Context, module.CycleID, string, func(string, value.Value) bool) error {
	return n.refuse()
}

// Stage is refused.
func (n noStores) Stage(context.Context, module.CycleID, string, builtin.Change) error {
	return n.refuse()
}

// Commit has nothing to do.
func (noStores) Commit(context.Context, module.CycleID) error { return nil }

// Rollback has nothing to do.
func (noStores) Rollback(context.Context, module.CycleID) error { return nil }
