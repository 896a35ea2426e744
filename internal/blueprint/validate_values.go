package blueprint

import (
	"strings"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// unchosen lists the mapped fields of a module that belong to options which are not chosen. What stands in them is kept, and never used.
func (c *checker) unchosen(n *Node) []string {
	d := c.described[n.ordinal]
	if d == nil {
		return nil
	}
	return module.Unchosen(d.Takes(n.Parameters), n.RawMapper)
}

// idle reports whether a path leads into a field that is not used.
func (c *checker) idle(path string) bool {
	n := c.nodeAt(path)
	if n == nil {
		return false
	}
	inside := strings.TrimPrefix(path, n.Path+".mapper.")
	if inside == path {
		return false
	}
	for _, name := range c.unchosen(n) {
		if rest, ok := strings.CutPrefix(inside, name); ok && (rest == "" || rest[0] == '.' || rest[0] == '[') {
			return true
		}
	}
	return false
}

// credentials points to keys that still have to be chosen. A module that needs a connection has that reported once.
func (c *checker) credentials(s fieldSet, f *module.Field, v value.Value) {
	if d := c.described[s.n.ordinal]; !f.Required || d != nil && d.Connection != "" || !v.IsEmpty() {
		return
	}
	c.warning(join(s.path, f.Name), "choose or create some before the scenario runs", "[resource-missing] %s has no %s", s.n.title(), f.Title())
}

// values checks what is written into the fields of a module, where no data can change it. What is chosen when the scenario is built
// counts as a warning: not every module insists on it.
func (c *checker) values(n *Node, d *module.Description) {
	for _, m := range module.Misfits(n.RawMapper, d.Takes(n.Parameters)) {
		c.report(misfit(n.Path+".mapper."+m.Path, false, "[hint-change-value] change what is written there, or map a value that fits", m.Why))
	}
	for _, m := range module.Misfits(n.Parameters, d.Parameters) {
		c.report(misfit(n.Path+".parameters."+m.Path, true, "[hint-change-choice] change what is chosen there", m.Why))
	}
	c.structure(n, d)
}

// structure checks the names in a data structure that is written into the module.
func (c *checker) structure(n *Node, d *module.Description) {
	for i := range d.Parameters {
		if f := &d.Parameters[i]; f.BaseType() == "udt" {
			c.structureNames(join(n.Path+".parameters", f.Name), d.Structure(n.Parameters))
		}
	}
}

func (c *checker) structureNames(path string, fields []module.Field) {
	if len(fields) == 1 && fields[0].Name == "" && strings.HasSuffix(path, ".spec") {
		return // of an array with plain elements
	}
	c.fieldNames(path, fields)
	for i := range fields {
		c.structureNames(element(path, i)+".spec", fields[i].Spec)
	}
}

// misfit is the finding of a value that its field does not take.
func misfit(path string, warning bool, hint string, why error) finding {
	p := fault.ProblemOf(path, fault.Of(fault.BundleValidation, why).WithHint(hint))
	p.Problem, p.Warning = sentence(p.Problem), warning
	return finding{Problem: p}
}

// sentence begins in the middle of a line, and has no full stop.
func sentence(s string) string {
	s = strings.TrimSuffix(s, ".")
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}
