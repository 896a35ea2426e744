package expression

import (
	"strings"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

func generalFunctions() []*builtin {
	return inGroup("General",
		define("get", "Reads a path from a collection or array. Elements are counted from 1, from the end with negative numbers.",
			params(param("data", "collection or array", "where to read"), param("path", "text or number", "names and numbers joined with points; odd names in back-ticks")),
			get,
			gives(`get(split("a,b,c"; ","); 2)`, `"b"`), gives(`get(split("a,b,c"; ","); -1)`, `"c"`),
			gives(`get(1.customer; "address.city")`, `"Milan"`), gives("get(1.customer; \"`first name`\")", `"Ada"`),
			gives(`get(1.items; "2.name")`, `"pear"`), gives(`get(1.items; 9)`, ``)),
		define("if", "Returns one of two values. Only the one that is chosen is computed.",
			params(param("condition", "any", "counts as false when empty, false or 0"), param("then", "any", "result when it is true"),
				optional("else", "any", "result when it is false; nothing where left out")),
			func(c *call) value.Value {
				if value.Truthy(c.eval(0)) {
					return c.eval(1)
				}
				return c.eval(2)
			},
			gives(`if(1.count > 2; "many"; "few")`, `"many"`), gives(`if(1.missing; "yes"; "no")`, `"no"`), gives(`if(false; 1; )`, ``)).unevaluated(),
		define("ifempty", "Returns the first value, or the second where the first is empty: missing, null, \"\", or without elements.",
			params(param("value", "any", "the value wanted"), param("otherwise", "any", "computed only where it is needed")),
			func(c *call) value.Value {
				if v := c.eval(0); !v.IsEmpty() {
					return v
				}
				return c.eval(1)
			},
			gives(`ifempty(1.missing; "none")`, `"none"`), gives(`ifempty(0; 5)`, `0`), gives(`ifempty(emptyarray; "none")`, `"none"`)).unevaluated(),
		define("switch", "Compares a value with others in turn and returns the result of the first that is equal.",
			params(param("expression", "any", "the value to compare"), param("value1", "any", "a value"), param("result1", "any", "result where it is equal"),
				repeated("any", "further pairs of value and result, and at last the result for anything else")),
			switchOn,
			gives(`switch("b"; "a"; 1; "b"; 2)`, `2`), gives(`switch("x"; "a"; 1; "b"; 2; 0)`, `0`), gives(`switch("x"; "a"; 1)`, ``)).unevaluated(),
		define("equal", "Reports whether two values are equal, as the operator = does.",
			params(param("value1", "any", "a value"), param("value2", "any", "another")),
			func(c *call) value.Value { return c.equal(c.arg(0), c.arg(1)) },
			gives(`equal(1; "1")`, `true`), gives(`equal("a"; "A")`, `false`)),
		define("isBlank", "Reports whether a value is missing, null or \"\".", params(param("value", "any", "the value")),
			func(c *call) value.Value { return value.Bool(c.blank(0)) },
			gives(`isBlank(1.missing)`, `true`), gives(`isBlank(" ")`, `false`)).starred(),
		define("in", "Reports whether a value is equal to one of others.",
			params(param("value", "any", "the value"), param("value1", "any", "what it may be equal to"), repeated("any", "further values")),
			func(c *call) value.Value { return value.Bool(c.among(1, len(c.args))) },
			gives(`in("b"; "a"; "b")`, `true`), gives(`in("c"; "a"; "b")`, `false`)).starred(),
		define("ifin", "Returns one of two values, by whether a value is equal to one of others.",
			params(param("value", "any", "the value"), param("value1", "any", "what it may be equal to"), param("then", "any", "result where it is; the last argument but one"),
				param("else", "any", "result where it is not; always the last argument"), repeated("any", "further values stand before the two results")),
			func(c *call) value.Value {
				last := len(c.args) - 1
				if c.among(1, last-1) {
					return c.arg(last - 1)
				}
				return c.arg(last)
			},
			gives(`ifin("b"; "a"; "b"; "known"; "new")`, `"known"`), gives(`ifin("c"; "a"; "b"; "known"; "new")`, `"new"`)).starred(),
		define("case", "Returns the value with the given number.",
			params(param("number", "number", "which value, from 1"), param("value1", "any", "the first"), repeated("any", "further values")),
			func(c *call) value.Value {
				i := int(c.caseNumber())
				if i < 1 || i >= len(c.node.args) {
					return value.Undefined
				}
				return c.eval(i)
			},
			gives(`case(2; "a"; "b"; "c")`, `"b"`), gives(`case(5; "a"; "b")`, ``)).unevaluated().starred(),
	)
}

func (c *call) caseNumber() float64 {
	v := c.eval(0)
	if c.err != nil || blank(v) {
		return 0
	}
	f, err := toFloat(v)
	if err != nil {
		c.refuse(0, err)
	}
	return max(-maxWhole, min(maxWhole, f))
}

func switchOn(c *call) value.Value {
	v := c.eval(0)
	n := len(c.node.args)
	for i := 1; i+1 < n; i += 2 {
		if c.equal(v, c.eval(i)).Truth() && c.err == nil {
			return c.eval(i + 1)
		}
	}
	if n%2 == 0 {
		return c.eval(n - 1)
	}
	return value.Undefined
}

// equal compares as the operator = does.
func (c *call) equal(a, b value.Value) value.Value {
	v, err := applyEqual(c.ev, "=", a, b)
	c.check(err)
	return v
}

// among reports whether the first argument equals one of those from the first to before the last position.
func (c *call) among(first, end int) bool {
	for i := first; i < end && c.err == nil; i++ {
		if c.equal(c.arg(0), c.arg(i)).Truth() {
			return true
		}
	}
	return false
}

func get(c *call) value.Value {
	if c.arg(1).Kind() == value.KindNumber {
		return memberOf(c.arg(0), c.arg(1))
	}
	return c.path(c.arg(0), c.pathArgument(1))
}

// pathArgument reads argument i as a path of names and numbers joined with points, or in brackets.
func (c *call) pathArgument(i int) []string {
	steps, err := splitPath(c.text(i))
	if err != nil {
		c.refuse(i, err)
	}
	return steps
}

// path follows steps from v.
func (c *call) path(v value.Value, steps []string) value.Value {
	if !c.check(c.ev.charge(len(steps))) {
		return value.Undefined
	}
	for _, key := range steps {
		if key == "" {
			v = elementAt(v, 1)
		} else {
			v = memberNamed(v, key)
		}
	}
	return v
}

// splitPath splits a.`b c`[2].d into its steps; [] gives an empty one, the first element. An empty path has no steps.
func splitPath(path string) ([]string, error) {
	if path == "" {
		return nil, nil
	}
	if !strings.ContainsAny(path, ".`[") {
		return []string{path}, nil
	}
	var steps []string
	for rest := path; rest != ""; {
		switch rest[0] {
		case '.':
			rest = rest[1:]
		case '`', '[':
			end := rest[0]
			if end == '[' {
				end = ']'
			}
			stop := strings.IndexByte(rest[1:], end)
			if stop < 0 {
				return nil, fault.Newf(fault.BundleValidation, "[path-open] the path %q has an opening %q that is never closed", shorten(path), rest[:1])
			}
			steps = append(steps, strings.Trim(rest[1:1+stop], "`"))
			rest = rest[stop+2:]
		default:
			stop := strings.IndexAny(rest, ".`[")
			if stop < 0 {
				stop = len(rest)
			}
			steps = append(steps, rest[:stop])
			rest = rest[stop:]
		}
	}
	return steps, nil
}
