// Package blueprint reads scenarios as JSON documents, says what is wrong with them, and prints them back.
//
// Scenarios come from editors, from exports of other systems and from people with a text editor, so everything that is
// understood gets a typed place, everything else is kept as it was, and each problem is told with its path and a way out.
// The package does not run scenarios and does not know which modules exist: a Catalog tells it.
package blueprint

import (
	"strings"

	"github.com/ropeway/ropeway/internal/expression"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/filter"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// Blueprint is a scenario. It is immutable once parsed.
type Blueprint struct {
	Name        string
	Description string
	Flow        []*Node
	Settings    Settings
	Instant     bool       // a webhook starts it
	Interface   *Interface // inputs and outputs of the scenario; nil where none are declared
	Orphans     [][]*Node  // rows of modules that the editor keeps unconnected; not validated, never run

	document value.Value // as it was read, with its wrapper
	raw      value.Value // the blueprint inside the document
	nodes    []*Node     // in document order, without orphans
	problems fault.Problems
}

// Interface declares what a scenario takes and gives when another scenario or a person starts it.
type Interface struct {
	Inputs, Outputs []module.Field
}

// Node is one module in its place.
type Node struct {
	ID      int    // number of the module, unique in the blueprint; 0 where it is missing or no number
	Module  string // "app:Name"
	Version int
	Path    string // "flow[2].routes[0].flow[1]"
	Label   string // the name given in the editor, "" for none

	Parameters value.Value      // static fields: a collection, or undefined
	Mapper     *expression.Tree // mapped fields; nil where the mapper is null or missing
	RawMapper  value.Value      // the mapper as it was written
	Filter     *filter.Filter   // nil where there is none
	Connection string           // of parameters.__IMTCONN__ or its older names, "" for none
	Hook       string           // of parameters.hook, "" for none

	Feeder      int                  // aggregators: the module whose bundles are collected, 0 for none
	GroupBy     *expression.Template // aggregators: one output bundle for each result; nil for one in all
	StopIfEmpty bool                 // aggregators: nothing goes on when nothing arrived
	Disabled    bool                 // bundles pass it by

	OnError    []*Node // the error route
	HasOnError bool    // an error route is there, even if it is empty

	Routes       []Route          // routers
	ElseRoute    int              // routers: index of the fallback route, -1 for none
	Branches     []Branch         // if-else
	Outputs      []MergeOutput    // merge
	MergeFilters []*filter.Filter // merge: one for each branch that ends here, nil for none

	SafeToRepeat *bool // overrides the module's delivery class; nil leaves it
	// IdempotencyHeader names the header in which the module sends an idempotency key, "" for none.
	IdempotencyHeader string

	Expect    []module.Field // mapped fields as the editor last knew them
	Interface []module.Field // output fields as the editor last knew them

	raw     value.Value
	ordinal int // in Blueprint.nodes; -1 for orphans
}

// Route is one way out of a router.
type Route struct {
	Flow     []*Node
	Disabled bool
}

// Branch is one way out of an if-else.
type Branch struct {
	Label    string
	Filter   *filter.Filter
	Flow     []*Node
	Else     bool // taken when no other branch is
	Merge    bool // goes on at the merge behind the if-else
	Disabled bool
}

// MergeOutput is one field that a merge puts out.
type MergeOutput struct {
	Name     string
	Mappings []*expression.Tree // one for each branch that ends at the merge; nil for null
}

// App returns the part of the module's name before the colon.
func (n *Node) App() string {
	app, _, _ := strings.Cut(n.Module, ":")
	return app
}

// Raw returns the node as it was written.
func (n *Node) Raw() value.Value { return n.raw }

// Raw returns the blueprint as it was written, without a wrapper around it.
func (b *Blueprint) Raw() value.Value { return b.raw }

// Nodes lists every module in document order, those of routes, branches and error routes included. The slice must not be changed.
func (b *Blueprint) Nodes() []*Node { return b.nodes }

// WalkContext says where Walk has come to.
type WalkContext struct {
	Flow    []*Node // the row of modules that holds the node
	Index   int     // of the node in Flow
	Parent  *Node   // the router, if-else or failing module that Flow belongs to; nil for the main flow
	ErrorOf *Node   // the module whose error route this is in, the innermost one; nil outside
	Depth   int     // 0 for the main flow
}

// Walk calls fn for each module, depth first in document order: the module, then its error route, routes and branches.
func (b *Blueprint) Walk(fn func(n *Node, ctx WalkContext)) { walk(b.Flow, WalkContext{}, fn) }

func walk(flow []*Node, ctx WalkContext, fn func(*Node, WalkContext)) {
	ctx.Flow = flow
	for i, n := range flow {
		ctx.Index = i
		fn(n, ctx)
		inner := WalkContext{Parent: n, ErrorOf: n, Depth: ctx.Depth + 1}
		walk(n.OnError, inner, fn)
		inner.ErrorOf = ctx.ErrorOf
		for _, r := range n.Routes {
			walk(r.Flow, inner, fn)
		}
		for _, br := range n.Branches {
			walk(br.Flow, inner, fn)
		}
	}
}
