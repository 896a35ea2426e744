package expression

import "github.com/ropeway/ropeway/internal/value"

// object reads {key: value, …}; keys are names or texts.
func (p *parser) object() (node, error) {
	n := &object{}
	return n, p.elements("}", func() error {
		if p.tok.kind != tokenName && p.tok.kind != tokenText && p.tok.kind != tokenTicked {
			return p.fail(p.tok.at, "", "[key-expected] expected a key, found %v", p.found())
		}
		n.keys = append(n.keys, p.tok.text)
		if err := p.advance(); err != nil {
			return err
		}
		if !p.is(":") {
			return p.fail(p.tok.at, "", "[colon-expected] expected : after the key, found %v", p.found())
		}
		if err := p.advance(); err != nil {
			return err
		}
		v, err := p.expression()
		n.values = append(n.values, v)
		return err
	})
}

// list reads [a, b, …]. The empty one is a constant.
func (p *parser) list() (node, error) {
	n := &list{}
	err := p.elements("]", func() error {
		v, err := p.expression()
		n.items = append(n.items, v)
		return err
	})
	if len(n.items) == 0 {
		return &constant{v: value.Array()}, err
	}
	return n, err
}

// elements reads what stands between the current bracket and end, separated by commas.
func (p *parser) elements(end string, read func() error) error {
	if err := p.advance(); err != nil {
		return err
	}
	for !p.is(end) {
		if err := read(); err != nil {
			return err
		}
		if p.is(",") {
			if err := p.advance(); err != nil {
				return err
			}
			continue
		}
		if !p.is(end) {
			return p.fail(p.tok.at, "", "[comma-expected] expected , or %s, found %v", end, p.found())
		}
	}
	return p.advance()
}
