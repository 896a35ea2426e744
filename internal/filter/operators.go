package filter

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/ropeway/ropeway/internal/value"
)

// Operator is one way to compare, as people choose it.
type Operator struct {
	Name     string // "text:equal:ci"
	Group    string // "Text"
	Label    string // "Equal to (case insensitive)"
	Binary   bool   // compares with a second operand
	Summary  string // one sentence
	Examples []Example
}

// Example is a comparison with its result. The operands are JSON, so that texts are told from numbers.
type Example struct {
	A, B   string
	Result bool
}

// settings is what a comparison may know besides its operands.
type settings struct {
	zone    *time.Location // of dates and times without one; nil = UTC
	pattern *regexp.Regexp // the second operand compiled before; nil where it is not known before
}

// operator is an Operator with the code behind it.
type operator struct {
	Operator
	regexp bool // the second operand is a regular expression
	fold   bool // case does not matter
	test   func(a, b value.Value, s settings) (bool, error)
}

// Operators lists every operator in the order in which editors and documentation show them.
func Operators() []Operator {
	list := make([]Operator, len(operatorTable))
	for i := range operatorTable {
		list[i] = operatorTable[i].Operator
	}
	return list
}

// Compare applies the operator named op to two values; b is ignored by exist and notexist. zone is that of dates and times
// that name none, nil means UTC. An unknown operator and a pattern that is no regular expression are errors, both a *fault.Error;
// operands that the operator cannot read are not: see Filter.Pass.
func Compare(op string, a, b value.Value, zone *time.Location) (bool, error) {
	o, err := find(op)
	if err != nil {
		return false, err
	}
	return o.test(a, b, settings{zone: zone})
}

// operatorTable and byNameTable are filled here and never changed.
var (
	operatorTable = buildOperators()
	byNameTable   = indexOperators(operatorTable)
)

func indexOperators(list []operator) map[string]*operator {
	index := make(map[string]*operator, len(list))
	for i := range list {
		index[list[i].Name] = &list[i]
	}
	return index
}

func buildOperators() []operator {
	list := existence()
	for _, v := range textVerbs() {
		list = append(list, textOperators(v)...)
	}
	for _, s := range scales() {
		list = append(list, scaleOperators(s)...)
	}
	list = append(list, arrayOperators()...)
	return append(list, booleanOperators()...)
}

func existence() []operator {
	examples := []Example{
		{`"Ada"`, "", true}, {`0`, "", true}, {`false`, "", true}, {`[]`, "", true}, {`""`, "", false}, {`null`, "", false},
	}
	exists := func(a, _ value.Value, _ settings) (bool, error) { return filled(a), nil }
	missing := func(a, _ value.Value, _ settings) (bool, error) { return !filled(a), nil }
	return []operator{
		{Operator: Operator{
			Name: "exist", Group: "Basic", Label: "Exists", Examples: examples,
			Summary: "The item is there and filled in. Missing items, null and the empty text do not exist; 0, false and empty arrays do.",
		}, test: exists},
		{Operator: Operator{
			Name: "notexist", Group: "Basic", Label: "Does not exist", Examples: inverted(examples),
			Summary: "The item is missing, null or the empty text.",
		}, test: missing},
	}
}

// filled reports whether an item exists in the sense of the operator exist.
func filled(v value.Value) bool {
	return !v.IsNothing() && (v.Kind() != value.KindText || v.Str() != "")
}

// textVerb is one comparison of texts; each gives four operators: itself, its opposite, and both without regard to case.
type textVerb struct {
	name, label, notLabel string
	summary, notSummary   string
	examples, foldOnly    []Example // foldOnly hold only where case does not matter
	test                  func(a, b string) bool
}

func textVerbs() []textVerb {
	return []textVerb{
		{
			name: "equal", label: "Equal to", notLabel: "Not equal to", test: func(a, b string) bool { return a == b },
			summary: "Both are the same text.", notSummary: "The texts differ.",
			examples: []Example{{`"Ada"`, `"Ada"`, true}, {`12`, `"12"`, true}, {`null`, `""`, true}, {`"Ada"`, `"Eve"`, false}},
			foldOnly: []Example{{`"ADA"`, `"ada"`, true}},
		},
		{
			name: "contain", label: "Contains", notLabel: "Does not contain", test: strings.Contains,
			summary: "The second text stands somewhere in the first.", notSummary: "The second text stands nowhere in the first.",
			examples: []Example{{`"Ada Lovelace"`, `"Love"`, true}, {`"Ada"`, `"x"`, false}, {`["red", "blue"]`, `"blue"`, true}},
			foldOnly: []Example{{`"Ada Lovelace"`, `"LOVE"`, true}},
		},
		{
			name: "startwith", label: "Starts with", notLabel: "Does not start with", test: strings.HasPrefix,
			summary: "The first text starts with the second.", notSummary: "The first text does not start with the second.",
			examples: []Example{{`"+39 02 1234"`, `"+39"`, true}, {`"Ada"`, `"da"`, false}},
			foldOnly: []Example{{`"Ada"`, `"AD"`, true}},
		},
		{
			name: "endwith", label: "Ends with", notLabel: "Does not end with", test: strings.HasSuffix,
			summary: "The first text ends with the second.", notSummary: "The first text does not end with the second.",
			examples: []Example{{`"ada@example.com"`, `"@example.com"`, true}, {`"Ada"`, `"Ad"`, false}},
			foldOnly: []Example{{`"report.PDF"`, `".pdf"`, true}},
		},
	}
}

