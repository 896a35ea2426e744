package value

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/ropeway/ropeway/internal/fault"
)

// MaxJSONDepth is the number of nested arrays and objects that ParseJSON accepts.
const MaxJSONDepth = 512

// JSONError says where a JSON text is broken.
type JSONError struct {
	Offset  int         // byte, from 0
	Line    int         // from 1
	Column  int         // in characters, from 1
	Message *fault.Text // what was found and what was expected
}

// Error returns "line L, column C: message".
func (e *JSONError) Error() string { return e.text().Error() }

// Worded tells what the text is made of.
func (e *JSONError) Worded() *fault.Words { return fault.WordsOf(e.text()) }

func (e *JSONError) text() *fault.Text {
	return fault.Say("[line-column] line %d, column %d: %v", e.Line, e.Column, e.Message)
}

// Positions maps the path of each member and element ("flow[2].mapper.email") to its line, from 1.
type Positions map[string]int

// Line returns the line of path, or of its nearest ancestor that has one; 1 at worst.
func (p Positions) Line(path string) int {
	for path != "" {
		if line, ok := p[path]; ok {
			return line
		}
		cut := len(path) - 1
		for cut > 0 && path[cut] != '.' && path[cut] != '[' {
			cut--
		}
		path = path[:cut]
	}
	return 1
}

// ParseJSON reads exactly one JSON value. Of equal member names the last one wins.
func ParseJSON(src []byte) (Value, error) {
	p := jsonParser{src: src}
	return p.document()
}

// ParseJSONC reads JSON that may hold // and /* */ comments and trailing commas, and says on which line each part stands.
// A text of nothing but comments and white space is undefined.
func ParseJSONC(src []byte) (Value, Positions, error) {
	p := jsonParser{src: bytes.TrimPrefix(src, []byte("\xef\xbb\xbf")), comments: true, positions: Positions{}}
	v, err := p.document()
	return v, p.positions, err
}

type jsonParser struct {
	src       []byte
	pos       int
	depth     int
	comments  bool
	positions Positions
	path      []byte
	line      int // lines before lineAt, for positions
	lineAt    int
}

func (p *jsonParser) document() (Value, error) {
	if err := p.space(); err != nil {
		return Undefined, err
	}
	if p.pos == len(p.src) && p.comments {
		return Undefined, nil
	}
	v, err := p.value()
	if err != nil {
		return Undefined, err
	}
	if err := p.space(); err != nil {
		return Undefined, err
	}
	if p.pos < len(p.src) {
		return Undefined, p.fail("[json-trailing] unexpected %v after the end of the value", p.found())
	}
	return v, nil
}

func (p *jsonParser) fail(format string, args ...any) error {
	before := p.src[:min(p.pos, len(p.src))]
	lineStart := bytes.LastIndexByte(before, '\n') + 1
	return &JSONError{
		Offset: p.pos, Line: bytes.Count(before, []byte{'\n'}) + 1,
		Column: utf8.RuneCount(before[lineStart:]) + 1, Message: fault.Say(format, args...),
	}
}

func (p *jsonParser) found() any {
	if p.pos >= len(p.src) {
		return fault.Say("[end-of-text] the end of the text")
	}
	r, _ := utf8.DecodeRune(p.src[p.pos:])
	return strconv.QuoteRune(r)
}

func (p *jsonParser) space() error {
	for p.pos < len(p.src) {
		switch c := p.src[p.pos]; {
		case c == ' ' || c == '\n' || c == '\t' || c == '\r':
			p.pos++
		case c == '/' && p.comments:
			if err := p.comment(); err != nil {
				return err
			}
		default:
			return nil
		}
	}
	return nil
}

func (p *jsonParser) comment() error {
	rest := p.src[p.pos:]
	switch {
	case bytes.HasPrefix(rest, []byte("//")):
		if end := bytes.IndexByte(rest, '\n'); end >= 0 {
			p.pos += end + 1
		} else {
			p.pos = len(p.src)
		}
		return nil
	case bytes.HasPrefix(rest, []byte("/*")):
		end := bytes.Index(rest, []byte("*/"))
		if end < 0 {
			return p.fail("[json-comment-open] this comment has no end, expected */")
		}
		p.pos += end + 2
		return nil
	}
	return p.fail("[json-slash] unexpected '/'; comments start with // or /*")
}

