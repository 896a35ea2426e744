package expression

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/ropeway/ropeway/internal/fault"
)

// Dialect says by whose rules a template is read.
type Dialect uint8

// The dialects.
const (
	// Scenario is the language of blueprints: arguments are separated by ';', texts stand in double quotes.
	Scenario Dialect = iota
	// App is the language of app definitions: arguments are separated by ',', and there are === !== == && || ! ??, single
	// quotes, parts side by side, objects {…} and computed members […] besides.
	App
)

// SyntaxError says where a template is wrong.
type SyntaxError struct {
	Column  int          // in characters of the whole template, from 1
	Message string       // what is wrong
	Hint    string       // what to do; may be empty
	Words   *fault.Words // what message and hint are made of
}

// Error returns "column N: message".
func (e *SyntaxError) Error() string { return e.placed().Error() }

// Worded tells what the text is made of.
func (e *SyntaxError) Worded() *fault.Words { return fault.WordsOf(e.placed()) }

// Fault returns the mistake as a failure, whose message names the column.
func (e *SyntaxError) Fault() *fault.Error {
	told := fault.Of(fault.InvalidConfiguration, e.placed())
	told.Cause = e
	return told.WithHintOf(e.told())
}

func (e *SyntaxError) placed() *fault.Text {
	return fault.Say("[in-column] column %d: %v", e.Column, e.told())
}

func (e *SyntaxError) told() *fault.Error {
	return &fault.Error{Message: e.Message, Hint: e.Hint, Words: e.Words}
}

// hinted gives the mistake another hint.
func (e *SyntaxError) hinted(format string, args ...any) *SyntaxError {
	told := e.told().WithHintf(format, args...)
	return &SyntaxError{Column: e.Column, Message: e.Message, Hint: told.Hint, Words: told.Words}
}

type tokenKind uint8

const (
	tokenEnd    tokenKind = iota // end of the source or an unmatched }
	tokenNumber                  // 12, 1.5, 1e3
	tokenText                    // "…", or '…' in apps
	tokenName                    // letters, digits, _ and $
	tokenTicked                  // `…`
	tokenSign                    // operators and punctuation
)

type token struct {
	kind  tokenKind
	text  string // sign or name as written; the content of texts and back-ticks
	at    int    // byte offset of the first character
	after int    // byte offset behind the last one
}

// lexer reads tokens from src, one ahead of the parser.
type lexer struct {
	src     string
	dialect Dialect
}

func (l *lexer) fail(at int, hint, format string, args ...any) *SyntaxError {
	told := fault.Newf(fault.InvalidConfiguration, format, args...)
	if hint != "" {
		told = told.WithHint(hint)
	}
	return &SyntaxError{Column: length(l.src[:min(at, len(l.src))]) + 1, Message: told.Message, Hint: told.Hint, Words: told.Words}
}

// next returns the token that starts at or after the offset at.
func (l *lexer) next(at int) (token, error) {
	for at < len(l.src) {
		r, size := utf8.DecodeRuneInString(l.src[at:])
		if !unicode.IsSpace(r) {
			break
		}
		at += size
	}
	if at >= len(l.src) {
		return token{kind: tokenEnd, at: len(l.src), after: len(l.src)}, nil
	}
	r, _ := utf8.DecodeRuneInString(l.src[at:])
	switch {
	case r >= '0' && r <= '9':
		return l.number(at)
	case nameRune(r):
		end := nameEnd(l.src, at)
		return token{kind: tokenName, text: l.src[at:end], at: at, after: end}, nil
	case r == '"' || r == '\'' && l.dialect == App:
		return l.text(at)
	case r == '`':
		return l.ticked(at)
	}
	return l.sign(at, r)
}

func nameRune(r rune) bool {
	return r == '_' || r == '$' || unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r)
}

func nameEnd(s string, at int) int {
	for at < len(s) {
		r, size := utf8.DecodeRuneInString(s[at:])
		if !nameRune(r) {
			break
		}
		at += size
	}
	return at
}

// number reads digits, a fraction only where a digit follows the point (1.a is a reference), and an exponent.
func (l *lexer) number(at int) (token, error) {
	digits := func(i int) int {
		for i < len(l.src) && l.src[i] >= '0' && l.src[i] <= '9' {
			i++
		}
		return i
	}
	end := digits(at)
	if end+1 < len(l.src) && l.src[end] == '.' && digits(end+1) > end+1 {
		end = digits(end + 1)
	}
	if end < len(l.src) && (l.src[end] == 'e' || l.src[end] == 'E') {
		exponent := end + 1
		if exponent < len(l.src) && (l.src[exponent] == '-' || l.src[exponent] == '+') {
			exponent++
		}
		if stop := digits(exponent); stop > exponent {
			end = stop
		}
	}
	if stop := nameEnd(l.src, end); stop > end {
		return token{}, l.fail(at, "", "[no-number-no-name] %q is neither a number nor a name", shorten(l.src[at:stop])).
			hinted("[hint-back-ticks-digit] names that start with a digit stand in back-ticks: `%s`", l.src[at:stop])
	}
	return token{kind: tokenNumber, text: l.src[at:end], at: at, after: end}, nil
}