const caseInsensitive = " (case insensitive)"

func textOperators(v textVerb) []operator {
	form := func(not, fold bool) operator {
		o := operator{fold: fold, Operator: Operator{
			Name: "text:" + v.name, Group: "Text", Label: v.label, Binary: true, Summary: v.summary,
			Examples: append(v.examples[:len(v.examples):len(v.examples)], withResult(v.foldOnly, fold)...),
		}}
		o.test = func(a, b value.Value, _ settings) (bool, error) {
			return v.test(textOf(a, fold), textOf(b, fold)) != not, nil
		}
		return named(o, not, v.notLabel, v.notSummary)
	}
	list := []operator{form(false, false), form(true, false), form(false, true), form(true, true)}
	if v.name == "endwith" {
		list = append(list, patternOperators()...)
	}
	return list
}

// named gives an operator the name, label and examples of its opposite and of its case-insensitive form.
func named(o operator, not bool, notLabel, notSummary string) operator {
	if not {
		o.Name = strings.Replace(o.Name, ":", ":not", 1)
		o.Label, o.Summary, o.Examples = notLabel, notSummary, inverted(o.Examples)
	}
	if o.fold {
		o.Name += ":ci"
		o.Label += caseInsensitive
		o.Summary = strings.TrimSuffix(o.Summary, ".") + "; upper and lower case are the same."
	}
	return o
}

func patternOperators() []operator {
	form := func(not, fold bool) operator {
		o := operator{fold: fold, regexp: true, Operator: Operator{
			Name: "text:pattern", Group: "Text", Label: "Matches pattern", Binary: true,
			Summary: "The regular expression (Go syntax: no lookaround, no backreferences) matches somewhere in the text; ^ and $ bind it to the ends.",
			Examples: []Example{
				{`"order 1024"`, `"[0-9]+"`, true}, {`"order 1024"`, `"^[0-9]+$"`, false}, {`"VIP"`, `"^vip$"`, fold}, {`null`, `"."`, false},
			},
		}}
		o.test = func(a, b value.Value, s settings) (bool, error) {
			match, err := matches(a, b, fold, s.pattern)
			return match != not && err == nil, err
		}
		return named(o, not, "Does not match pattern", "The regular expression (Go syntax: no lookaround, no backreferences) matches nowhere in the text.")
	}
	return []operator{form(false, false), form(true, false), form(false, true), form(true, true)}
}

// scale is an order of values: numbers, dates, times of day, versions.
type scale struct {
	name, group string
	what        string // "number", in sentences
	less, more  string // labels
	examples    []ordered
	compare     func(a, b value.Value, zone *time.Location) (int, bool)
}

// ordered is an example of a scale: a stands before b (-1), with it (0) or behind it (1), or they do not compare.
type ordered struct {
	a, b  string
	order int
	none  bool
}

func scales() []scale {
	return []scale{
		{
			name: "number", group: "Number", what: "number", less: "Less than", more: "Greater than", compare: compareNumbers,
			examples: []ordered{{a: `9`, b: `"10"`, order: -1}, {a: `"5.0"`, b: `5`}, {a: `7`, b: `5`, order: 1}, {a: `"many"`, b: `5`, none: true}, {a: `null`, b: `0`, none: true}},
		},
		{
			name: "date", group: "Date and time", what: "date", less: "Earlier than", more: "Later than", compare: compareDates,
			examples: []ordered{{a: `"2026-01-31"`, b: `"2026-02-01"`, order: -1}, {a: `"2026-02-01T10:00:00+02:00"`, b: `"2026-02-01T08:00:00Z"`}, {a: `"1.2.2026"`, b: `"2026-01-31"`, order: 1}, {a: `"soon"`, b: `"2026-02-01"`, none: true}},
		},
		{
			name: "time", group: "Time of day", what: "time of day", less: "Earlier than", more: "Later than", compare: compareTimes,
			examples: []ordered{{a: `"9:30"`, b: `"14:05:00"`, order: -1}, {a: `"09:30"`, b: `"9:30:00"`}, {a: `"14:05"`, b: `"9:30"`, order: 1}, {a: `"noon"`, b: `"12:00"`, none: true}},
		},
		{
			name: "semver", group: "Version", what: "version", less: "Lower than", more: "Higher than", compare: compareVersions,
			examples: []ordered{{a: `"1.9.0"`, b: `"1.10.0"`, order: -1}, {a: `"v2"`, b: `"2.0.0"`}, {a: `"2.0.0"`, b: `"2.0.0-rc.1"`, order: 1}, {a: `"latest"`, b: `"1.0.0"`, none: true}},
		},
	}
}

