package builtin

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"

	"github.com/ropeway/ropeway/internal/fault"
)

// patternFlags are the switches of a regular expression.
type patternFlags struct{ sensitive, multiline, singleline bool }

// compilePattern reads a regular expression of a user. field names where it stands.
//
// The expressions are those of Go: matching takes time in proportion to the text, whatever the pattern, and there are
// no lookarounds and no backreferences.
func compilePattern(pattern string, flags patternFlags, field string) (*regexp.Regexp, error) {
	if len(pattern) > MaxPatternBytes {
		return nil, fault.Newf(fault.BundleValidation, "[pattern-bytes] The pattern has %d bytes; %d are allowed.", len(pattern), MaxPatternBytes).WithField(field)
	}
	switches := ""
	for _, s := range []struct {
		on   bool
		flag string
	}{{!flags.sensitive, "i"}, {flags.multiline, "m"}, {flags.singleline, "s"}} {
		if s.on {
			switches += s.flag
		}
	}
	source := pattern
	if switches != "" {
		source = "(?" + switches + ")" + pattern
	}
	re, err := regexp.Compile(source)
	if err != nil {
		return nil, badPattern(err, pattern, field)
	}
	return re, nil
}

func badPattern(err error, pattern, field string) error {
	reason, hint := fault.Say("[pattern-unread] it cannot be read"), "[hint-pattern-syntax] try the pattern with the syntax of Go or RE2"
	var at *syntax.Error
	if errors.As(err, &at) {
		reason = fault.Say("[pattern-why] %s", at.Code)
		if at.Expr != "" && at.Expr != pattern {
			reason = fault.Say("[pattern-at] %s: %s", at.Code, at.Expr)
		}
	}
	switch {
	case strings.Contains(pattern, "(?=") || strings.Contains(pattern, "(?!") || strings.Contains(pattern, "(?<=") || strings.Contains(pattern, "(?<!"):
		reason = fault.Say("[pattern-lookaround] lookaheads and lookbehinds such as (?=…) and (?<!…) are not supported")
		hint = "[hint-pattern-group] match more than is needed with a group around the part that counts, and use that group"
	case backreference(pattern):
		reason = fault.Say("[pattern-references] backreferences such as \\1 are not supported")
		hint = "[hint-pattern-both] match both parts with groups and compare them in a filter"
	}
	return fault.Wrapf(fault.BundleValidation, err, "[pattern-unusable] The pattern is not a regular expression that can be used here: %v.", reason).
		WithField(field).WithHint(hint)
}

func backreference(pattern string) bool {
	for i := 0; i+1 < len(pattern); i++ {
		if pattern[i] != '\\' {
			continue
		}
		if c := pattern[i+1]; c >= '1' && c <= '9' || c == 'k' {
			return true
		}
		i++
	}
	return false
}

// replacement is a text with $1 to $99, $& (the match), $<name> and $$ (a dollar sign) in it. Anything else after a
// dollar sign, and groups that the pattern does not have, stand for themselves, as in JavaScript.
type replacement struct{ parts []replacementPart }

// replacementPart is a text, or the group with the given number where that is not negative.
type replacementPart struct {
	text  string
	group int
}

func parseReplacement(template string, re *regexp.Regexp) replacement {
	var r replacement
	for {
		i := strings.IndexByte(template, '$')
		if i < 0 || i+1 == len(template) {
			break
		}
		rest := template[i+1:]
		if group, size := replacementGroup(rest, re); group >= 0 {
			r.parts = append(r.parts, replacementPart{template[:i], -1}, replacementPart{"", group})
			template = rest[size:]
			continue
		}
		r.parts = append(r.parts, replacementPart{template[:i+1], -1})
		template = strings.TrimPrefix(rest, "$")
	}
	r.parts = append(r.parts, replacementPart{template, -1})
	return r
}

// replacementGroup reads what follows a dollar sign: the number of the group and how many bytes name it; -1 for none.
func replacementGroup(s string, re *regexp.Regexp) (group, size int) {
	if s[0] == '&' {
		return 0, 1
	}
	if s[0] == '<' {
		if end := strings.IndexByte(s, '>'); end > 0 {
			if i := re.SubexpIndex(s[1:end]); i > 0 {
				return i, end + 1
			}
		}
		return -1, 0
	}
	for _, digits := range []int{2, 1} {
		if len(s) < digits {
			continue
		}
		if n, err := strconv.ParseUint(s[:digits], 10, 8); err == nil && n > 0 && int(n) <= re.NumSubexp() {
			return int(n), digits
		}
	}
	return -1, 0
}

func (r replacement) appendTo(b *strings.Builder, text string, match []int) {
	for _, p := range r.parts {
		if p.group < 0 {
			b.WriteString(p.text)
		} else if from := match[2*p.group]; from >= 0 {
			b.WriteString(text[from:match[2*p.group+1]])
		}
	}
}
