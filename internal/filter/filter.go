// Package filter decides which bundles pass: conditions of filters, if-else branches and data store searches.
//
// One list of operators serves all three and the documentation, so that a condition means the same wherever it stands.
// The package does not fetch data: operands come from an expression.Env, or from the caller of Compare.
package filter

import (
	"regexp"

	"github.com/ropeway/ropeway/internal/expression"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// Filter is a set of conditions: groups joined by "or" of conditions joined by "and". It is immutable.
type Filter struct {
	// Name is what the scenario shows on the line to the module, "" where it has no name.
	Name   string
	groups [][]condition
}

// condition is one comparison with its place in the document.
type condition struct {
	path    string // "conditions[0][1]"
	op      *operator
	a, b    operand
	pattern *regexp.Regexp // of a pattern without expressions; else nil
	broken  *fault.Error   // what is wrong with it; such a condition fails whenever it is reached
}

// operand is one side of a condition; without a tree it is undefined.
type operand struct{ tree *expression.Tree }

func (o operand) eval(env *expression.Env) (value.Value, error) {
	if o.tree == nil {
		return value.Undefined, nil
	}
	v, err := o.tree.Eval(env)
	if err == nil && expression.IsErase(v) {
		v = value.Null
	}
	return v, err
}

// Pass reports whether a bundle passes: no conditions at all, or every condition of at least one group holds. A nil
// Filter lets everything pass. Operands that an operator cannot read (the text "abc" as a number) do not fail: they are
// equal to nothing, so that only the "not equal" forms hold. Errors are those of the expressions themselves, and of
// patterns that are no regular expressions, and conditions that Parse has found problems in: a broken filter lets nothing pass
// by mistake. Their Field is the path of the operand or condition.
func (f *Filter) Pass(env *expression.Env) (bool, error) {
	if f == nil || len(f.groups) == 0 {
		return true, nil
	}
	for _, group := range f.groups {
		pass, err := all(group, env)
		if pass || err != nil {
			return pass, err
		}
	}
	return false, nil
}

func all(group []condition, env *expression.Env) (bool, error) {
	for i := range group {
		pass, err := group[i].pass(env)
		if !pass || err != nil {
			return false, err
		}
	}
	return true, nil
}

func (c *condition) pass(env *expression.Env) (bool, error) {
	if c.broken != nil {
		return false, c.broken
	}
	a, err := c.a.eval(env)
	if err != nil {
		return false, at(err, c.path+".a")
	}
	var b value.Value
	if c.op.Binary {
		if b, err = c.b.eval(env); err != nil {
			return false, at(err, c.path+".b")
		}
	}
	pass, err := c.op.test(a, b, settings{zone: env.Zone, pattern: c.pattern})
	if err != nil {
		return false, at(err, c.path+".b")
	}
	return pass, nil
}

// at names the operand that an error belongs to, in front of the place inside it.
func at(err error, path string) error {
	e := fault.From(err)
	if e.Field != "" {
		path = join(path, e.Field)
	}
	return e.WithField(path)
}

// Empty reports whether the filter has no conditions and so lets everything pass.
func (f *Filter) Empty() bool { return f == nil || len(f.groups) == 0 }

// Templates calls fn with each expression of the conditions and its path inside the filter ("conditions[0][1].a").
func (f *Filter) Templates(fn func(path string, t *expression.Template)) {
	if f == nil {
		return
	}
	for _, group := range f.groups {
		for i := range group {
			group[i].a.templates(group[i].path+".a", fn)
			group[i].b.templates(group[i].path+".b", fn)
		}
	}
}

func (o operand) templates(path string, fn func(string, *expression.Template)) {
	if o.tree != nil {
		o.tree.Walk(func(inner string, t *expression.Template) { fn(join(path, inner), t) })
	}
}

// join appends a relative path: join("a", "b") is "a.b", join("a", "[1]") is "a[1]".
func join(path, rest string) string {
	switch {
	case rest == "":
		return path
	case path == "" || rest[0] == '[':
		return path + rest
	}
	return path + "." + rest
}
