package engine

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ropeway/ropeway/internal/blueprint"
	"github.com/ropeway/ropeway/internal/expression"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/filter"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// Catalog finds the module behind a node.
type Catalog interface {
	// Find returns the module by full name ("app:Name") and version, the nearest version where that one is missing.
	Find(name string, version int) (*module.Module, bool)
}

// Plan is a blueprint bound to its modules. It is immutable and serves any number of executions at once.
type Plan struct {
	Name     string
	Settings blueprint.Settings
	// SerialReason says why bundles run one after another although the settings ask for more at once; "" where they do not.
	SerialReason string

	zone     *time.Location
	main     *flow
	nodes    []*node // in document order
	byID     map[int]*node
	flows    []*flow // all of them
	identity uint64  // of the blueprint and the modules that it is bound to
	modules  func() []ModuleInfo
}

// node is one module of the scenario.
type node struct {
	id        int
	module    *module.Module
	label     string
	flow      *flow
	pos       int
	filter    *filter.Filter
	params    value.Value
	mapper    *expression.Tree // without the fields of options that are not chosen
	takes     []module.Field   // what the module maps for each bundle
	groupBy   *expression.Template
	stopEmpty bool
	disabled  bool
	conn      string
	feeder    *node
	feeds     []*node // aggregators that collect this node's bundles, in document order
	onError   *flow
	routes    []*flow
	elseRoute *flow
	branches  []branch
	merge     *blueprint.Node // outputs and filters of a merge
	keyHeader string          // in which the module sends an idempotency key, "" for none
	keyNamed  bool            // by the scenario
	safe      *bool           // whether the scenario declares it safe to repeat; nil = it says nothing
	index     int             // in Plan.nodes
}

type branch struct {
	isElse bool
	filter *filter.Filter
	flow   *flow
}

// flow is a row of modules: the main one, a route, a branch or an error route.
type flow struct {
	nodes    []*node
	index    int   // in Plan.flows
	errorOf  *node // the module whose error route this is
	inError  bool  // this is an error route or lies in one
	disabled bool
	// mergeInto continues a finished bundle of a branch at a merge, as its mergeIndex-th input.
	mergeInto  *node
	mergeIndex int
}

// Compile binds the blueprint to the modules of the catalog. Problems are modules that cannot run; a blueprint
// should have passed Validate before.
func Compile(bp *blueprint.Blueprint, catalog Catalog) (*Plan, fault.Problems) {
	c := compiler{catalog: catalog, plan: &Plan{Name: bp.Name, Settings: bp.Settings, zone: time.UTC, byID: map[int]*node{}}}
	if bp.Settings.Timezone != "" {
		zone, err := time.LoadLocation(bp.Settings.Timezone)
		if err != nil {
			c.problem("metadata.ropeway.timezone", fmt.Sprintf("there is no time zone %q", bp.Settings.Timezone), "use a name such as Europe/Rome")
		} else {
			c.plan.zone = zone
		}
	}
	if len(bp.Flow) == 0 {
		c.problem("flow", "the scenario has no module", "add a trigger or an action as the first module")
	}
	c.plan.main = c.flow(bp.Flow, &flow{})
	c.linkFeeders(bp)
	c.plan.SerialReason = c.serialReason()
	c.plan.identity = c.identity(bp)
	c.plan.modules = sync.OnceValue(c.plan.listModules)
	return c.plan, c.problems
}

type compiler struct {
	catalog  Catalog
	plan     *Plan
	problems fault.Problems
}

func (c *compiler) problem(path, text, hint string) {
	c.problems = append(c.problems, fault.Problem{Path: path, Problem: text, Hint: hint})
}

func (c *compiler) flow(nodes []*blueprint.Node, f *flow) *flow {
	f.index = len(c.plan.flows)
	c.plan.flows = append(c.plan.flows, f)
	for i, b := range nodes {
		n := c.node(b)
		n.flow, n.pos = f, i
		f.nodes = append(f.nodes, n)
	}
	for i, n := range f.nodes {
		if n.module.Kind == module.IfElse && i+1 < len(f.nodes) && f.nodes[i+1].module.Kind == module.Merge {
			joinBranches(n, f.nodes[i+1], nodes[i])
		}
	}
	for i, n := range f.nodes {
		c.children(n, nodes[i])
	}
	return f
}

