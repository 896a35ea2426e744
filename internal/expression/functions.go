package expression

import (
	"math"
	"sort"
	"strings"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// Function describes one built-in function for people.
type Function struct {
	Name       string
	Group      string
	Summary    string
	Parameters []Parameter
	Examples   []Example
	// Starred marks functions that exist for old scenarios; newer products of this kind may not know them.
	Starred bool
	// AppOnly marks functions that only app definitions have.
	AppOnly bool
}

// Parameter describes one argument of a function.
type Parameter struct {
	Name     string
	Type     string // "text", "number", "date", "array", "collection", "boolean", "any" or a choice of them
	Summary  string
	Optional bool
	Repeated bool // may be given any number of times; always the last, or before a last fixed one
}

// Example is an expression and what it gives: Result as JSON ("" stands for nothing), or the text of the Error.
type Example struct {
	Expression string
	Result     string
	Error      string
}

// Signature writes the call as people type it in the dialect.
func (f *Function) Signature(d Dialect) string {
	separator := "; "
	if d == App {
		separator = ", "
	}
	names := make([]string, len(f.Parameters))
	for i, p := range f.Parameters {
		names[i] = p.Name
		if p.Repeated {
			names[i] += separator + "…"
		}
		if p.Optional {
			names[i] = "[" + names[i] + "]"
		}
	}
	return f.Name + "(" + strings.Join(names, separator) + ")"
}

// array reports whether an argument [] at the end of a path means the whole array.
func (p Parameter) array() bool { return strings.Contains(p.Type, "array") }

// unlimited is the highest number of arguments of a function with a repeated parameter.
const unlimited = math.MaxInt32

// builtin is a function with its implementation.
type builtin struct {
	Function
	run     func(c *call) value.Value
	lazy    bool                                       // run evaluates the arguments itself
	pattern int                                        // number of the argument that is a regular expression, 0 = none
	compile func(text string) (*pattern, *fault.Error) // for that argument
	zone    int                                        // number of the argument that is a time zone, 0 = none
}

// arity returns the lowest and highest number of arguments.
func (f *Function) arity() (low, high int) {
	for _, p := range f.Parameters {
		high++
		if !p.Optional {
			low++
		}
	}
	for _, p := range f.Parameters {
		if p.Repeated {
			return low, unlimited
		}
	}
	return low, high
}

// parameter describes argument i, counted from 0; a repeated parameter describes all that follow it.
func (f *Function) parameter(i int) Parameter {
	for k, p := range f.Parameters {
		if k == i || p.Repeated {
			return p
		}
	}
	return Parameter{}
}

// library is the set of all functions.
type library struct {
	list   []*builtin
	byName map[string]*builtin
}

// builtinTable never changes.
var builtinTable = newLibrary(generalFunctions, mathFunctions, textFunctions, encodingFunctions, arrayFunctions,
	collectionFunctions, dateFunctions, calendarFunctions, appFunctions)

func newLibrary(groups ...func() []*builtin) library {
	l := library{byName: map[string]*builtin{}}
	for _, group := range groups {
		l.list = append(l.list, group()...)
	}
	for _, f := range l.list {
		l.byName[f.Name] = f
	}
	return l
}

func (l library) find(name string, d Dialect) *builtin {
	f := l.byName[name]
	if f == nil || f.AppOnly && d == Scenario {
		return nil
	}
	return f
}

// Functions returns all functions, group by group in the order in which they are documented.
func Functions() []Function {
	list := make([]Function, len(builtinTable.list))
	for i, f := range builtinTable.list {
		list[i] = f.Function
	}
	return list
}

// Names returns the sorted names of the functions of the dialect.
func Names(d Dialect) []string {
	names := make([]string, 0, len(builtinTable.list))
	for _, f := range builtinTable.list {
		if d == App || !f.AppOnly {
			names = append(names, f.Name)
		}
	}
	sort.Strings(names)
	return names
}

// The parts of a function's entry.

func param(name, kind, summary string) Parameter {
	return Parameter{Name: name, Type: kind, Summary: summary}
}

func optional(name, kind, summary string) Parameter {
	return Parameter{Name: name, Type: kind, Summary: summary, Optional: true}
}

// repeated is the last parameter of functions that take any number of arguments.
func repeated(kind, summary string) Parameter {
	return Parameter{Name: "more", Type: kind, Summary: summary, Optional: true, Repeated: true}
}

func params(list ...Parameter) []Parameter { return list }

func gives(expression, result string) Example {
	return Example{Expression: expression, Result: result}
}

func fails(expression, message string) Example {
	return Example{Expression: expression, Error: message}
}

func define(name, summary string, parameters []Parameter, run func(c *call) value.Value, examples ...Example) *builtin {
	return &builtin{Function: Function{Name: name, Summary: summary, Parameters: parameters, Examples: examples}, run: run}
}

func (f *builtin) starred() *builtin {
	f.Starred = true
	return f
}

func (f *builtin) inApps() *builtin {
	f.AppOnly = true
	return f
}

// unevaluated marks a function that decides which of its arguments are computed.
func (f *builtin) unevaluated() *builtin {
	f.lazy = true
	return f
}

// withZone says which argument, counted from 1, is a time zone.
func (f *builtin) withZone(argument int) *builtin {
	f.zone = argument
	return f
}

// withPattern says which argument, counted from 1, compile reads.
func (f *builtin) withPattern(argument int, compile func(string) (*pattern, *fault.Error)) *builtin {
	f.pattern, f.compile = argument, compile
	return f
}

func inGroup(name string, list ...*builtin) []*builtin {
	for _, f := range list {
		f.Group = name
	}
	return list
}

// prepared is what the parser made of constant arguments.
type prepared struct {
	pattern *pattern
	zone    *time.Location
}

// call is one running call. Its readers convert arguments and remember the first error, so that functions stay short; after an
// error they return zero values, and whatever the function returns then is dropped.
type call struct {
	ev   *evaluation
	node *callNode
	args []value.Value
	err  error
}

// check remembers err and reports whether all is well so far.
func (c *call) check(err error) bool {
	if c.err == nil {
		c.err = err
	}
	return c.err == nil
}

// refuse remembers an error about argument i.
func (c *call) refuse(i int, cause error) {
	fn := c.node.fn
	c.check(fault.Wrapf(fault.BundleValidation, cause, "[argument] function '%s', argument %d (%s): %v", fn.Name, i+1, fn.parameter(i).Name, cause))
}

func (c *call) refusef(i int, message string, args ...any) {
	c.refuse(i, fault.Say(message, args...))
}

// arg returns argument i, Undefined where it was left out.
func (c *call) arg(i int) value.Value {
	if i >= len(c.args) {
		return value.Undefined
	}
	return c.args[i]
}

// blank reports whether argument i is undefined, null or "".
func (c *call) blank(i int) bool { return blank(c.arg(i)) }

// text returns argument i as text, "" for nothing.
func (c *call) text(i int) string {
	v := c.arg(i)
	if v.IsNothing() {
		return ""
	}
	if v.Kind() == value.KindArray && !c.check(c.ev.visit(v)) {
		return ""
	}
	s, err := value.ToText(v)
	if err != nil {
		c.refuse(i, err)
		return ""
	}
	c.check(c.ev.charge(len(s) / bytesPerStep))
	return s
}

// textOr returns argument i as text, other where it is blank.
func (c *call) textOr(i int, other string) string {
	if c.blank(i) {
		return other
	}
	return c.text(i)
}

// number returns argument i as a number, 0 for nothing.
func (c *call) number(i int) float64 {
	if c.blank(i) {
		return 0
	}
	f, err := toFloat(c.arg(i))
	if err != nil {
		c.refuse(i, err)
	}
	return f
}

// toFloat converts what arithmetic functions accept: numbers, numeric texts and booleans.
func toFloat(v value.Value) (float64, error) {
	if v.Kind() == value.KindBoolean {
		f, _ := scalarNumber(v)
		return f, nil
	}
	x, err := value.ToNumber(v)
	return x.Float(), err
}

// maxWhole is the largest whole number that functions take as a count or position.
const maxWhole = 1 << 40

// whole returns argument i as a whole number (cut, not rounded), other where it is blank.
func (c *call) whole(i, other int) int {
	if c.blank(i) {
		return other
	}
	return int(math.Max(-maxWhole, math.Min(maxWhole, c.number(i))))
}

// list returns argument i as an array: nothing is an empty one, any other value an array of one.
func (c *call) list(i int) []value.Value {
	v := c.arg(i)
	if v.IsNothing() {
		return nil
	}
	if v.Kind() != value.KindArray {
		return []value.Value{v}
	}
	c.check(c.ev.charge(v.Len()))
	if c.err != nil {
		return nil
	}
	return v.Items()
}

// values returns all arguments; one that is an array alone stands for its elements.
func (c *call) values() []value.Value {
	if len(c.args) == 1 {
		return c.list(0)
	}
	return c.args
}

// collection returns argument i as a collection; nothing is an empty one.
func (c *call) collection(i int) value.Value {
	v := c.arg(i)
	if v.IsNothing() {
		return value.Collection()
	}
	x, err := value.ToCollection(v)
	if err != nil {
		c.refuse(i, err)
		return value.Collection()
	}
	c.check(c.ev.charge(x.Len()))
	return x
}

// date returns argument i as a time in the zone of the evaluation.
func (c *call) date(i int) time.Time {
	v, err := value.ToDate(c.arg(i), c.ev.zone())
	if err != nil {
		c.refuse(i, err)
	}
	return v.Time().In(c.ev.zone())
}

// eval computes argument i of a function that is not eager.
func (c *call) eval(i int) value.Value {
	if i >= len(c.node.args) || c.err != nil {
		return value.Undefined
	}
	v, err := c.node.args[i].eval(c.ev)
	c.check(err)
	return v
}

// fits reports whether n more bytes may be built.
func (c *call) fits(n int) bool { return c.check(c.ev.fits(n)) }

// location returns the time zone that argument i names, the evaluation's zone where it is blank or unknown.
func (c *call) location(i int) *time.Location {
	if c.node.prepare.zone != nil {
		return c.node.prepare.zone
	}
	if name := c.text(i); name != "" {
		if zone := c.ev.zoneNamed(name); zone != nil {
			return zone
		}
	}
	return c.ev.zone()
}
