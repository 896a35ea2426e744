package filter

import (
	"fmt"
	"regexp"

	"github.com/ropeway/ropeway/internal/expression"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// MaxConditions is the number of conditions that one filter may have.
const MaxConditions = 1000

// Parse reads a filter {"name": …, "conditions": [[{"a": …, "b": …, "o": …}]]}. Undefined, null and a filter without
// conditions give a Filter that lets everything pass. Paths of problems are relative to the filter: "conditions[0][1].o".
// The Filter is never nil; see Filter.Pass for what conditions with problems do.
func Parse(v value.Value, d expression.Dialect) (*Filter, fault.Problems) {
	if v.IsNothing() {
		return &Filter{}, nil
	}
	if v.Kind() != value.KindCollection {
		p := parser{dialect: d}
		p.unreadable("", "a filter is an object with name and conditions, this is "+kindOf(v),
			`write {"name": "…", "conditions": [[{"a": "{{1.email}}", "o": "exist"}]]}, or null for no filter`)
		return p.filter(), p.problems
	}
	f, problems := ParseConditions(v.Get("conditions"), d)
	f.Name = v.Get("name").Str()
	for i := range problems {
		problems[i].Path = join("conditions", problems[i].Path)
	}
	for _, group := range f.groups {
		for i := range group {
			group[i].path = join("conditions", group[i].path)
			if broken := group[i].broken; broken != nil {
				group[i].broken = broken.WithField(join("conditions", broken.Field))
			}
		}
	}
	return f, problems
}

// ParseConditions reads the conditions alone: an array of groups, each an array of conditions. Paths of problems are
// relative to the array: "[0][1].o".
func ParseConditions(v value.Value, d expression.Dialect) (*Filter, fault.Problems) {
	p := parser{dialect: d}
	if !v.IsNothing() && p.list(v, "", "conditions are a list of groups, each of them a list of conditions") {
		for i, group := range v.Items() {
			p.group(group, fmt.Sprintf("[%d]", i))
		}
	}
	return p.filter(), p.problems
}

type parser struct {
	dialect  expression.Dialect
	groups   [][]condition
	count    int
	broken   *fault.Error // the first problem that is about no single condition
	problems fault.Problems
}

// filter returns what was read. Where a part was not understood at all, one condition stands for everything and fails.
func (p *parser) filter() *Filter {
	if p.broken != nil {
		return &Filter{groups: [][]condition{{{path: p.broken.Field, broken: p.broken}}}}
	}
	return &Filter{groups: p.groups}
}

func (p *parser) problem(path, text, hint string) {
	p.problems = append(p.problems, fault.Problem{Path: path, Problem: text, Hint: hint})
}

// unreadable notes a problem for which the whole filter fails.
func (p *parser) unreadable(path, text, hint string) {
	p.problem(path, text, hint)
	if p.broken == nil {
		p.broken = fault.New(fault.InvalidConfiguration, text).WithHint(hint).WithField(path)
	}
}

func (p *parser) list(v value.Value, path, want string) bool {
	if v.Kind() == value.KindArray {
		return true
	}
	p.unreadable(path, want+"; this is "+kindOf(v), `write [[{"a": "…", "o": "exist"}]], with both pairs of brackets`)
	return false
}

func (p *parser) group(v value.Value, path string) {
	if !p.list(v, path, "a group is a list of conditions that must all hold") {
		return
	}
	if v.Len() == 0 {
		p.problems = append(p.problems, fault.Problem{
			Path: path, Problem: "this group has no condition and is left out", Hint: "remove it", Warning: true,
		})
		return
	}
	group := make([]condition, 0, v.Len())
	for i, c := range v.Items() {
		if p.count++; p.count > MaxConditions {
			p.tooMany(path)
			return
		}
		group = append(group, p.condition(c, fmt.Sprintf("%s[%d]", path, i)))
	}
	p.groups = append(p.groups, group)
}

func (p *parser) tooMany(path string) {
	if p.count == MaxConditions+1 {
		p.unreadable(path, fmt.Sprintf("the filter has more than %d conditions", MaxConditions), "split it, or compare with a list by array:contain")
	}
}

func (p *parser) condition(v value.Value, path string) condition {
	c := condition{path: path}
	before := len(p.problems)
	if v.Kind() == value.KindCollection {
		p.read(&c, v)
	} else {
		p.problem(path, "a condition is an object with a, b and o, this is "+kindOf(v), `write {"a": "{{1.email}}", "b": "…", "o": "text:equal"}`)
	}
	for _, problem := range p.problems[before:] {
		if !problem.Warning && c.broken == nil {
			c.broken = fault.New(fault.InvalidConfiguration, problem.Problem).WithHint(problem.Hint).WithField(problem.Path)
		}
	}
	return c
}

func (p *parser) read(c *condition, v value.Value) {
	c.op = p.operator(v.Get("o"), c.path+".o")
	c.a = p.operand(v.Get("a"), c.path+".a")
	if c.op == nil || c.op.Binary {
		c.b = p.operand(v.Get("b"), c.path+".b")
	}
	if c.op != nil && c.op.regexp {
		c.pattern = p.pattern(c, v.Get("b"))
	}
}

func (p *parser) operator(v value.Value, path string) *operator {
	if v.IsEmpty() {
		p.problem(path, "the condition has no operator", `choose one, such as "exist" or "text:equal"`)
		return nil
	}
	name := value.Render(v)
	op, err := find(name)
	if err != nil {
		p.problem(path, err.Message, err.Hint)
		return nil
	}
	return op
}

func (p *parser) operand(v value.Value, path string) operand {
	if v.IsNothing() {
		return operand{}
	}
	tree, problems := expression.CompileTree(v, p.dialect)
	for _, problem := range problems {
		problem.Path = join(path, problem.Path)
		p.problems = append(p.problems, problem)
	}
	return operand{tree: tree}
}

// pattern compiles the pattern of a condition; nil where it holds expressions and is known only for each bundle.
func (p *parser) pattern(c *condition, written value.Value) *regexp.Regexp {
	if c.b.tree != nil && !c.b.tree.Constant() {
		return nil
	}
	re, err := compilePattern(value.Render(written), c.op.fold)
	if err != nil {
		p.problem(c.path+".b", err.Message, err.Hint)
	}
	return re
}

// kindOf names what was written instead, in the words of JSON.
func kindOf(v value.Value) string {
	switch v.Kind() {
	case value.KindArray:
		return "a list"
	case value.KindCollection:
		return "an object"
	}
	return "a " + v.Kind().String()
}