func (p *jsonParser) value() (Value, error) {
	if p.pos >= len(p.src) {
		return Undefined, p.fail("[value-missing] the text ends where a value was expected")
	}
	switch c := p.src[p.pos]; {
	case c == '{':
		return p.nested(p.collection)
	case c == '[':
		return p.nested(p.array)
	case c == '"':
		s, err := p.text()
		return Text(s), err
	case c == '-' || c >= '0' && c <= '9':
		return p.number()
	}
	for _, word := range [...]struct {
		text string
		v    Value
	}{{"true", True}, {"false", False}, {"null", Null}} {
		if bytes.HasPrefix(p.src[p.pos:], []byte(word.text)) {
			p.pos += len(word.text)
			return word.v, nil
		}
	}
	return Undefined, p.fail("[value-expected] expected a value, found %v", p.found())
}

func (p *jsonParser) nested(read func() (Value, error)) (Value, error) {
	if p.depth == MaxJSONDepth {
		return Undefined, p.fail("[too-deep] nested deeper than %d levels", MaxJSONDepth)
	}
	p.depth++
	v, err := read()
	p.depth--
	return v, err
}

func (p *jsonParser) collection() (Value, error) {
	var b Builder
	err := p.members('}', func() error {
		if p.pos >= len(p.src) || p.src[p.pos] != '"' {
			return p.fail("[json-name] expected a member name in double quotes, found %v", p.found())
		}
		at := p.pos
		key, err := p.text()
		if err != nil {
			return err
		}
		if err := p.space(); err != nil {
			return err
		}
		if p.pos >= len(p.src) || p.src[p.pos] != ':' {
			return p.fail("[json-colon] expected ':' after the member name, found %v", p.found())
		}
		p.pos++
		if err := p.space(); err != nil {
			return err
		}
		leave := p.enter(at, key, -1)
		v, err := p.value()
		leave()
		b.Set(key, v)
		return err
	})
	return b.Build(), err
}

func (p *jsonParser) array() (Value, error) {
	var items []Value
	err := p.members(']', func() error {
		leave := p.enter(p.pos, "", len(items))
		v, err := p.value()
		leave()
		items = append(items, v)
		return err
	})
	return Array(items...), err
}

// members reads what stands between an opening bracket and end, separated by commas.
func (p *jsonParser) members(end byte, read func() error) error {
	p.pos++
	if err := p.space(); err != nil {
		return err
	}
	if p.pos < len(p.src) && p.src[p.pos] == end {
		p.pos++
		return nil
	}
	for {
		if err := read(); err != nil {
			return err
		}
		if err := p.space(); err != nil {
			return err
		}
		if p.pos < len(p.src) && p.src[p.pos] == end {
			p.pos++
			return nil
		}
		if p.pos >= len(p.src) || p.src[p.pos] != ',' {
			return p.fail("[json-comma] expected ',' or '%c', found %v", end, p.found())
		}
		p.pos++
		if err := p.space(); err != nil {
			return err
		}
		if p.comments && p.pos < len(p.src) && p.src[p.pos] == end {
			p.pos++
			return nil
		}
	}
}

// enter notes the line of a member or element and returns what leaves its path again.
func (p *jsonParser) enter(at int, key string, index int) func() {
	if p.positions == nil {
		return func() {}
	}
	length := len(p.path)
	if index >= 0 {
		p.path = append(strconv.AppendInt(append(p.path, '['), int64(index), 10), ']')
	} else {
		if length > 0 {
			p.path = append(p.path, '.')
		}
		p.path = append(p.path, key...)
	}
	p.line += bytes.Count(p.src[p.lineAt:at], []byte{'\n'})
	p.lineAt = at
	p.positions[string(p.path)] = p.line + 1
	return func() { p.path = p.path[:length] }
}

