package expression

import (
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

func (p *parser) separator() string {
	if p.dialect == App {
		return ","
	}
	return ";"
}

// call reads the arguments of fn; the current token is the opening parenthesis.
func (p *parser) call(fn *builtin, at int) (node, error) {
	n := &callNode{fn: fn}
	places, err := p.arguments(n)
	if err != nil {
		return nil, err
	}
	low, high := fn.arity()
	if len(n.args) == high+1 && isAbsent(n.args[high]) {
		n.args = n.args[:high]
	}
	if len(n.args) < low || len(n.args) > high {
		return nil, p.fail(at, "", "[argument-count] the function '%s' takes %v, got %d", fn.Name, countText(low, high), len(n.args)).
			hinted("[hint-write] write %s", fn.Signature(p.dialect))
	}
	for i, arg := range n.args {
		if fn.parameter(i).array() {
			n.args[i] = wholeArray(arg)
		}
	}
	if err := p.prepare(n, places); err != nil {
		return nil, err
	}
	p.functions = appendNew(p.functions, fn.Name)
	return p.members(n)
}

// isAbsent reports whether an argument was left out between two separators.
func isAbsent(arg node) bool {
	c, ok := arg.(*constant)
	return ok && c.absent
}

// arguments reads up to the closing parenthesis and returns the offset of each argument.
func (p *parser) arguments(n *callNode) (places []int, err error) {
	open := p.tok.at
	if err := p.advance(); err != nil {
		return nil, err
	}
	for first := true; ; first = false {
		if first && p.is(")") {
			return places, p.advance()
		}
		places = append(places, p.tok.at)
		var arg node = &constant{absent: true}
		if !p.is(p.separator()) && !p.is(")") {
			if arg, err = p.expression(); err != nil {
				return nil, err
			}
		}
		n.args = append(n.args, arg)
		switch {
		case p.is(")"):
			return places, p.advance()
		case !p.is(p.separator()):
			return nil, p.unseparated(open, n.fn.Name)
		}
		if err := p.advance(); err != nil {
			return nil, err
		}
	}
}

func (p *parser) unseparated(open int, name string) error {
	e := p.fail(p.tok.at, "", "[separator-expected] expected %s or ) in the call of '%s' in column %d, found %v",
		p.separator(), name, length(p.src[:open])+1-length(name), p.found())
	if p.is(",") || p.is(";") {
		return e.hinted("[hint-separator] arguments are separated by %s", p.separator())
	}
	return e
}

// prepare does the work on constant arguments that needs to be done only once: regular expressions and time zones.
func (p *parser) prepare(n *callNode, places []int) error {
	if text, ok := constantText(n.args, n.fn.pattern-1); ok {
		pattern, err := n.fn.compile(text)
		if err != nil {
			return &SyntaxError{Column: p.columnOf(places[n.fn.pattern-1]), Message: err.Message, Hint: err.Hint, Words: err.Words}
		}
		n.prepare.pattern = pattern
	}
	if text, ok := constantText(n.args, n.fn.zone-1); ok && text != "" {
		n.prepare.zone = lookupZone(text)
		if n.prepare.zone == nil {
			p.warn(places[n.fn.zone-1], "[hint-zone] write a name such as Europe/Prague",
				"[zone-unknown] there is no time zone %q: the scenario's zone is used", shorten(text))
		}
	}
	return nil
}

func constantText(args []node, i int) (string, bool) {
	if i < 0 || i >= len(args) {
		return "", false
	}
	c, ok := args[i].(*constant)
	if !ok || c.v.Kind() != value.KindText {
		return "", false
	}
	return c.v.Str(), true
}

// wholeArray drops a [] at the end of a path: an argument that takes an array means all of it.
func wholeArray(n node) node {
	switch n := n.(type) {
	case *reference:
		if last := len(n.segments) - 1; last >= 0 && n.segments[last].kind == segmentFirst {
			n.segments = n.segments[:last]
		}
	case *member:
		if last := len(n.segments) - 1; last >= 0 && n.segments[last].kind == segmentFirst {
			n.segments = n.segments[:last]
		}
	}
	return n
}

func appendNew(names []string, name string) []string {
	for _, x := range names {
		if x == name {
			return names
		}
	}
	return append(names, name)
}

func countText(low, high int) *fault.Text {
	switch {
	case high == unlimited:
		return fault.Say("[at-least] at least %v", countText(low, low))
	case low == high && low == 1:
		return fault.Say("[one-argument] 1 argument")
	case low == high:
		return fault.Say("[arguments] %d arguments", low)
	}
	return fault.Say("[arguments-between] %d to %d arguments", low, high)
}
