package expression

import (
	"strconv"

	"github.com/ropeway/ropeway/internal/value"
)

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
		return s, p.fail(at, "[hint-back-ticks-path] names with special characters stand in back-ticks: 1.`first-name`", "[name-expected] expected a name after the point")
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
		return segment{}, p.fail(p.tok.at, "", "[index-open] expected ], found %v", p.found())
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
		return segment{}, p.fail(open, "[hint-index] [1] is the first element, [-1] the last", "[index-whole] the index in [ ] must be a whole number")
	}
	if i == 0 {
		p.warn(open, "[hint-index-first] write [1] for the first element", "[index-zero] there is no element [0]: the result is always empty")
	}
	return segment{kind: segmentIndex, index: i}, nil
}
