package expression

import (
	"strconv"
	"strings"

	"github.com/ropeway/ropeway/internal/fault"
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

	columnAt, column int // the place whose column was asked for last, so that the next one is counted from there
}

// columnOf returns the column of a place, from 1. Asked for in order, all of a text costs one pass over it.
func (p *parser) columnOf(at int) int {
	if at < p.columnAt {
		p.columnAt, p.column = 0, 0
	}
	p.column += length(p.src[p.columnAt:at])
	p.columnAt = at
	return p.column + 1
}

// advance reads the token behind the current one.
func (p *parser) advance() error {
	tok, err := p.next(p.tok.after)
	p.tok = tok
	return err
}

func (p *parser) is(sign string) bool { return p.tok.kind == tokenSign && p.tok.text == sign }

// found describes the current token in a message.
func (p *parser) found() any {
	if p.tok.kind == tokenEnd {
		return fault.Say("[the-end] the end")
	}
	return strconv.Quote(shorten(p.src[p.tok.at:p.tok.after]))
}

// deeper guards every recursion of the parser.
func (p *parser) deeper(read func() (node, error)) (node, error) {
	if p.nesting == MaxNesting {
		return nil, p.fail(p.tok.at, "[hint-nested] set a variable to the inner part first", "[too-deep] nested deeper than %d levels", MaxNesting)
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
	default: // the others are no signs
	}
	return besides, level == levelAdd && p.dialect == App && p.tok.kind != tokenEnd
}

func (p *parser) unary() (node, error) {
	if !p.is("-") && !p.is("!") {
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
			return nil, p.fail(tok.at, "", "[number-large] the number %.40s is too large", shorten(tok.text))
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
		return p.fail(p.tok.at, "[hint-complete] complete the expression and close it with }}", "[value-missing] the text ends where a value was expected")
	case p.is(";"), p.is(","):
		hint = "[hint-separators] separators stand between the arguments of a function"
	}
	return p.fail(p.tok.at, hint, "[value-expected] expected a value, found %v", p.found())
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
		return nil, p.fail(p.tok.at, "", "[bracket-open] expected ) for the ( in column %d, found %v", length(p.src[:open])+1, p.found())
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
		return nil, p.fail(tok.at, "[hint-module-numbers] modules are numbered from 1", "[module-number] there is no module %s", shorten(tok.text))
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
		Module: ref.module, Name: ref.name, Path: pathOf(ref.segments), Column: p.columnOf(ref.at),
	})
	return ref, nil
}

func (p *parser) warn(at int, hint, format string, args ...any) {
	p.warnings = append(p.warnings, p.fail(at, hint, format, args...))
}

// word reads what starts with a name: a call, a keyword or a named root.
func (p *parser) word() (node, error) {
	tok := p.tok
	if after, err := p.next(tok.after); err == nil && after.kind == tokenSign && after.text == "(" {
		if fn := builtinTable.find(tok.text, p.dialect); fn != nil {
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
	hint := "[hint-functions] the functions are listed in the documentation of expressions"
	near := ""
	if builtinTable.byName[name] != nil {
		hint = "[hint-app-function] this function exists in app definitions only"
	} else {
		near = fault.Nearest(name, Names(p.dialect))
	}
	e := p.fail(at, hint, "[function-unknown] unknown function '%s'", shorten(strings.TrimSpace(name)))
	if near != "" {
		return e.hinted("[hint-did-you-mean] did you mean '%s'?", near)
	}
	return e
}