// joinBranches makes the merging branches of an if-else continue at the merge behind it.
func joinBranches(ifElse, merge *node, b *blueprint.Node) {
	input := 0
	for i := range b.Branches {
		f := &flow{disabled: b.Branches[i].Disabled}
		if b.Branches[i].Merge {
			f.mergeInto, f.mergeIndex = merge, input
			input++
		}
		ifElse.branches = append(ifElse.branches, branch{flow: f})
	}
}

func (c *compiler) node(b *blueprint.Node) *node {
	n := &node{
		id: b.ID, label: b.Label, filter: b.Filter, params: b.Parameters, groupBy: b.GroupBy,
		stopEmpty: b.StopIfEmpty, disabled: b.Disabled, conn: b.Connection, safe: b.SafeToRepeat, index: len(c.plan.nodes),
	}
	if n.params.Kind() != value.KindCollection {
		n.params = value.Collection()
	}
	n.module = c.find(b)
	n.takes = n.module.Takes(n.params)
	n.mapper = b.Mapper.Without(module.Unchosen(n.takes, b.RawMapper))
	if n.module.Kind == module.Merge {
		n.merge = b
	}
	n.keyHeader = n.module.KeyHeader
	if n.module.TakesKey && b.IdempotencyHeader != "" {
		n.keyHeader, n.keyNamed = b.IdempotencyHeader, true
	}
	c.plan.nodes = append(c.plan.nodes, n)
	c.plan.byID[n.id] = n
	return n
}

// find returns the module of a node; a node that cannot run gets an empty module, and a problem unless it is disabled.
func (c *compiler) find(b *blueprint.Node) *module.Module {
	m, ok := c.catalog.Find(b.Module, b.Version)
	if ok {
		if len(m.Unsupported) > 0 && !b.Disabled {
			c.problem(b.Path, fmt.Sprintf("module %d: %s needs %s, which there is not yet", b.ID, m.Label, m.Unsupported[0]),
				"replace or disable the module")
		}
		return m
	}
	if !b.Disabled {
		c.problem(b.Path, fmt.Sprintf("module %d: there is no module %s here", b.ID, b.Module),
			"install the app "+b.App()+", or replace or disable the module")
	}
	return &module.Module{Description: module.Description{App: b.App(), Name: b.Module, Kind: module.Action, Delivery: module.Unsafe}}
}

func (c *compiler) children(n *node, b *blueprint.Node) {
	inError := n.flow.inError
	if len(b.OnError) > 0 {
		n.onError = c.flow(b.OnError, &flow{errorOf: n, inError: true})
	}
	for i := range b.Routes {
		r := c.flow(b.Routes[i].Flow, &flow{inError: inError, disabled: b.Routes[i].Disabled})
		n.routes = append(n.routes, r)
		if i == b.ElseRoute {
			n.elseRoute = r
		}
	}
	for i := range b.Branches {
		if len(n.branches) <= i {
			n.branches = append(n.branches, branch{flow: &flow{disabled: b.Branches[i].Disabled}})
		}
		br := &n.branches[i]
		br.isElse, br.filter, br.flow.inError = b.Branches[i].Else, b.Branches[i].Filter, inError
		c.flow(b.Branches[i].Flow, br.flow)
	}
}

func (c *compiler) linkFeeders(bp *blueprint.Blueprint) {
	bp.Walk(func(b *blueprint.Node, _ blueprint.WalkContext) {
		n := c.plan.byID[b.ID]
		if n == nil || n.module.Kind != module.Aggregator || n.disabled {
			return
		}
		n.feeder = c.plan.byID[b.Feeder]
		if n.feeder == nil {
			c.problem(b.Path+".parameters.feeder", fmt.Sprintf("module %d collects bundles of module %d, which does not exist", b.ID, b.Feeder),
				"choose the source module of the aggregator")
			return
		}
		n.feeder.feeds = append(n.feeder.feeds, n)
	})
}

// identity tells plans apart that would walk differently: by the blueprint, and by what is known of its modules.
func (c *compiler) identity(bp *blueprint.Blueprint) uint64 {
	parts := []value.Value{bp.Raw()}
	for _, n := range c.plan.nodes {
		m := n.module
		parts = append(parts, value.Text(fmt.Sprintf("%d %s %d %s %s %t", n.id, m.FullName(), m.Version, m.Kind, m.Delivery, m.Transactional)))
	}
	return HashInput(value.Array(parts...))
}

