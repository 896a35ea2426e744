// Package builtin holds the modules that are code: flow control, tools, text, JSON, XML, CSV, HTTP and data stores.
//
// Each module is one value with its description, its fields and its code, so that documentation, forms, checks and
// behaviour come from one place and cannot drift apart. It does not decide when a module runs, does not dial out
// itself, and keeps nothing on disk: the engine, the Caller and the DataStores that it is given do that.
package builtin

import (
	"context"
	"slices"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/outbound"
)

// Caller makes calls to the outside; *outbound.Client is one.
type Caller interface {
	// Do makes one call. Beside an error the response may be there too, with the record of the call.
	Do(ctx context.Context, r outbound.Request) (*outbound.Response, error)
}

var _ Caller = (*outbound.Client)(nil)

// Keychains opens the credentials that a module names in a field of its own.
type Keychains interface {
	// Open returns the connection that ref names; m says which type of connection is meant.
	Open(ctx context.Context, m *module.Description, ref string) (*module.Connection, error)
}

// Deps is what the modules need from outside.
type Deps struct {
	// HTTP makes the calls of the HTTP modules.
	HTTP Caller
	// Clock is what the Sleep module waits on and what the wait of a rate limit is reckoned from.
	Clock clock.Clock
	// Stores keeps the records of the data stores; nil keeps them in memory.
	Stores DataStores
	// Scenarios runs other scenarios for those that call them; nil refuses to.
	Scenarios Scenarios
	// Keychains opens the keychains of "Make a request"; nil refuses them.
	Keychains Keychains
	// Cookies returns the cookies that the HTTP modules of one execution share; nil refuses to share them.
	Cookies func(execution string) *outbound.CookieJar
}

// Modules returns every built-in module, grouped by app. The modules are safe for concurrent use.
func Modules(deps Deps) []*module.Module {
	if deps.Stores == nil {
		deps.Stores = NewMemoryStores()
	}
	return dress(slices.Concat(
		flowModules(), directiveModules(), variableModules(), toolModules(deps.Clock), aggregatorModules(),
		jsonModules(), xmlModules(), csvModules(), textParserModules(), markdownModules(),
		gatewayModules(), httpModules(deps), dataStoreModules(deps.Stores), subscenarioModules(deps.Scenarios),
	))
}
