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
		p.unreadable("", bad("[filter-object] a filter is an object with name and conditions, this is %v", kindOf(v)).
			WithHint(`[hint-filter-object] write {"name": "…", "conditions": [[{"a": "{{1.email}}", "o": "exist"}]]}, or null for no filter`))
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
	if !v.IsNothing() && p.list(v, "", "[filter-conditions] conditions are a list of groups, each of them a list of conditions; this is %v") {
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

// bad begins what is told of a part of a filter that cannot be understood.
func bad(format string, args ...any) *fault.Error {
	return fault.Newf(fault.InvalidConfiguration, format, args...)
}

func (p *parser) problem(path string, told *fault.Error) {
	p.problems = append(p.problems, fault.ProblemOf(path, told))
}

// unreadable notes a problem for which the whole filter fails.
func (p *parser) unreadable(path string, told *fault.Error) {
	p.problem(path, told)
	if p.broken == nil {
		p.broken = told.WithField(path)
	}
}

func (p *parser) list(v value.Value, path, want string) bool {
	if v.Kind() == value.KindArray {
		return true
	}
	p.unreadable(path, bad(want, kindOf(v)).WithHint(`[hint-filter-brackets] write [[{"a": "…", "o": "exist"}]], with both pairs of brackets`))
	return false
}

func (p *parser) group(v value.Value, path string) {
	if !p.list(v, path, "[filter-group] a group is a list of conditions that must all hold; this is %v") {
		return
	}
	if v.Len() == 0 {
		p.problem(path, bad("[filter-group-empty] this group has no condition and is left out").WithHint("[hint-remove] remove it"))
		p.problems[len(p.problems)-1].Warning = true
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
		p.unreadable(path, bad("[filter-long] the filter has more than %d conditions", MaxConditions).
			WithHint("[hint-filter-split] split it, or compare with a list by array:contain"))
	}
}

func (p *parser) condition(v value.Value, path string) condition {
	c := condition{path: path}
	before := len(p.problems)
	if v.Kind() == value.KindCollection {
		p.read(&c, v)
	} else {
		p.problem(path, bad("[filter-condition] a condition is an object with a, b and o, this is %v", kindOf(v)).
			WithHint(`[hint-filter-condition] write {"a": "{{1.email}}", "b": "…", "o": "text:equal"}`))
	}
	for _, problem := range p.problems[before:] {
		if !problem.Warning && c.broken == nil {
			c.broken = problem.Fault(fault.InvalidConfiguration)
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
		p.problem(path, bad("[filter-operator-missing] the condition has no operator").WithHint(`[hint-filter-operator] choose one, such as "exist" or "text:equal"`))
		return nil
	}
	name := value.Render(v)
	op, err := find(name)
	if err != nil {
		p.problem(path, err)
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
		p.problem(c.path+".b", err)
	}
	return re
}

// kindOf names what was written instead, in the words of JSON.
func kindOf(v value.Value) *fault.Text {
	switch v.Kind() {
	case value.KindArray:
		return fault.Say("[a-list] a list")
	case value.KindCollection:
		return fault.Say("[an-object] an object")
	}
	return value.Noun(v)
}
