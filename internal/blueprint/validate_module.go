package blueprint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// module checks a node against the description of its module.
func (c *checker) module(n *Node) {
	if c.cat == nil || n.Module == "" {
		return
	}
	d := c.described[n.ordinal]
	if d == nil {
		c.unknownModule(n)
		return
	}
	if d.Version != n.Version && n.Version > 0 && d.Version > 0 {
		c.warning(n.Path+".version", "check its fields in the editor",
			"[version-other] version %d of %s is not installed; version %d is used", n.Version, n.Module, d.Version)
	}
	if len(d.Unsupported) > 0 {
		c.warning(n.Path+".module", "replace or disable the module",
			"[unsupported] %s needs %s, which there is not yet; the scenario can be edited and exported, but not run", n.title(), d.Unsupported[0])
		return
	}
	c.resources(n, d)
	if n.IdempotencyHeader != "" && !d.TakesKey {
		c.problem(n.Path+".metadata.ropeway.idempotencyHeader", "take it out; the HTTP modules can",
			"module %d (%s) cannot send an idempotency key", n.ID, n.Module)
	}
	if c.kind(n).Flow() && c.kind(n) != module.Directive {
		return
	}
	c.required(fieldSet{n: n, own: n.Parameters, other: n.RawMapper, path: n.Path + ".parameters"}, d.Parameters)
	c.required(fieldSet{n: n, own: n.RawMapper, other: n.Parameters, path: n.Path + ".mapper"}, d.Takes(n.Parameters))
	c.values(n, d)
}

func (c *checker) unknownModule(n *Node) {
	path, app := n.Path+".module", n.App()
	switch {
	case app == n.Module:
		c.problem(path, c.suggestion(n.Module), "%q is no name of a module: it must be app:Name", cut(n.Module))
	case c.hasApp(app):
		c.problem(path, c.suggestion(n.Module), "[module-unknown] the app %s has no module %s", cut(app), cut(strings.TrimPrefix(n.Module, app+":")))
	default:
		hint := "install the app, or replace the module"
		if right := rightModule(n.Module); right != "" {
			hint = fmt.Sprintf("install the app, or replace the module; in exports its name is %q", right)
		}
		c.warning(path, hint, "[app-missing] the app %s is not installed; the scenario can be edited and exported, but not run", cut(app))
	}
}

func (c *checker) hasApp(app string) bool {
	if index, ok := c.cat.(AppIndex); ok {
		return index.HasApp(app)
	}
	return slices.ContainsFunc(c.names, func(name string) bool { return strings.HasPrefix(name, app+":") })
}

// suggestion is the hint for a module that does not exist.
func (c *checker) suggestion(name string) string {
	if advice := noModule(name); advice != "" {
		return advice
	}
	right := rightModule(name)
	if right == "" {
		right = fault.Nearest(name, c.names)
	}
	if right == "" {
		return "choose a module from the list of the app"
	}
	return fmt.Sprintf("use %q", right)
}

// resources points to connections and webhooks that still have to be chosen.
func (c *checker) resources(n *Node, d *module.Description) {
	if d.Connection != "" && n.Connection == "" {
		c.warning(n.Path+".parameters.__IMTCONN__", "choose a connection for the module before the scenario runs", "[connection-missing] %s has no connection", n.title())
	}
	if d.Webhook != "" && n.Hook == "" {
		c.warning(n.Path+".parameters.hook", "choose or create a webhook for the module before the scenario runs", "[webhook-missing] %s has no webhook", n.title())
	}
}

// fieldSet is an object whose fields are checked. The same field may stand in the other object in another version of a module.
type fieldSet struct {
	n          *Node
	own, other value.Value
	path       string
}

func (s fieldSet) get(f *module.Field) value.Value {
	v := s.own.Get(f.Name)
	if v.IsUndefined() {
		v = s.other.Get(f.Name)
	}
	if v.IsUndefined() {
		return f.Default
	}
	return v
}

// required reports the required fields that are not filled in, also inside lists and collections that are written out.
func (c *checker) required(s fieldSet, fields []module.Field) {
	for i := range fields {
		f := &fields[i]
		if f.Name == "" || reportedElsewhere(f) {
			continue
		}
		v := s.get(f)
		if f.BaseType() == "keychain" {
			c.credentials(s, f, v)
			continue
		}
		if v.IsNothing() || v.Kind() == value.KindText && v.Str() == "" && !emptyAllowed(f) {
			if f.Required {
				c.problem(join(s.path, f.Name), "fill it in", "[required] the required field %q of %s is empty", f.Title(), s.n.title())
			}
			continue
		}
		c.inside(s, f, v)
	}
}

// reportedElsewhere reports whether the field holds what resources or collect reports.
func reportedElsewhere(f *module.Field) bool {
	switch f.BaseType() {
	case "account", "hook":
		return true
	}
	return f.Name == "feeder"
}

// emptyAllowed reports whether a select offers the empty text as a choice.
func emptyAllowed(f *module.Field) bool {
	for _, o := range f.Options {
		if o.Value.Kind() == value.KindText && o.Value.Str() == "" {
			return true
		}
	}
	return false
}

// inside goes on with the fields that a field holds or brings with it.
func (c *checker) inside(s fieldSet, f *module.Field, v value.Value) {
	if f.Unfolds(v) && !hasTemplate(v) {
		c.required(s, f.Nested)
	}
	for i := range f.Options {
		if o := &f.Options[i]; len(o.Nested) > 0 && o.Chosen(v) {
			c.required(s, o.Nested)
		}
	}
	path := join(s.path, f.Name)
	switch {
	case len(f.Spec) == 0:
	case v.Kind() == value.KindCollection:
		c.required(fieldSet{n: s.n, own: v, path: path}, f.Spec)
	case v.Kind() == value.KindArray:
		for i, item := range v.Items() {
			if item.Kind() == value.KindCollection {
				c.required(fieldSet{n: s.n, own: item, path: element(path, i)}, f.Spec)
			}
		}
	}
}

// hasTemplate reports whether v is a text with an expression in it.
func hasTemplate(v value.Value) bool { return strings.Contains(v.Str(), "{{") }