// text reads a quoted text. The quote inside is written \" or, in scenarios, doubled; unknown escapes keep their
// backslash, so that regular expressions need not double theirs.
func (l *lexer) text(at int) (token, error) {
	quote := l.src[at]
	var b strings.Builder
	for i := at + 1; i < len(l.src); {
		c := l.src[i]
		switch {
		case c == quote && l.dialect == Scenario && i+1 < len(l.src) && l.src[i+1] == quote:
			b.WriteByte(quote)
			i += 2
		case c == quote:
			return token{kind: tokenText, text: b.String(), at: at, after: i + 1}, nil
		case c == '\\' && i+1 < len(l.src):
			i += l.escape(&b, i)
		default:
			b.WriteByte(c)
			i++
		}
	}
	return token{}, l.fail(at, "", "[quote-open] this text has no closing quote").hinted("[hint-close-text] close the text with %s", string(quote))
}

// escape writes what the escape at offset at stands for and returns its length.
func (l *lexer) escape(b *strings.Builder, at int) int {
	const from, to = `nrt\"'`, "\n\r\t\\\"'"
	c := l.src[at+1]
	if i := strings.IndexByte(from, c); i >= 0 {
		b.WriteByte(to[i])
		return 2
	}
	if r, ok := hexRune(l.src, at); ok {
		if low, ok := hexRune(l.src, at+6); ok && utf16.IsSurrogate(r) {
			if full := utf16.DecodeRune(r, low); full != utf8.RuneError {
				b.WriteRune(full)
				return 12
			}
		}
		b.WriteRune(r)
		return 6
	}
	b.WriteByte('\\')
	return 1
}

func hexRune(s string, at int) (rune, bool) {
	if at+6 > len(s) || s[at] != '\\' || s[at+1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(s[at+2:at+6], 16, 32)
	return rune(n), err == nil
}

func (l *lexer) ticked(at int) (token, error) {
	end := strings.IndexByte(l.src[at+1:], '`')
	if end < 0 {
		return token{}, l.fail(at, "[hint-close-name] close the name with `", "[back-tick-open] this name has no closing back-tick")
	}
	return token{kind: tokenTicked, text: l.src[at+1 : at+1+end], at: at, after: at + end + 2}, nil
}

// sign reads the longest operator at the offset at.
func (l *lexer) sign(at int, r rune) (token, error) {
	signs := scenarioSignTable
	if l.dialect == App {
		signs = appSignTable
	}
	for _, s := range signs {
		if strings.HasPrefix(l.src[at:], s) {
			if hint, ok := foreignSign(l.dialect, l.src[at:]); ok {
				return token{}, l.fail(at, hint, "[operator-foreign] this operator does not exist in scenarios")
			}
			return token{kind: tokenSign, text: s, at: at, after: at + len(s)}, nil
		}
	}
	hint := "[hint-back-ticks] names with special characters stand in back-ticks, texts in double quotes"
	if r == '\'' {
		hint = "[hint-double-quotes] put the text in double quotes"
	}
	if r == '!' {
		hint = "[hint-not-equal] write != for \"not equal\""
	}
	return token{}, l.fail(at, hint, "[character] unexpected character %q", r)
}

// Longest first.
var (
	scenarioSignTable = []string{"!=", "<=", ">=", "+", "-", "*", "/", "%", "=", "<", ">", "&", "|", "(", ")", "[", "]", ".", ";", ",", "}", "{", ":"}
	appSignTable      = []string{
		"===", "!==", "==", "!=", "<=", ">=", "&&", "||", "??", "+", "-", "*", "/", "%", "=", "<", ">", "&", "|", "!",
		"(", ")", "[", "]", ".", ",", ";", "}", "{", ":",
	}
)

// foreignSign recognises the operators of JavaScript in a scenario's expression and says what to write instead.
func foreignSign(d Dialect, rest string) (hint string, found bool) {
	if d == App {
		return "", false
	}
	switch {
	case strings.HasPrefix(rest, "=="):
		return "[hint-equal] write = for \"equal\"", true
	case strings.HasPrefix(rest, "!=="):
		return "[hint-not-equal] write != for \"not equal\"", true
	case strings.HasPrefix(rest, "&&"):
		return "[hint-and] write & for \"and\"", true
	case strings.HasPrefix(rest, "||"):
		return "[hint-or] write | for \"or\"", true
	}
	return "", false
}

// shownCharacters is how many characters of a user's text a message repeats.
const shownCharacters = 40

func shorten(s string) string {
	if length(s) <= shownCharacters {
		return s
	}
	return string([]rune(s)[:shownCharacters]) + "…"
}
