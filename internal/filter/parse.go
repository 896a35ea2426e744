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
// The Filter is never nil; conditions with problems are left out of it.
func Parse(v value.Value, d expression.Dialect) (*Filter, fault.Problems) {
	if v.IsNothing() {
		return &Filter{}, nil
	}
	if v.Kind() != value.KindCollection {
		return &Filter{}, fault.Problems{{
			Problem: "a filter is an object with name and conditions, this is " + kindOf(v),
			Hint:    `write {"name": "…", "conditions": [[{"a": "{{1.email}}", "o": "exist"}]]}, or null for no filter`,
		}}
	}
	f, problems := ParseConditions(v.Get("conditions"), d)
	f.Name = v.Get("name").Str()
	for i := range problems {
		problems[i].Path = join("conditions", problems[i].Path)
	}
	for _, group := range f.groups {
		for i := range group {
			group[i].path = join("conditions", group[i].path)
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
	return &Filter{groups: p.groups}, p.problems
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

type parser struct {
	dialect  expression.Dialect
	groups   [][]condition
	count    int
	problems fault.Problems
}

func (p *parser) problem(path, text, hint string) {
	p.problems = append(p.problems, fault.Problem{Path: path, Problem: text, Hint: hint})
}

func (p *parser) list(v value.Value, path, want string) bool {
	if v.Kind() == value.KindArray {
		return true
	}
	p.problem(path, want+"; this is "+kindOf(v), `write [[{"a": "…", "o": "exist"}]], with both pairs of brackets`)
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
	var group []condition
	for i, c := range v.Items() {
		if p.count++; p.count == MaxConditions+1 {
			p.problem(path, fmt.Sprintf("the filter has more than %d conditions", MaxConditions), "split it, or compare with a list by array:contain")
		}
		if p.count > MaxConditions {
			break
		}
		if parsed, ok := p.condition(c, fmt.Sprintf("%s[%d]", path, i)); ok {
			group = append(group, parsed)
		}
	}
	if len(group) > 0 {
		p.groups = append(p.groups, group)
	}
}

func (p *parser) condition(v value.Value, path string) (condition, bool) {
	c := condition{path: path}
	if v.Kind() != value.KindCollection {
		p.problem(path, "a condition is an object with a, b and o, this is "+kindOf(v), `write {"a": "{{1.email}}", "b": "…", "o": "text:equal"}`)
		return c, false
	}
	before := len(p.problems)
	c.op = p.operator(v.Get("o"), path+".o")
	c.a = p.operand(v.Get("a"), path+".a")
	if c.op == nil || c.op.Binary {
		c.b = p.operand(v.Get("b"), path+".b")
	}
	if c.op != nil && c.op.regexp {
		c.pattern = p.pattern(&c, v.Get("b"))
	}
	return c, !p.problems[before:].Invalid()
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
