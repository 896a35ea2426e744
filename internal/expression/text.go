package expression

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/ropeway/ropeway/internal/value"
)

func textFunctions() []*builtin {
	return inGroup("Text", slices.Concat(caseFunctions(), partFunctions(), replaceFunctions())...)
}

func caseFunctions() []*builtin {
	text := params(param("text", "text", "the text"))
	return []*builtin{
		define("length", "Returns the number of characters of a text, elements of an array, fields of a collection, or bytes of binary data.",
			params(param("data", "text or array", "the data")), lengthOf,
			gives(`length("háček")`, `5`), gives(`length(1.items[])`, `3`), gives(`length(1.missing)`, `0`)),
		define("lower", "Turns all letters into small ones.", text, perText(strings.ToLower), gives(`lower("ÉCOLE")`, `"école"`)),
		define("upper", "Turns all letters into capitals.", text, perText(upper), gives(`upper("hello")`, `"HELLO"`), gives(`upper(1.missing)`, `""`)),
		define("capitalize", "Turns the first letter into a capital.", text, perText(capitalize), gives(`capitalize("hello World")`, `"Hello World"`)),
		define("startcase", "Turns the first letter of each word into a capital and all others into small letters.", text, perText(startcase),
			gives(`startcase("hello WORLD")`, `"Hello World"`)),
		define("pascal", "Joins the words of a text, each with a capital.", text, perText(pascal), gives(`pascal("hello big-world")`, `"HelloBigWorld"`)).starred(),
		define("trim", "Removes white space at both ends.", text, perText(strings.TrimSpace), gives(`trim("  hello ")`, `"hello"`)),
		define("ascii", "Removes all characters that are not ASCII.",
			params(param("text", "text", "the text"), optional("removeDiacritics", "boolean", "keep letters without their accents instead")), ascii,
			gives(`ascii("žluť")`, `"lu"`), gives(`ascii("žluť"; true)`, `"zlut"`)),
		define("removeAccents", "Removes the accents of letters.", text, perText(removeAccents), gives(`removeAccents("Žluťoučký")`, `"Zlutoucky"`)).starred(),
	}
}

func partFunctions() []*builtin {
	text, count := param("text", "text", "the text"), param("count", "number", "how many characters")
	return []*builtin{
		define("substring", "Returns a part of a text, counted in characters from 0.",
			params(text, param("start", "number", "position of the first character"), optional("end", "number", "position of the first one not taken; the end where left out")), substring,
			gives(`substring("Hello"; 0; 3)`, `"Hel"`), gives(`substring("Hello"; 2)`, `"llo"`)),
		define("left", "Returns the first characters.", params(text, count), func(c *call) value.Value { return c.runes(0, c.whole(1, 0)) },
			gives(`left("Hello"; 2)`, `"He"`)).starred(),
		define("right", "Returns the last characters.", params(text, count), right, gives(`right("Hello"; 2)`, `"lo"`)).starred(),
		define("indexOf", "Returns the position of a text in another, or of an element in an array, counted from 0; -1 where it is not there.",
			params(param("data", "text or array", "where to look"), param("value", "any", "what to look for"), optional("start", "number", "position to start from")), indexOf,
			gives(`indexOf("Workflow"; "o")`, `1`), gives(`indexOf("Workflow"; "o"; 2)`, `6`), gives(`indexOf("Workflow"; "x")`, `-1`)),
		define("contains", "Reports whether a text holds another, or an array an element that is equal to a value.",
			params(param("data", "text or array", "where to look"), param("value", "any", "what to look for")), contains,
			gives(`contains("Hello World"; "World")`, `true`), gives(`contains(split("1,2"; ","); 2)`, `true`), gives(`contains(1.missing; "a")`, `false`)),
		define("split", "Splits a text at each place where a separator stands.",
			params(text, param("separator", "text", "where to split; \"\" gives single characters")), split,
			gives(`split("John, George, Paul"; ", ")`, `["John","George","Paul"]`), gives(`split("abc"; "")`, `["a","b","c"]`), gives(`split(1.missing; ",")`, `[]`)),
		define("concat", "Joins values to one text.", params(param("value", "any", "the first value"), repeated("any", "further values")), concat,
			gives(`concat("a"; 1; true)`, `"a1true"`)).starred(),
	}
}

