package expression

import (
	"math"
	"regexp"
	"regexp/syntax"
	"strings"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// pattern is a regular expression ready for use.
type pattern struct {
	re   *regexp.Regexp
	all  bool // flag g
	size int  // estimate of its instructions, which bounds the work for each character
}

// unsupportedTable has the parts of JavaScript's regular expressions that Go's engine, which never takes more than linear time, does not have.
var unsupportedTable = []struct{ sign, name string }{
	{"(?=", "look-ahead (?=…)"},
	{"(?!", "look-ahead (?!…)"},
	{"(?<=", "look-behind (?<=…)"},
	{"(?<!", "look-behind (?<!…)"},
	{"(?<", "a named group (?<…>)"},
	{"(?P<", "a named group (?P<…>)"},
}

// compileSearch reads a search text: a regular expression where it has the form /…/flags, else nil.
func compileSearch(text string) (*pattern, *fault.Error) {
	end := strings.LastIndexByte(text, '/')
	if end < 1 || text[0] != '/' || strings.Trim(text[end+1:], "gimsuy") != "" {
		return nil, nil
	}
	return compilePattern(text[1:end], text[end+1:])
}

// compileAny reads /…/flags or an expression without flags, and replaces all matches.
func compileAny(text string) (*pattern, *fault.Error) {
	p, err := compileSearch(text)
	if p == nil && err == nil {
		p, err = compilePattern(text, "")
	}
	if p != nil {
		p.all = true
	}
	return p, err
}

func compilePattern(source, flags string) (*pattern, *fault.Error) {
	if len(source) > MaxPatternBytes {
		return nil, fault.Newf(fault.BundleValidation, "[pattern-long] the regular expression is longer than %d bytes", MaxPatternBytes)
	}
	if err := refusePattern(source); err != nil {
		return nil, err
	}
	prefix := ""
	for _, flag := range "ims" {
		if strings.ContainsRune(flags, flag) {
			prefix += string(flag)
		}
	}
	if prefix != "" {
		prefix = "(?" + prefix + ")"
	}
	// The size is estimated without building the instructions.
	parsed, err := syntax.Parse(prefix+source, syntax.Perl)
	if err != nil {
		return nil, badPattern(err)
	}
	size := instructions(parsed)
	if size > MaxPatternSize {
		return nil, fault.Newf(fault.BundleValidation, "[pattern-large] the regular expression is too large: its repetitions come to more than %d parts", MaxPatternSize)
	}
	re, err := regexp.Compile(prefix + source)
	if err != nil {
		return nil, badPattern(err)
	}
	return &pattern{re: re, all: strings.Contains(flags, "g"), size: size}, nil
}

func badPattern(err error) *fault.Error {
	message := strings.TrimPrefix(err.Error(), "error parsing regexp: ")
	return fault.Wrapf(fault.BundleValidation, err, "[pattern-bad] the regular expression is not valid: %s", message)
}

// instructions estimates how many instructions an expression with all its repetitions has.
func instructions(re *syntax.Regexp) int {
	size := 1 + len(re.Rune)
	for _, sub := range re.Sub {
		size = min(size+instructions(sub), math.MaxInt32)
	}
	if re.Op == syntax.OpRepeat {
		size = min(size*max(re.Min, re.Max, 1), math.MaxInt32)
	}
	return size
}

// refusePattern names what is valid in JavaScript and does not exist here.
func refusePattern(source string) *fault.Error {
	inClass := false
	for i := 0; i < len(source); i++ {
		switch c := source[i]; {
		case c == '\\':
			i++
			if i < len(source) && !inClass && (source[i] >= '1' && source[i] <= '9' || source[i] == 'k') {
				return fault.Newf(fault.BundleValidation, "[pattern-back-reference] a back-reference \\%s is not supported in regular expressions", source[i:i+1]).
					WithHint("[hint-back-reference] match the parts one by one, or compare them afterwards")
			}
		case c == '[':
			inClass = true
		case c == ']':
			inClass = false
		case c == '(' && !inClass:
			for _, u := range unsupportedTable {
				if strings.HasPrefix(source[i:], u.sign) {
					return fault.Newf(fault.BundleValidation, "[pattern-unsupported] %s is not supported in regular expressions", u.name).
						WithHint("[hint-pattern-more] match a little more and keep the rest with $1")
				}
			}
		}
	}
	return nil
}

// pattern returns the regular expression of argument i, which the parser may have read already.
func (c *call) pattern(i int) *pattern {
	if c.node.prepare.pattern != nil {
		return c.node.prepare.pattern
	}
	text := c.text(i)
	if !c.check(c.ev.charge(min(len(text), MaxPatternBytes))) {
		return nil
	}
	p, err := c.node.fn.compile(text)
	if err != nil {
		c.refuse(i, err)
	}
	return p
}

func replace(c *call) value.Value {
	text, with := c.text(0), c.text(2)
	if p := c.pattern(1); p != nil && c.err == nil {
		return c.replaceMatches(p, text, with)
	}
	search := c.text(1)
	if search == "" || c.err != nil {
		return value.Text(text)
	}
	count := strings.Count(text, search)
	if !c.fits(len(text) + count*(len(with)-len(search))) {
		return value.Empty
	}
	return value.Text(strings.ReplaceAll(text, search, with))
}

func replacePattern(c *call) value.Value {
	text, with := c.text(0), c.text(2)
	p := c.pattern(1)
	if p == nil || c.err != nil {
		return value.Text(text)
	}
	return c.replaceMatches(p, text, with)
}

// replaceMatches replaces the first or all matches of p within the limits.
func (c *call) replaceMatches(p *pattern, text, with string) value.Value {
	if len(text) > MaxPatternTextBytes {
		c.refusef(0, "[text-long-pattern] the text is longer than %d bytes, too long for a regular expression", MaxPatternTextBytes)
		return value.Empty
	}
	const instructionsPerStep = 2
	if !c.check(c.ev.charge((len(text)/bytesPerStep + 1) * (p.size/instructionsPerStep + 1))) {
		return value.Empty
	}
	matches, ok := c.matches(p, text)
	if !ok {
		return value.Empty
	}
	var b strings.Builder
	last := 0
	for _, match := range matches {
		b.WriteString(text[last:match[0]])
		c.expand(&b, with, text, match)
		last = match[1]
		if !c.fits(b.Len()) || !c.check(c.ev.charge(1)) {
			return value.Empty
		}
	}
	b.WriteString(text[last:])
	return value.Text(b.String())
}

// matches finds the first or all matches. As many are found at a time as the limits allow for, and one more is too many.
func (c *call) matches(p *pattern, text string) ([][]int, bool) {
	if !p.all {
		return p.re.FindAllStringSubmatchIndex(text, 1), true
	}
	const perIndex = 8
	each := (2*p.re.NumSubexp() + 5) * perIndex
	limit := c.ev.left.Bytes/each + 1
	matches := p.re.FindAllStringSubmatchIndex(text, limit)
	return matches, c.fits(len(matches)*each) && c.check(c.ev.charge(len(matches)*each/bytesPerStep))
}

// expand writes with, in which $& is the match, $1 to $99 are its groups and $$ is a dollar.
func (c *call) expand(b *strings.Builder, with, text string, match []int) {
	for {
		at := strings.IndexByte(with, '$')
		if at < 0 || at == len(with)-1 {
			b.WriteString(with)
			return
		}
		b.WriteString(with[:at])
		with = with[at+1:]
		switch with[0] {
		case '$':
			b.WriteByte('$')
			with = with[1:]
		case '&':
			b.WriteString(text[match[0]:match[1]])
			with = with[1:]
		default:
			group, size := groupNumber(with, len(match)/2-1)
			if size == 0 {
				b.WriteByte('$')
				continue
			}
			if from := match[2*group]; from >= 0 {
				b.WriteString(text[from:match[2*group+1]])
			}
			with = with[size:]
		}
		if !c.fits(b.Len()) {
			return
		}
	}
}

// groupNumber reads one or two digits that name one of the groups and returns how many digits it took.
func groupNumber(s string, groups int) (number, size int) {
	for i := 0; i < 2 && i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		n := number*10 + int(s[i]-'0')
		if n > groups {
			break
		}
		number, size = n, i+1
	}
	if number == 0 {
		return 0, 0
	}
	return number, size
}
