package expression

import (
	"errors"
	"strconv"
	"strings"

	"github.com/ropeway/ropeway/internal/value"
)

// parser reads one template. The current token is tok; its place is a byte offset in the whole template, so that
// every error can name the column there.
type parser struct {
	lexer
	tok       token
	nesting   int
	refs      []Reference
	functions []string
	warnings  []*SyntaxError
}

// advance reads the token behind the current one.
func (p *parser) advance() error {
	tok, err := p.next(p.tok.after)
	p.tok = tok
	return err
}

func (p *parser) is(sign string) bool { return p.tok.kind == tokenSign && p.tok.text == sign }

// found describes the current token in a message.
func (p *parser) found() string {
	if p.tok.kind == tokenEnd {
		return "the end"
	}
	return strconv.Quote(shorten(p.src[p.tok.at:p.tok.after]))
}

// deeper guards every recursion of the parser.
func (p *parser) deeper(read func() (node, error)) (node, error) {
	if p.nesting == MaxNesting {
		return nil, p.fail(p.tok.at, "set a variable to the inner part first", "nested deeper than %d levels", MaxNesting)
	}
	p.nesting++
	n, err := read()
	p.nesting--
	return n, err
}

func (p *parser) expression() (node, error) {
	return p.deeper(func() (node, error) { return p.binary(levelOr) })
}

// binary reads operands joined by operators of the level and those that bind tighter.
func (p *parser) binary(level int) (node, error) {
	if level == levelUnary {
		return p.unary()
	}
	first, err := p.binary(level + 1)
	if err != nil {
		return nil, err
	}
	var links []link
	for {
		sign, ok := p.operator(level)
		if !ok {
			break
		}
		if sign != besides {
			if err := p.advance(); err != nil {
				return nil, err
			}
		}
		right, err := p.binary(level + 1)
		if err != nil {
			return nil, err
		}
		links = append(links, newLink(sign, right))
	}
	if links == nil {
		return first, nil
	}
	return &chain{first: first, links: links}, nil
}

// besides is the sign of two parts side by side in app definitions.
const besides = " "

// operator returns the binary operator of the level at the current token.
func (p *parser) operator(level int) (string, bool) {
	switch p.tok.kind {
	case tokenSign:
		if levelOf(p.tok.text) == level {
			return p.tok.text, true
		}
		return besides, level == levelAdd && p.dialect == App && p.tok.text == "("
	case tokenName:
		if p.dialect == Scenario {
			word := strings.ToLower(p.tok.text)
			return word, levelOf(word) == level
		}
	}
	return besides, level == levelAdd && p.dialect == App && p.tok.kind != tokenEnd
}

func (p *parser) unary() (node, error) {
	if !p.is("-") && !p.is("!") && !p.is("+") {
		return p.primary()
	}
	sign := p.tok.text
	if err := p.advance(); err != nil {
		return nil, err
	}
	operand, err := p.deeper(p.unary)
	if err != nil {
		return nil, err
	}
	if c, ok := operand.(*constant); ok && sign == "-" && c.v.Kind() == value.KindNumber {
		return &constant{v: value.Number(-c.v.Float())}, nil
	}
	return &unary{sign: sign, operand: operand}, nil
}

func (p *parser) primary() (node, error) {
	tok := p.tok
	switch {
	case tok.kind == tokenNumber && p.pathFollows() && isDigits(tok.text):
		return p.module(tok)
	case tok.kind == tokenTicked && p.dialect == Scenario && isDigits(tok.text):
		return p.module(tok)
	case tok.kind == tokenTicked:
		return p.named(tok)
	case tok.kind == tokenName:
		return p.word()
	case tok.kind == tokenNumber:
		v, err := value.ToNumber(value.Text(tok.text))
		if err != nil {
			return nil, p.fail(tok.at, "", "the number %s is too large", shorten(tok.text))
		}
		return p.literal(v)
	case tok.kind == tokenText:
		return p.literal(value.Text(tok.text))
	case p.is("("):
		return p.parentheses()
	case p.is("{") && p.dialect == App:
		return p.deeper(p.object)
	case p.is("[") && p.dialect == App:
		return p.deeper(p.list)
	}
	return nil, p.missing()
}