func replaceFunctions() []*builtin {
	text, with := param("text", "text", "the text"), param("replacement", "text", "what to put there; for a regular expression $& is the match and $1 to $99 its groups")
	return []*builtin{
		define("replace", "Replaces all occurrences of a text. A search of the form /…/flags is a regular expression; without the flag g it replaces the first match.",
			params(text, param("search", "text", "what to look for"), with), replace,
			gives(`replace("a-b-c"; "-"; "+")`, `"a+b+c"`), gives(`replace("Peter"; "/e/g"; "*")`, `"P*t*r"`),
			gives(`replace("John Smith"; "/(\w+) (\w+)/"; "$2, $1")`, `"Smith, John"`),
			fails(`replace("x"; "/(?=a)/"; "")`, "column 14: look-ahead (?=…) is not supported in regular expressions")).withPattern(2, compileSearch),
		define("replacePattern", "Replaces all matches of a regular expression.", params(text, param("pattern", "text", "/…/flags, or the expression alone"), with), replacePattern,
			gives(`replacePattern("a1b22"; "[0-9]+"; "#")`, `"a#b#"`)).withPattern(2, compileAny).starred(),
		define("replaceEmojiCharacters", "Replaces each emoji.", params(text, optional("replacement", "text", "nothing where left out")), replaceEmoji,
			gives(`replaceEmojiCharacters("Hi 👋🏽!"; "*")`, `"Hi *!"`)),
	}
}

// perText makes a function of one text; nothing counts as "".
func perText(f func(string) string) func(c *call) value.Value {
	return func(c *call) value.Value {
		s := c.text(0)
		if !c.fits(len(s)) {
			return value.Empty
		}
		return value.Text(f(s))
	}
}

func lengthOf(c *call) value.Value {
	v := c.arg(0)
	switch v.Kind() {
	case value.KindArray, value.KindCollection, value.KindBuffer:
		return value.Int(v.Len())
	}
	return value.Int(length(c.text(0)))
}

// upper writes ß as SS, which strings.ToUpper leaves alone.
func upper(s string) string { return strings.ReplaceAll(strings.ToUpper(s), "ß", "SS") }

func capitalize(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return s
	}
	return string(unicode.ToUpper(r)) + s[size:]
}

// eachWord applies first to the first character of each word and rest to the others.
func eachWord(s string, first, rest func(rune) rune) string {
	inside := false
	return strings.Map(func(r rune) rune {
		starts := !inside
		inside = !unicode.IsSpace(r)
		if starts {
			return first(r)
		}
		return rest(r)
	}, s)
}

func startcase(s string) string { return eachWord(s, unicode.ToUpper, unicode.ToLower) }

func pascal(s string) string {
	words := strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for i, word := range words {
		words[i] = startcase(word)
	}
	return strings.Join(words, "")
}

// removeAccents keeps the base letters of composed characters.
func removeAccents(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(s))
	return strings.NewReplacer("ł", "l", "Ł", "L", "ø", "o", "Ø", "O", "đ", "d", "Đ", "D", "ß", "ss", "æ", "ae", "Æ", "AE", "œ", "oe", "Œ", "OE",
		"ı", "i", "þ", "th", "Þ", "Th", "ð", "d", "Ð", "D").Replace(norm.NFC.String(s))
}

func ascii(c *call) value.Value {
	s := c.text(0)
	if value.Truthy(c.arg(1)) {
		s = removeAccents(s)
	}
	return value.Text(strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII {
			return -1
		}
		return r
	}, s))
}

// runes returns the characters from start to before end of the first argument; both may lie outside.
func (c *call) runes(start, end int) value.Value {
	s := c.text(0)
	from, to, i := len(s), len(s), 0
	for at := range s {
		if i == max(start, 0) {
			from = at
		}
		if i == end {
			to = at
			break
		}
		i++
	}
	if end <= 0 || from > to {
		return value.Empty
	}
	return value.Text(s[from:to])
}