func (p *jsonParser) number() (Value, error) {
	start := p.pos
	digits := func() bool {
		from := p.pos
		for p.pos < len(p.src) && p.src[p.pos] >= '0' && p.src[p.pos] <= '9' {
			p.pos++
		}
		return p.pos > from
	}
	accept := func(set string) bool {
		if p.pos < len(p.src) && bytes.IndexByte([]byte(set), p.src[p.pos]) >= 0 {
			p.pos++
			return true
		}
		return false
	}
	accept("-")
	if !accept("0") && !digits() {
		return Undefined, p.fail("[json-digit] expected a digit, found %v", p.found())
	}
	if accept(".") && !digits() {
		return Undefined, p.fail("[json-decimal] expected a digit after the decimal point, found %v", p.found())
	}
	if accept("eE") {
		accept("+-")
		if !digits() {
			return Undefined, p.fail("[json-exponent] expected a digit in the exponent, found %v", p.found())
		}
	}
	literal := string(p.src[start:p.pos])
	f, err := strconv.ParseFloat(literal, 64)
	if err != nil {
		p.pos = start
		return Undefined, p.fail("[number-large] the number %.40s is too large", literal)
	}
	return number(literal, f), nil
}

func (p *jsonParser) text() (string, error) {
	p.pos++
	start := p.pos
	for p.pos < len(p.src) {
		c := p.src[p.pos]
		if c == '"' {
			s := p.src[start:p.pos]
			p.pos++
			if !utf8.Valid(s) {
				p.pos = start
				return "", p.fail("[json-utf8] this text is not valid UTF-8")
			}
			return string(s), nil
		}
		if c == '\\' || c < 0x20 {
			return p.escapedText(start)
		}
		p.pos++
	}
	p.pos = start - 1
	return "", p.fail("[quote-open] this text has no closing quote")
}

func (p *jsonParser) escapedText(start int) (string, error) {
	out := append([]byte(nil), p.src[start:p.pos]...)
	for p.pos < len(p.src) {
		c := p.src[p.pos]
		switch {
		case c == '"':
			p.pos++
			if !utf8.Valid(out) {
				p.pos = start
				return "", p.fail("[json-utf8] this text is not valid UTF-8")
			}
			return string(out), nil
		case c < 0x20:
			return "", p.fail("[json-control] a control character (code %d) must be written as \\u%04x inside a text", c, c)
		case c == '\\':
			var err error
			if out, err = p.escape(out); err != nil {
				return "", err
			}
		default:
			out = append(out, c)
			p.pos++
		}
	}
	p.pos = start - 1
	return "", p.fail("[quote-open] this text has no closing quote")
}

func (p *jsonParser) escape(out []byte) ([]byte, error) {
	if p.pos+1 >= len(p.src) {
		return nil, p.fail("[json-escape-end] the text ends inside an escape")
	}
	const from, to = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	c := p.src[p.pos+1]
	if i := bytes.IndexByte([]byte(from), c); i >= 0 {
		p.pos += 2
		return append(out, to[i]), nil
	}
	if c != 'u' {
		return nil, p.fail("[json-escape] unknown escape \\%c", c)
	}
	r, ok := p.hex4(p.pos + 2)
	if !ok {
		return nil, p.fail("[json-unicode] \\u needs four hexadecimal digits")
	}
	p.pos += 6
	if utf16.IsSurrogate(r) {
		r2, ok := rune(0), false
		if p.pos+1 < len(p.src) && p.src[p.pos] == '\\' && p.src[p.pos+1] == 'u' {
			r2, ok = p.hex4(p.pos + 2)
		}
		if full := utf16.DecodeRune(r, r2); ok && full != utf8.RuneError {
			p.pos += 6
			return utf8.AppendRune(out, full), nil
		}
		r = utf8.RuneError
	}
	return utf8.AppendRune(out, r), nil
}

func (p *jsonParser) hex4(at int) (rune, bool) {
	if at+4 > len(p.src) {
		return 0, false
	}
	n, err := strconv.ParseUint(string(p.src[at:at+4]), 16, 32)
	return rune(n), err == nil
}