// serialReason says which module forces one bundle after another.
func (c *compiler) serialReason() string {
	if c.plan.Settings.BundlesAtOnce <= 1 {
		return ""
	}
	for _, n := range c.plan.nodes {
		switch {
		case n.disabled:
		case n.module.State != nil:
			return fmt.Sprintf("module %d (%s) works with variables, whose values depend on the order of bundles", n.id, n.title())
		case n.module.Ordered && c.plan.Settings.OrderKey == nil:
			return fmt.Sprintf("module %d (%s) depends on the order of bundles; a key for the order would allow bundles with different keys side by side", n.id, n.title())
		}
	}
	return ""
}

// UsesVariables reports whether a module of the plan reads or sets variables, so that those kept between executions are
// needed.
func (p *Plan) UsesVariables() bool {
	return slices.ContainsFunc(p.nodes, func(n *node) bool { return n.module.State != nil && !n.disabled })
}

// Computes reports whether all that the plan does is to compute an answer from what a webhook has received: no module calls anything, waits
// or keeps something.
func (p *Plan) Computes() bool {
	return !p.UsesVariables() && !slices.ContainsFunc(p.nodes, func(n *node) bool {
		switch n.module.Kind {
		case module.InstantTrigger, module.Responder: // the first one puts out what is there
			return false
		default:
			return n.module.Run != nil && !n.disabled
		}
	})
}

// Zone returns the time zone of the scenario; never nil.
func (p *Plan) Zone() *time.Location { return p.zone }

// Trigger returns the number and kind of the first module.
func (p *Plan) Trigger() (id int, kind module.Kind) {
	if len(p.main.nodes) == 0 {
		return 0, ""
	}
	return p.main.nodes[0].id, p.main.nodes[0].module.Kind
}

// Behind returns the modules that a bundle can reach from the module with the number, that one included; nil where there is none.
func (p *Plan) Behind(id int) map[int]bool {
	n := p.byID[id]
	if n == nil {
		return nil
	}
	reached := map[int]bool{}
	reach(n.flow, n.pos, reached)
	return reached
}

// reach adds the modules of a flow from a position on, what lies in them, and where the flow leads.
func reach(f *flow, pos int, reached map[int]bool) {
	for _, n := range f.nodes[min(pos, len(f.nodes)):] {
		if reached[n.id] {
			return
		}
		reached[n.id] = true
		for _, r := range n.routes {
			reach(r, 0, reached)
		}
		for _, b := range n.branches {
			reach(b.flow, 0, reached)
		}
		if n.onError != nil {
			reach(n.onError, 0, reached)
		}
	}
	if f.mergeInto != nil {
		reach(f.mergeInto.flow, f.mergeInto.pos, reached)
	}
	if f.errorOf != nil { // the directive Resume leads back
		reach(f.errorOf.flow, f.errorOf.pos+1, reached)
	}
}

// atOnce returns how many bundles may travel side by side.
func (p *Plan) atOnce() int {
	if p.SerialReason != "" {
		return 1
	}
	return max(1, p.Settings.BundlesAtOnce)
}

func (n *node) title() string {
	if n.label != "" {
		return n.label
	}
	return n.module.Label
}

// delivery returns the class of an operation of the node: the module's, unless the scenario declares otherwise.
func (n *node) delivery(op *module.Operation) module.Delivery {
	class := n.module.Class(op)
	if class == module.Unsafe && n.keyNamed { // the service sees to it that it happens once
		class = module.Idempotent
	}
	switch {
	case n.safe != nil && *n.safe && class == module.Unsafe:
		return module.Idempotent
	case n.safe != nil && !*n.safe && class == module.Idempotent:
		return module.Unsafe
	}
	return class
}

// ModuleInfo names one module of a plan, for reports and for opening its connection.
type ModuleInfo struct {
	ID         int
	Module     string         // "app:Name"
	Label      string         // the name given in the scenario, or the module's label
	Connection string         // as the blueprint names it
	Disabled   bool           // the module is skipped
	Bound      *module.Module // what runs
}

// Modules lists the modules of the plan in document order. All executions share the list: it must not be changed.
func (p *Plan) Modules() []ModuleInfo { return p.modules() }

func (p *Plan) listModules() []ModuleInfo {
	infos := make([]ModuleInfo, len(p.nodes))
	for i, n := range p.nodes {
		infos[i] = ModuleInfo{
			ID: n.id, Module: n.module.FullName(), Label: n.title(), Connection: n.conn, Disabled: n.disabled, Bound: n.module,
		}
	}
	return infos
}