func substring(c *call) value.Value {
	start, end := c.whole(1, 0), c.whole(2, maxWhole)
	if start > end {
		start, end = end, start
	}
	return c.runes(start, end)
}

func right(c *call) value.Value {
	count := c.whole(1, 0)
	if count <= 0 {
		return value.Empty
	}
	return c.runes(length(c.text(0))-count, maxWhole)
}

func indexOf(c *call) value.Value {
	start := max(c.whole(2, 0), 0)
	if c.arg(0).Kind() == value.KindArray {
		for i, v := range c.list(0) {
			if i >= start && c.equal(v, c.arg(1)).Truth() {
				return value.Int(i)
			}
		}
		return value.Int(-1)
	}
	s, wanted := c.text(0), c.text(1)
	rest := c.runes(start, maxWhole).Str()
	at := strings.Index(rest, wanted)
	if at < 0 {
		return value.Int(-1)
	}
	return value.Int(length(s[:len(s)-len(rest)+at]))
}

func contains(c *call) value.Value {
	if c.arg(0).Kind() == value.KindArray {
		for _, v := range c.list(0) {
			if c.equal(v, c.arg(1)).Truth() {
				return value.True
			}
		}
		return value.False
	}
	return value.Bool(!c.arg(0).IsNothing() && strings.Contains(c.text(0), c.text(1)))
}

func split(c *call) value.Value {
	s, separator := c.text(0), c.text(1)
	if c.blank(0) {
		return value.Array()
	}
	count := strings.Count(s, separator) + 1
	if !c.fits(count*valueBytes) || !c.check(c.ev.charge(count)) {
		return value.Undefined
	}
	return texts(strings.Split(s, separator))
}

func concat(c *call) value.Value {
	var b strings.Builder
	for _, v := range c.values() {
		b.WriteString(c.key(v))
		if !c.fits(b.Len()) {
			return value.Empty
		}
	}
	return value.Text(b.String())
}

func replaceEmoji(c *call) value.Value {
	s, with := c.text(0), c.text(1)
	var b strings.Builder
	for rest := s; rest != ""; {
		if n := emojiLength(rest); n > 0 {
			b.WriteString(with)
			rest = rest[n:]
		} else {
			_, size := utf8.DecodeRuneInString(rest)
			b.WriteString(rest[:size])
			rest = rest[size:]
		}
		if !c.fits(b.Len()) {
			return value.Empty
		}
	}
	return value.Text(b.String())
}

// The characters that tie parts of an emoji together.
const (
	joiner           = '\u200d'
	emojiPresentment = '\ufe0f'
	keycap           = '\u20e3'
)

// emojiLength returns the bytes of the emoji at the start of s with all its parts: skin tones, joined emoji, flags; 0 where there is none.
func emojiLength(s string) int {
	r, size := utf8.DecodeRuneInString(s)
	if !emoji(r) {
		return 0
	}
	n, joined := size, false
	for n < len(s) {
		next, size := utf8.DecodeRuneInString(s[n:])
		switch {
		case next == joiner, next == emojiPresentment, next == keycap, next >= 0x1f3fb && next <= 0x1f3ff, next >= 0xe0020 && next <= 0xe007f:
		case joined && emoji(next):
		case regional(r) && regional(next) && n == len("🇦"):
		default:
			return n
		}
		joined = next == joiner
		n += size
	}
	return n
}

func regional(r rune) bool { return r >= 0x1f1e6 && r <= 0x1f1ff }

func emoji(r rune) bool {
	switch {
	case r >= 0x1f300 && r <= 0x1faff, regional(r), r >= 0x2600 && r <= 0x27bf, r >= 0x1f000 && r <= 0x1f0ff:
		return true
	case r >= 0x2b05 && r <= 0x2b07, r == 0x2b1b, r == 0x2b1c, r == 0x2b50, r == 0x2b55, r >= 0x231a && r <= 0x231b, r >= 0x23e9 && r <= 0x23f3, r >= 0x23f8 && r <= 0x23fa:
		return true
	}
	return r == 0x203c || r == 0x2049 || r == 0x2139 || r == 0x3030 || r == 0x303d || r == 0x3297 || r == 0x3299 || r >= 0x1f170 && r <= 0x1f251
}