// missing is the error for a token that cannot start a value.
func (p *parser) missing() error {
	hint := ""
	switch {
	case p.tok.kind == tokenEnd:
		return p.fail(p.tok.at, "complete the expression and close it with }}", "the text ends where a value was expected")
	case p.is(";"), p.is(","):
		hint = "separators stand between the arguments of a function"
	}
	return p.fail(p.tok.at, hint, "expected a value, found %s", p.found())
}

// pathFollows reports whether a path goes on directly behind the current token.
func (p *parser) pathFollows() bool {
	return p.tok.after < len(p.src) && (p.src[p.tok.after] == '.' || p.src[p.tok.after] == '[')
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// literal consumes the current token, which stands for v.
func (p *parser) literal(v value.Value) (node, error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	return p.members(&constant{v: v})
}

func (p *parser) parentheses() (node, error) {
	open := p.tok.at
	if err := p.advance(); err != nil {
		return nil, err
	}
	inner, err := p.expression()
	if err != nil {
		return nil, err
	}
	if !p.is(")") {
		return nil, p.fail(p.tok.at, "", "expected ) for the ( in column %d, found %s", length(p.src[:open])+1, p.found())
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	return p.members(inner)
}

// module reads a reference that starts with a module's number.
func (p *parser) module(tok token) (node, error) {
	id, err := strconv.Atoi(tok.text)
	if err != nil || id < 1 {
		return nil, p.fail(tok.at, "modules are numbered from 1", "there is no module %s", shorten(tok.text))
	}
	return p.reference(&reference{module: id, at: tok.at})
}

func (p *parser) named(tok token) (node, error) {
	return p.reference(&reference{name: tok.text, at: tok.at})
}

func (p *parser) reference(ref *reference) (node, error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	var err error
	if ref.segments, err = p.segments(); err != nil {
		return nil, err
	}
	if p.is("(") && (p.dialect == Scenario || len(ref.segments) > 0 && p.src[p.tok.at-1] != ' ') {
		return nil, p.unknownFunction(ref.at, p.src[ref.at:p.tok.at])
	}
	p.refs = append(p.refs, Reference{
		Module: ref.module, Name: ref.name, Path: pathOf(ref.segments), Column: length(p.src[:ref.at]) + 1,
	})
	return ref, nil
}

func pathOf(segments []segment) []string {
	path := make([]string, len(segments))
	for i, s := range segments {
		switch s.kind {
		case segmentKey:
			path[i] = s.key
		case segmentIndex:
			path[i] = "[" + strconv.Itoa(s.index) + "]"
		case segmentFirst:
			path[i] = "[]"
		case segmentValue:
			path[i] = "[*]"
		}
	}
	return path
}

// members reads a path behind a value that is no reference.
func (p *parser) members(base node) (node, error) {
	if p.tok.kind != tokenSign || p.tok.text != "." && p.tok.text != "[" {
		return base, nil
	}
	segments, err := p.segments()
	return &member{base: base, segments: segments}, err
}

func (p *parser) segments() ([]segment, error) {
	var segments []segment
	for {
		var s segment
		var err error
		switch {
		case p.is("."):
			s, err = p.key()
		case p.is("["):
			s, err = p.index()
		default:
			return segments, nil
		}
		if err != nil {
			return nil, err
		}
		segments = append(segments, s)
	}
}

// key reads the segment behind a point. It may start with a digit there.
func (p *parser) key() (segment, error) {
	at := p.tok.after
	s := segment{}
	if at < len(p.src) && p.src[at] == '`' {
		tok, err := p.ticked(at)
		if err != nil {
			return s, err
		}
		s.key, p.tok = tok.text, tok
		return s, p.advance()
	}
	end := nameEnd(p.src, at)
	if end == at {
		return s, p.fail(at, "names with special characters stand in back-ticks: 1.`first-name`", "expected a name after the point")
	}
	s.key, p.tok.after = p.src[at:end], end
	return s, p.advance()
}

func (p *parser) index() (segment, error) {
	open := p.tok.at
	if err := p.advance(); err != nil {
		return segment{}, err
	}
	if p.is("]") {
		return segment{kind: segmentFirst}, p.advance()
	}
	expr, err := p.expression()
	if err != nil {
		return segment{}, err
	}
	if !p.is("]") {
		return segment{}, p.fail(p.tok.at, "", "expected ], found %s", p.found())
	}
	if err := p.advance(); err != nil {
		return segment{}, err
	}
	c, ok := expr.(*constant)
	if !ok {
		return segment{kind: segmentValue, expr: expr}, nil
	}
	if c.v.Kind() == value.KindText {
		return segment{kind: segmentKey, key: c.v.Str()}, nil
	}
	i := int(c.v.Float())
	if c.v.Kind() != value.KindNumber || float64(i) != c.v.Float() {
		return segment{}, p.fail(open, "[1] is the first element, [-1] the last", "the index in [ ] must be a whole number")
	}
	if i == 0 {
		p.warn(open, "write [1] for the first element", "there is no element [0]: the result is always empty")
	}
	return segment{kind: segmentIndex, index: i}, nil
}

func (p *parser) warn(at int, hint, message string) {
	var e *SyntaxError
	if errors.As(p.fail(at, hint, "%s", message), &e) {
		p.warnings = append(p.warnings, e)
	}
}

// word reads what starts with a name: a call, a keyword or a named root.
func (p *parser) word() (node, error) {
	tok := p.tok
	if after, err := p.next(tok.after); err == nil && after.kind == tokenSign && after.text == "(" {
		if fn := builtins.find(tok.text, p.dialect); fn != nil {
			p.tok = after
			return p.call(fn, tok.at)
		}
		if p.dialect == Scenario || after.at == tok.after {
			return nil, p.unknownFunction(tok.at, tok.text)
		}
	}
	if k := keywordNamed(tok.text, p.dialect); k != nil {
		if err := p.advance(); err != nil {
			return nil, err
		}
		return p.members(k.node())
	}
	return p.named(tok)
}

func (p *parser) unknownFunction(at int, name string) error {
	hint := "the functions are listed in the documentation of expressions"
	if near := suggest(name, Names(p.dialect)); near != "" {
		hint = "did you mean '" + near + "'?"
	}
	return p.fail(at, hint, "unknown function '%s'", shorten(strings.TrimSpace(name)))
}

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
	if len(n.args) == high+1 && n.args[high] == node(absent) {
		n.args = n.args[:high]
	}
	if len(n.args) < low || len(n.args) > high {
		return nil, p.fail(at, "write "+fn.Signature(p.dialect), "the function '%s' takes %s, got %d", fn.Name, countText(low, high), len(n.args))
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

// absent is an argument that was left out between two separators.
var absent = &constant{}

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
		var arg node = absent
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
	hint := ""
	if p.is(",") || p.is(";") {
		hint = "arguments are separated by " + p.separator()
	}
	return p.fail(p.tok.at, hint, "expected %s or ) in the call of '%s' in column %d, found %s",
		p.separator(), name, length(p.src[:open])+1-length(name), p.found())
}

// prepare does the work on constant arguments that needs to be done only once: regular expressions and time zones.
func (p *parser) prepare(n *callNode, places []int) error {
	if text, ok := constantText(n.args, n.fn.pattern-1); ok {
		pattern, err := n.fn.compile(text)
		if err != nil {
			return p.fail(places[n.fn.pattern-1], err.Hint, "%s", err.Message)
		}
		n.prepare.pattern = pattern
	}
	if text, ok := constantText(n.args, n.fn.zone-1); ok && text != "" {
		n.prepare.zone = lookupZone(text)
		if n.prepare.zone == nil {
			p.warn(places[n.fn.zone-1], "write a name such as Europe/Prague", "there is no time zone "+strconv.Quote(shorten(text))+
				": the scenario's zone is used")
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

func countText(low, high int) string {
	switch {
	case high == unlimited:
		return "at least " + countText(low, low)
	case low == high && low == 1:
		return "1 argument"
	case low == high:
		return strconv.Itoa(low) + " arguments"
	}
	return strconv.Itoa(low) + " to " + strconv.Itoa(high) + " arguments"
}
