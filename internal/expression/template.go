package expression

import (
	"strings"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// Template is a parsed text with any number of {{expressions}}. It never changes and may be used by many goroutines.
type Template struct {
	source    string
	root      node
	literal   bool
	refs      []Reference
	functions []string
	warnings  []*SyntaxError
}

// Reference is one place where a template reads data.
type Reference struct {
	Module int      // number of the module, 0 for a named root
	Name   string   // the named root ("var", "body"), "" for a module
	Path   []string // the steps: names as they are, "[3]" an element, "[]" the first or all, "[*]" a computed one
	Column int      // where it starts, in characters from 1
}

// Parse reads a whole template. The error is a *SyntaxError.
func Parse(src string, d Dialect) (*Template, error) {
	if !strings.Contains(src, opening) {
		return &Template{source: src, root: &constant{v: value.Text(src)}, literal: true}, nil
	}
	p, err := newParser(src, d)
	if err != nil {
		return nil, err
	}
	parts, err := p.parts()
	if err != nil {
		return nil, err
	}
	root := parts[0]
	if len(parts) > 1 {
		root = &joined{parts: parts}
	}
	return p.template(root), nil
}

// The brackets of expressions.
const (
	opening = "{{"
	closing = "}}"
)

// ParseExpression reads one expression that stands without brackets. The error is a *SyntaxError.
func ParseExpression(src string, d Dialect) (*Template, error) {
	p, err := newParser(src, d)
	if err != nil {
		return nil, err
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	root, err := p.expression()
	if err != nil {
		return nil, err
	}
	if p.tok.kind != tokenEnd {
		return nil, p.trailing(fault.Say("[the-end] the end"))
	}
	return p.template(root), nil
}

func newParser(src string, d Dialect) (*parser, error) {
	p := &parser{lexer: lexer{src: src, dialect: d}}
	if len(src) > MaxSourceBytes {
		return nil, p.fail(0, "", "[text-long] the text is longer than %d bytes", MaxSourceBytes)
	}
	return p, nil
}

func (p *parser) template(root node) *Template {
	return &Template{source: p.src, root: root, refs: p.refs, functions: p.functions, warnings: p.warnings}
}

// parts reads texts and expressions in turn; there is at least one expression.
func (p *parser) parts() ([]node, error) {
	var parts []node
	for at := 0; at < len(p.src); at = p.tok.after {
		start := strings.Index(p.src[at:], opening)
		if start < 0 {
			return append(parts, &constant{v: value.Text(p.src[at:])}), nil
		}
		if start > 0 {
			parts = append(parts, &constant{v: value.Text(p.src[at : at+start])})
		}
		n, err := p.braced(at + start)
		if err != nil {
			return nil, err
		}
		parts = append(parts, n)
	}
	return parts, nil
}

// braced reads the expression whose {{ is at the offset at, and leaves p.tok.after behind its }}.
func (p *parser) braced(at int) (node, error) {
	p.tok = token{after: at + len(opening)}
	if err := p.advance(); err != nil {
		return nil, err
	}
	if p.is("}") {
		return nil, p.fail(at, "[hint-fill-brackets] write a value between the brackets or remove them", "[brackets-empty] there is nothing between {{ and }}")
	}
	n, err := p.expression()
	if err != nil {
		return nil, err
	}
	if p.tok.kind == tokenEnd {
		return nil, p.fail(at, "[hint-close-expression] close the expression with }}", "[brackets-open] this expression has no closing }}")
	}
	if !strings.HasPrefix(p.src[p.tok.at:], closing) {
		return nil, p.trailing(closing)
	}
	p.tok.after = p.tok.at + len(closing)
	return n, nil
}

// trailing is the error for a token behind a complete expression.
func (p *parser) trailing(end any) error {
	hint := "[hint-join] parts are joined with +"
	switch {
	case p.is(";"), p.is(","):
		hint = "[hint-separators] separators stand between the arguments of a function"
	case p.is(")"), p.is("]"):
		hint = "[hint-no-bracket] there is no opening bracket for it"
	}
	return p.fail(p.tok.at, hint, "[operator-expected] expected an operator or %v, found %v", end, p.found())
}

// Eval computes the template. One expression alone keeps its type; with text around it, all parts are joined as text.
// The result may be Undefined, Ignore or Erase. The error is a *fault.Error.
func (t *Template) Eval(env *Env) (value.Value, error) {
	if t.literal {
		return t.root.(*constant).v, nil
	}
	v, err := t.root.eval(newEvaluation(env))
	if err != nil {
		return value.Undefined, fault.From(err)
	}
	return v, nil
}

// Literal returns the template's text where it holds no expression.
func (t *Template) Literal() (value.Value, bool) {
	if !t.literal {
		return value.Undefined, false
	}
	return value.Text(t.source), true
}

// References returns the places where the template reads data, in order.
func (t *Template) References() []Reference { return t.refs }

// Functions returns the names of the functions that the template calls, each once, in order of their closing parenthesis.
func (t *Template) Functions() []string { return t.functions }

// Source returns the text that was parsed.
func (t *Template) Source() string { return t.source }

// Warnings returns what is valid but hardly meant: an index 0, an unknown time zone.
func (t *Template) Warnings() []*SyntaxError { return t.warnings }