// relation is one question about an order. none is the answer where two values do not compare.
type relation struct {
	name  string
	holds func(order int) bool
	none  bool
}

func relations() []relation {
	return []relation{
		{name: "equal", holds: func(o int) bool { return o == 0 }},
		{name: "notequal", holds: func(o int) bool { return o != 0 }, none: true},
		{name: "greater", holds: func(o int) bool { return o > 0 }},
		{name: "less", holds: func(o int) bool { return o < 0 }},
		{name: "greaterorequal", holds: func(o int) bool { return o >= 0 }},
		{name: "lessorequal", holds: func(o int) bool { return o <= 0 }},
	}
}

func (r relation) label(less, more string) string {
	return map[string]string{
		"equal": "Equal to", "notequal": "Not equal to", "greater": more, "less": less,
		"greaterorequal": more + " or equal to", "lessorequal": less + " or equal to",
	}[r.name]
}

func scaleOperators(s scale) []operator {
	var list []operator
	for _, r := range relations() {
		label := r.label(s.less, s.more)
		o := operator{Operator: Operator{
			Name: s.name + ":" + r.name, Group: s.group, Label: label, Binary: true,
			Summary: fmt.Sprintf("The first %s is %s the second; what is no %s is equal to nothing.", s.what, strings.ToLower(label), s.what),
		}}
		for _, x := range s.examples {
			o.Examples = append(o.Examples, Example{x.a, x.b, r.answer(x.order, !x.none)})
		}
		o.test = func(a, b value.Value, in settings) (bool, error) {
			return r.answer(s.compare(a, b, in.zone)), nil
		}
		list = append(list, o)
	}
	return list
}

func (r relation) answer(order int, compares bool) bool {
	if !compares {
		return r.none
	}
	return r.holds(order)
}

func arrayOperators() []operator {
	form := func(not, fold bool) operator {
		o := operator{fold: fold, Operator: Operator{
			Name: "array:contain", Group: "Array", Label: "Contains", Binary: true,
			Summary: "An element is the same as the second operand. Numbers and texts are compared as text; a single value counts as an array of one.",
			Examples: []Example{
				{`["red", "blue"]`, `"blue"`, true},
				{`[1, 2]`, `"2"`, true},
				{`["red"]`, `"re"`, false},
				{`["Red"]`, `"red"`, fold},
				{`"red"`, `"red"`, true},
				{`null`, `"red"`, false},
			},
		}}
		o.test = func(a, b value.Value, _ settings) (bool, error) { return containsElement(a, b, fold) != not, nil }
		return named(o, not, "Does not contain", "No element is the same as the second operand.")
	}
	list := []operator{form(false, false), form(true, false), form(false, true), form(true, true)}
	for _, r := range relations() {
		label := "Length " + strings.ToLower(r.label("Less than", "Greater than"))
		o := operator{Operator: Operator{
			Name: "array:" + r.name, Group: "Array", Label: label, Binary: true,
			Summary:  fmt.Sprintf("The number of elements is %s the second operand, a number. What is missing, null or the empty text has none.", strings.ToLower(r.label("less than", "greater than"))),
			Examples: []Example{{`[1, 2]`, `"2"`, r.holds(0)}, {`[]`, `1`, r.holds(-1)}, {`null`, `0`, r.holds(0)}, {`["a"]`, `0`, r.holds(1)}, {`[1]`, `"x"`, r.none}},
		}}
		o.test = func(a, b value.Value, _ settings) (bool, error) {
			return r.answer(compareNumbers(value.Int(len(elements(a))), b, nil)), nil
		}
		list = append(list, o)
	}
	return list
}

func booleanOperators() []operator {
	examples := []Example{{`true`, `"true"`, true}, {`"false"`, `false`, true}, {`null`, `false`, true}, {`true`, `false`, false}, {`"yes"`, `true`, true}}
	same := func(a, b value.Value) bool { return value.ToBoolean(a) == value.ToBoolean(b) }
	return []operator{
		{Operator: Operator{
			Name: "boolean:equal", Group: "Boolean", Label: "Equal to", Binary: true, Examples: examples,
			Summary: `Both are true, or both are false. Missing items, null, "" and "false" are false; every other value is true.`,
		}, test: func(a, b value.Value, _ settings) (bool, error) { return same(a, b), nil }},
		{Operator: Operator{
			Name: "boolean:notequal", Group: "Boolean", Label: "Not equal to", Binary: true, Examples: inverted(examples),
			Summary: "One is true and the other is false.",
		}, test: func(a, b value.Value, _ settings) (bool, error) { return !same(a, b), nil }},
	}
}

func inverted(list []Example) []Example {
	out := make([]Example, len(list))
	for i, x := range list {
		out[i] = Example{x.A, x.B, !x.Result}
	}
	return out
}

// withResult returns the examples with another result.
func withResult(list []Example, result bool) []Example {
	out := make([]Example, len(list))
	for i, x := range list {
		out[i] = Example{x.A, x.B, result}
	}
	return out
}

// orderOf is cmp.Compare in the form that scales give.
func orderOf[T cmp.Ordered](a, b T) (int, bool) { return cmp.Compare(a, b), true }
