package blueprint

import (
	"slices"
	"strings"

	"github.com/ropeway/ropeway/internal/expression"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/filter"
	"github.com/ropeway/ropeway/internal/module"
)

// visibility says whether a module's output can be used at one place of the scenario.
type visibility uint8

const (
	unseen    visibility = iota // it has not run when a bundle comes to the place
	seen                        // its output is there
	failed                      // it is the module that failed; its error is there
	collected                   // its bundles were collected by an aggregator
)

// enter makes a module visible.
func (c *checker) enter(n *Node, as visibility) {
	c.status[n.ordinal] = as
	c.visible = append(c.visible, n)
}

// leave hides everything that became visible since mark, and shows again what aggregators in between have hidden.
func (c *checker) leave(mark int) {
	for _, n := range c.visible[mark:] {
		c.status[n.ordinal] = unseen
	}
	c.visible = c.visible[:mark]
	for _, n := range c.visible {
		if c.hider[n.ordinal] != nil && c.status[c.hider[n.ordinal].ordinal] == unseen {
			c.status[n.ordinal], c.hider[n.ordinal] = seen, nil
		}
	}
}

// hide takes away the modules from feeder on, because by has collected their bundles.
func (c *checker) hide(feeder, by *Node) {
	for i := len(c.visible) - 1; i >= 0; i-- {
		n := c.visible[i]
		if c.status[n.ordinal] == seen {
			c.status[n.ordinal], c.hider[n.ordinal] = collected, by
		}
		if n == feeder {
			return
		}
	}
}

func (c *checker) treeReferences(n *Node, t *expression.Tree, path string) {
	if t != nil {
		t.Walk(func(at string, inner *expression.Template) { c.references(n, join(path, at), inner) })
	}
}

func (c *checker) filterReferences(n *Node, f *filter.Filter, path string) {
	f.Templates(func(at string, t *expression.Template) { c.references(n, join(path, at), t) })
}

// references checks each place where a template reads data.
func (c *checker) references(n *Node, path string, t *expression.Template) {
	for _, ref := range t.References() {
		if ref.Name != "" {
			c.namedReference(path, ref)
			continue
		}
		c.moduleReference(n, path, ref)
	}
}

func (c *checker) moduleReference(n *Node, path string, ref expression.Reference) {
	target := c.byID[ref.Module]
	if target == nil {
		c.problem(path, "map the field again from a module that exists",
			"[reference-gone] column %d: there is no module %d in this scenario", ref.Column, ref.Module)
		return
	}
	if target == n && c.status[n.ordinal] != failed {
		c.problem(path, "use the output of a module before it", "[reference-own] column %d: %s refers to its own output", ref.Column, n.title())
		return
	}
	switch c.status[target.ordinal] {
	case unseen:
		c.unseen(n, target, path, ref)
	case collected:
		by := c.hider[target.ordinal]
		c.problem(path, "map what is needed into the aggregator, and use its output",
			"[reference-collected] column %d: the bundles of %s are collected by %s, so behind it they cannot be used one by one", ref.Column, target.title(), by.title())
	case failed:
		if len(ref.Path) == 0 || ref.Path[0] != "error" {
			c.warning(path, "use error.message or error.type", "[reference-error] column %d: in its error route %s has no output, only its error", ref.Column, target.title())
		}
	case seen:
		c.output(target, path, ref)
	}
}

// unseen explains why a module that exists has not run.
func (c *checker) unseen(n, target *Node, path string, ref expression.Reference) {
	if target.ordinal > n.ordinal {
		c.problem(path, "use a module in front of it, or move the module", "[reference-later] column %d: %s has not run at this point: it stands later or in another route", ref.Column, target.title())
		return
	}
	c.problem(path, "keep the value in a variable (util:SetVariable2 and util:GetVariable2), or repeat the module in this route",
		"[reference-elsewhere] column %d: %s is in another route, whose data cannot be used here", ref.Column, target.title())
}

// output points to modules that run before but put out nothing.
func (c *checker) output(target *Node, path string, ref expression.Reference) {
	switch c.kind(target) {
	case module.Router, module.IfElse, module.Directive, module.Responder:
		c.warning(path, "use the module before it", "[reference-empty] column %d: %s puts out no data, so this is always empty", ref.Column, target.title())
		return
	default: // the others put out data, unless they are disabled
	}
	if c.off[target.ordinal] {
		c.warning(path, "enable the module, or map another one", "[reference-off] column %d: %s is disabled, so this is always empty", ref.Column, target.title())
	}
}

// roots are the names that expressions of a scenario may start with.
func roots() []string { return []string{"var", "executionId"} }

// namedReference checks references that start with a name instead of a module's number.
func (c *checker) namedReference(path string, ref expression.Reference) {
	if !slices.Contains(roots(), ref.Name) {
		hint := "write a value here; data of a module starts with its number, such as {{1.email}}"
		if near := fault.Nearest(ref.Name, roots()); near != "" {
			hint = "did you mean " + near + "?"
		}
		c.warning(path, hint, "[reference-unknown] column %d: there is nothing named %q, so this is always empty", ref.Column, cut(ref.Name))
		return
	}
	if ref.Name == "var" && len(ref.Path) > 0 {
		c.variable(path, ref)
	}
}

func (c *checker) variable(path string, ref expression.Reference) {
	groups := []string{"input", "organization", "scenario", "team"}
	switch group := ref.Path[0]; {
	case !slices.Contains(groups, group):
		c.warning(path, "use var."+strings.Join(groups, ", var."), "column %d: there are no variables var.%s", ref.Column, cut(group))
	case group == "input" && len(ref.Path) > 1:
		c.input(path, ref)
	}
}

// input checks that the scenario declares the input it uses.
func (c *checker) input(path string, ref expression.Reference) {
	name := ref.Path[1]
	if c.b.Interface == nil {
		c.warning(path, "add it to the inputs of the scenario", "[inputs-none] column %d: the scenario declares no inputs, so %q may be empty", ref.Column, cut(name))
		return
	}
	names := make([]string, len(c.b.Interface.Inputs))
	for i, f := range c.b.Interface.Inputs {
		names[i] = f.Name
	}
	if slices.Contains(names, name) {
		return
	}
	hint := "add it to the inputs of the scenario"
	if near := fault.Nearest(name, names); near != "" {
		hint = "did you mean " + near + "?"
	}
	c.warning(path, hint, "[input-unknown] column %d: the scenario has no input %q", ref.Column, cut(name))
}
