package blueprint

import (
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// place is what a flow lies in.
type place struct {
	depth    int
	inError  bool // this is an error route or lies in one
	inBranch bool // this is a branch of an if-else or lies in one
	off      bool // this lies in something disabled
}

// flow checks the modules of one row. atEnd is called while their outputs are still visible.
func (c *checker) flow(nodes []*Node, p place, atEnd func()) {
	mark := len(c.visible)
	for i, n := range nodes {
		c.off[n.ordinal] = p.off || n.Disabled
		c.position(nodes, i, p)
		c.module(n)
		c.node(n, p, nodes[i+1:])
	}
	if atEnd != nil {
		atEnd()
	}
	c.leave(mark)
}

// node checks one module with all that hangs on it, and makes its output visible for what follows.
func (c *checker) node(n *Node, p place, rest []*Node) {
	c.own(n)
	inner := place{depth: p.depth + 1, inError: p.inError, inBranch: p.inBranch, off: c.off[n.ordinal]}
	if n.HasOnError {
		c.errorRoute(n, inner)
	}
	if c.kind(n) == module.Aggregator {
		c.collect(n)
	}
	c.enter(n, seen)
	switch c.kind(n) {
	case module.Router:
		c.routes(n, inner)
	case module.IfElse:
		c.branches(n, inner, rest)
	default: // nothing hangs on the other kinds
	}
	c.shapes(n)
}

// shapes finds members that only modules of another kind have.
func (c *checker) shapes(n *Node) {
	kind := c.kind(n)
	if len(n.Routes) > 0 && kind != module.Router {
		c.problem(n.Path+".routes", "use builtin:BasicRouter", "%s is no router, so its routes are never taken", n.title())
		c.ignored(n)
	}
	if len(n.Branches) > 0 && kind != module.IfElse {
		c.problem(n.Path+".branches", "use builtin:BasicIfElse", "%s is no if-else, so its branches are never taken", n.title())
		c.ignored(n)
	}
}

// ignored treats what hangs on a module of the wrong kind as switched off.
func (c *checker) ignored(n *Node) {
	off := place{off: true}
	if c.kind(n) != module.Router {
		for _, r := range n.Routes {
			c.flow(r.Flow, off, nil)
		}
	}
	if c.kind(n) != module.IfElse {
		for _, b := range n.Branches {
			c.flow(b.Flow, off, nil)
		}
	}
}

// position checks where in its row a module stands.
func (c *checker) position(nodes []*Node, i int, p place) {
	n, kind := nodes[i], c.kind(nodes[i])
	first := i == 0 && p.depth == 0
	switch {
	case first && !n.Filter.Empty():
		c.problem(n.Path+".filter", "move the filter to the second module", "[filter-first] the first module cannot have a filter: no bundle arrives there")
	case !first && (kind == module.Trigger || kind == module.InstantTrigger):
		c.problem(n.Path, "make it the first module, or use a search or action instead",
			"[trigger-inside] %s is a trigger, which can only be the first module of a scenario", n.title())
	}
	if kind == module.Directive {
		c.directive(nodes, i, p)
	}
	if kind == module.Merge && (i == 0 || c.kind(nodes[i-1]) != module.IfElse) {
		c.problem(n.Path, "put it directly behind the if-else whose branches it joins", "%s is a merge without an if-else before it", n.title())
	}
	if i > 0 {
		c.behind(n, nodes[i-1])
	}
}

// behind checks a module that follows one where the flow splits.
func (c *checker) behind(n, before *Node) {
	switch {
	case c.kind(before) == module.Router:
		c.problem(n.Path, "move it into a route of the router, or in front of the router",
			"[behind-router] %s stands behind a router, where no bundle arrives", n.title())
	case c.kind(before) == module.IfElse && c.kind(n) != module.Merge:
		c.problem(n.Path, "put a merge (builtin:BasicMerge) directly behind the if-else, or move the module into a branch",
			"[behind-if-else] %s stands behind an if-else, where no bundle arrives", n.title())
	}
}

func (c *checker) directive(nodes []*Node, i int, p place) {
	n := nodes[i]
	if !p.inError {
		c.problem(n.Path, "move it into the error route (onerror) of the module whose errors it should handle",
			"[directive-outside] %s is a directive, which can only end an error route", n.title())
	}
	if i+1 < len(nodes) {
		c.problem(nodes[i+1].Path, "move the directive to the end, or remove what follows it",
			"[behind-directive] %s is never reached: %s, a directive, ends the route before it", nodes[i+1].title(), n.title())
	}
	if n.Module == breakModule {
		c.breakDirective(n)
	}
}

func (c *checker) breakDirective(n *Node) {
	if !c.b.Settings.StoreIncomplete {
		c.warning(n.Path, `switch on "store incomplete executions" (metadata.scenario.dlq)`,
			"[break-unstored] Break stores incomplete executions although the scenario's settings say not to store them; other systems refuse this")
	}
	for _, field := range []struct {
		name      string
		low, high int
	}{{"count", 1, 100}, {"interval", 1, maxInteger}} {
		v := n.RawMapper.Get(field.name)
		if v.IsEmpty() || hasTemplate(v) {
			continue
		}
		if number, ok := integer(v); !ok || number < field.low || number > field.high {
			c.problem(n.Path+".mapper."+field.name, "usual are a count of 3 and an interval of 15 minutes",
				"expected a whole number from %d to %d, got %s", field.low, field.high, short(v))
		}
	}
}

// own checks the expressions of a module in the scope at its place.
func (c *checker) own(n *Node) {
	c.filterReferences(n, n.Filter, n.Path+".filter")
	c.treeReferences(n, n.Mapper.Without(c.unchosen(n)), n.Path+".mapper")
	if n.GroupBy != nil {
		c.references(n, n.Path+".flags.groupBy", n.GroupBy)
	}
	c.staticTemplates(n.Path+".parameters", n.Parameters)
	c.unusedFlags(n)
}

// unusedFlags points to settings of aggregators on other modules.
func (c *checker) unusedFlags(n *Node) {
	if kind := c.kind(n); kind == module.Aggregator || kind == "" {
		return
	}
	if n.GroupBy != nil {
		c.warning(n.Path+".flags.groupBy", "remove it", "only aggregators group bundles; %s is none", n.title())
	}
}

// errorRoute checks what happens when the module fails; there its error is visible in place of its output.
func (c *checker) errorRoute(n *Node, inner place) {
	switch c.kind(n) {
	case module.Router, module.IfElse, module.Merge, module.Directive:
		c.warning(n.Path+".onerror", "put error routes on modules that do something", "[never-fails] %s never fails, so its error route is never taken", n.title())
	default: // the others can fail
	}
	mark := len(c.visible)
	c.enter(n, failed)
	inner.inError = true
	c.flow(n.OnError, inner, nil)
	c.leave(mark)
}

func (c *checker) routes(n *Node, inner place) {
	if !n.Filter.Empty() {
		c.warning(n.Path+".filter", "put it on the first module of each route",
			"the filter stands on a router; it works here, but other systems refuse it")
	}
	c.noFields(n, "a router")
	if !hasFlow(n.Routes) {
		hint := "add a module to a route, or remove the router"
		if !n.RawMapper.Get("routes").IsUndefined() {
			hint = `move "routes" out of the mapper: it belongs beside it`
		}
		c.problem(n.Path+".routes", hint, "[router-empty] the router has no route with a module in it")
	}
	if n.ElseRoute >= len(n.Routes) || n.ElseRoute < -1 {
		c.problem(n.Path+".parameters.else", "use the index of a route, counted from 0",
			"the fallback route %d does not exist; the router has %d", n.ElseRoute, len(n.Routes))
	}
	for i, r := range n.Routes {
		c.route(n, i, r, inner)
	}
}

func hasFlow(routes []Route) bool {
	for _, r := range routes {
		if len(r.Flow) > 0 {
			return true
		}
	}
	return false
}

func (c *checker) route(n *Node, i int, r Route, inner place) {
	path := element(n.Path+".routes", i)
	if i == n.ElseRoute && r.Disabled {
		c.warning(path+".disabled", "enable it, or choose another route", "[fallback-off] the fallback route is disabled, so bundles that no route accepts end here")
	}
	inner.off = inner.off || r.Disabled
	c.flow(r.Flow, inner, nil)
}

// noFields checks that a module which only splits the flow has nothing to map.
func (c *checker) noFields(n *Node, what string) {
	if !n.RawMapper.IsEmpty() {
		c.warning(n.Path+".mapper", "write null", "%s has no fields to map, so these are ignored", what)
	}
}

// collect checks an aggregator and hides the modules whose bundles it collects.
func (c *checker) collect(n *Node) {
	path, hint := n.Path+".parameters.feeder", "choose the module whose bundles are to be collected: an iterator, a search or a trigger before the aggregator"
	feeder := c.byID[n.Feeder]
	switch {
	case n.Feeder == 0:
		if n.Parameters.Get("feeder").IsEmpty() {
			c.problem(path, hint, "[source-missing] %s has no source module", n.title())
		}
		return
	case feeder == nil:
		c.problem(path, hint, "[source-gone] the source module %d does not exist", n.Feeder)
		return
	case feeder == n:
		c.problem(path, hint, "an aggregator cannot be its own source module")
		return
	}
	if kind := c.kind(feeder); kind == module.Router || kind == module.IfElse || kind == module.Directive {
		c.problem(path, hint, "[source-none] %s puts out no bundles of its own, so it cannot be a source module", feeder.title())
		return
	}
	switch c.status[feeder.ordinal] {
	case seen:
		c.hide(feeder, n)
	case collected:
		c.problem(path, "choose the aggregator itself, or a module behind it",
			"[source-collected] the bundles of %s are already collected by %s", feeder.title(), c.hider[feeder.ordinal].title())
	default:
		c.problem(path, hint, "[source-late] the source module must run before the aggregator in the same route; %s does not", feeder.title())
	}
}

// branches checks an if-else; rest are the modules behind it in the same row.
func (c *checker) branches(n *Node, inner place, rest []*Node) {
	c.noFields(n, "an if-else")
	if inner.inBranch {
		c.problem(n.Path, "use one if-else with more branches", "an if-else cannot stand in a branch of another one")
	}
	if len(n.Branches) == 0 {
		c.problem(n.Path+".branches", "add a branch with conditions", "[if-else-empty] the if-else has no branch")
	}
	merging, defaults := 0, 0
	var merge *Node
	if len(rest) > 0 && c.kind(rest[0]) == module.Merge {
		merge = rest[0]
	}
	inner.inBranch = true
	for i, b := range n.Branches {
		if b.Else {
			defaults++
		}
		input := -1
		if b.Merge {
			input, merging = merging, merging+1
		}
		c.branch(n, i, inner, merge, input)
	}
	if defaults > 1 {
		c.problem(n.Path+".branches", "keep one branch of type else", "[else-many] the if-else has %d else branches; only one can be taken", defaults)
	}
	c.mergeShape(n, merge, merging)
}

// branch checks branch i; its modules are visible in the merge's mapping number input, if it merges.
func (c *checker) branch(n *Node, i int, inner place, merge *Node, input int) {
	b, path := n.Branches[i], element(n.Path+".branches", i)
	c.filterReferences(n, b.Filter, path+".conditions")
	switch {
	case b.Else && !b.Filter.Empty():
		c.warning(path+".conditions", "remove them, or make the branch one of type condition", "an else branch has no conditions, so these are ignored")
	case !b.Else && b.Filter.Empty():
		c.warning(path+".conditions", "add a condition, or make it the else branch", "[branch-unconditional] the branch has no conditions, so it is never taken")
	}
	if len(b.Flow) == 0 && !b.Merge {
		c.warning(path+".flow", "add a module, or remove the branch", "[branch-empty] the branch has no modules: bundles that take it end there")
	}
	for _, inside := range b.Flow {
		if c.kind(inside) == module.Router {
			c.problem(inside.Path, "put the router in front of the if-else", "[branch-router] a router cannot stand in a branch of an if-else")
		}
	}
	inner.off = inner.off || b.Disabled
	c.flow(b.Flow, inner, func() {
		if merge != nil && input >= 0 {
			c.mergeInput(merge, input)
		}
	})
}

// mergeInput checks what a merge takes from one branch, in the scope at the end of that branch.
func (c *checker) mergeInput(merge *Node, input int) {
	for i, output := range merge.Outputs {
		if input < len(output.Mappings) {
			c.treeReferences(merge, output.Mappings[input], element(element(merge.Path+".outputs", i)+".mappings", input))
		}
	}
	if input < len(merge.MergeFilters) {
		c.filterReferences(merge, merge.MergeFilters[input], element(merge.Path+".filters", input))
	}
}

// mergeShape checks that the merge has one mapping for each branch that ends there.
func (c *checker) mergeShape(n, merge *Node, merging int) {
	switch {
	case merge == nil && merging > 0:
		c.problem(n.Path+".branches", "add a merge (builtin:BasicMerge) directly behind it, or set merge to false",
			"[merge-missing] branches of the if-else are to be merged, but no merge follows it")
		return
	case merge == nil:
		return
	case merging == 0:
		c.problem(merge.Path, "set merge to true for the branches that go on here", "no branch of the if-else before it is to be merged")
	}
	c.noFields(merge, "a merge")
	if len(merge.Outputs) == 0 {
		c.warning(merge.Path+".outputs", "add an output to use data of the branches later", "the merge puts out an empty bundle")
	}
	for i, output := range merge.Outputs {
		if len(output.Mappings) != merging {
			c.problem(element(merge.Path+".outputs", i)+".mappings", "write one for each branch with merge set to true, in their order",
				"%d branches are merged, but there are %d mappings", merging, len(output.Mappings))
		}
	}
	if len(merge.MergeFilters) != 0 && len(merge.MergeFilters) != merging {
		c.problem(merge.Path+".filters", "write one for each branch with merge set to true, null for no filter",
			"%d branches are merged, but there are %d filters", merging, len(merge.MergeFilters))
	}
}

// staticTemplates points to expressions where none are evaluated.
func (c *checker) staticTemplates(path string, v value.Value) {
	switch v.Kind() {
	case value.KindText:
		if hasTemplate(v) {
			c.warning(path, "write the value itself, or use a field of the mapper", "[fixed-field] this field is static: {{…}} stands there as plain text")
		}
	case value.KindArray:
		for i, x := range v.Items() {
			c.staticTemplates(element(path, i), x)
		}
	case value.KindCollection:
		for key, x := range v.Fields() {
			c.staticTemplates(join(path, key), x)
		}
	}
}
