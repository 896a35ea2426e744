package filter

import (
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// The limits of patterns. Together they bound the work of one comparison, which grows with their product.
const (
	// MaxPatternBytes is the length of a regular expression.
	MaxPatternBytes = 4096
	// MaxPatternTextBytes is the length of a text that a regular expression searches.
	MaxPatternTextBytes = 1 << 20
)

// textOf is an operand as text, in lower case where case does not matter.
func textOf(v value.Value, fold bool) string {
	s := value.Render(v)
	if fold {
		return strings.ToLower(s)
	}
	return s
}

// matches reports whether the pattern b matches somewhere in a. compiled is b compiled before, or nil.
func matches(a, b value.Value, fold bool, compiled *regexp.Regexp) (bool, error) {
	if compiled == nil {
		re, err := compilePattern(value.Render(b), fold)
		if err != nil {
			return false, err
		}
		compiled = re
	}
	text := value.Render(a)
	if len(text) > MaxPatternTextBytes {
		return false, fault.Newf(fault.Runtime, "[filter-text-long] the text is %d bytes long; patterns search at most %d", len(text), MaxPatternTextBytes).
			WithHint("[hint-contain] use text:contain, or cut the text before")
	}
	return compiled.MatchString(text), nil
}

func compilePattern(pattern string, fold bool) (*regexp.Regexp, *fault.Error) {
	if len(pattern) > MaxPatternBytes {
		return nil, fault.Newf(fault.Runtime, "[filter-pattern-long] the pattern is %d bytes long; at most %d are allowed", len(pattern), MaxPatternBytes)
	}
	flags := ""
	if fold {
		flags = "(?i)"
	}
	re, err := regexp.Compile(flags + pattern)
	if err != nil {
		return nil, fault.Wrapf(fault.Runtime, err, "[filter-pattern] the pattern is not a regular expression that can be used here: %s",
			strings.TrimPrefix(err.Error(), "error parsing regexp: ")).WithHint(patternHint(pattern))
	}
	return re, nil
}

// patternHint explains what patterns of other systems use and this one cannot.
func patternHint(pattern string) string {
	for _, look := range []string{"(?=", "(?!", "(?<=", "(?<!"} {
		if strings.Contains(pattern, look) {
			return "[hint-no-lookahead] lookahead and lookbehind are not supported; use two conditions, one of them text:notpattern"
		}
	}
	for i := 0; i+1 < len(pattern); i++ {
		if pattern[i] != '\\' {
			continue
		}
		i++
		if pattern[i] >= '1' && pattern[i] <= '9' || pattern[i] == 'k' {
			return `[hint-no-back-reference] backreferences such as \1 are not supported`
		}
		if pattern[i] == 'u' {
			return `[hint-unicode] write characters by their code as \x{20AC} instead of \u20AC`
		}
	}
	return "[hint-check-pattern] check brackets, and that a backslash stands before each special character that is meant literally"
}

// compareNumbers orders numbers and numeric texts. Numbers with more digits than a float64 keeps are compared digit by digit.
func compareNumbers(a, b value.Value, _ *time.Location) (int, bool) {
	x, errX := value.ToNumber(a)
	y, errY := value.ToNumber(b)
	if errX != nil || errY != nil {
		return 0, false
	}
	if x.Float() != y.Float() || value.Equal(x, y) {
		return orderOf(x.Float(), y.Float())
	}
	bigX, okX := new(big.Int).SetString(x.JSON(), 10)
	bigY, okY := new(big.Int).SetString(y.JSON(), 10)
	if !okX || !okY {
		return 0, true
	}
	return bigX.Cmp(bigY), true
}

func compareDates(a, b value.Value, zone *time.Location) (int, bool) {
	x, errX := value.ToDate(a, zone)
	y, errY := value.ToDate(b, zone)
	if errX != nil || errY != nil {
		return 0, false
	}
	return x.Time().Compare(y.Time()), true
}

// compareTimes orders times of day; of a date it takes the time in the scenario's zone.
func compareTimes(a, b value.Value, zone *time.Location) (int, bool) {
	x, okX := secondsOfDay(a, zone)
	y, okY := secondsOfDay(b, zone)
	if !okX || !okY {
		return 0, false
	}
	return orderOf(x, y)
}

func secondsOfDay(v value.Value, zone *time.Location) (int, bool) {
	if zone == nil {
		zone = time.UTC
	}
	t, err := value.ToTime(v)
	if err == nil {
		clock, err := time.Parse("15:04:05", t.Str())
		return seconds(clock), err == nil
	}
	date, err := value.ToDate(v, zone)
	return seconds(date.Time().In(zone)), err == nil
}

func seconds(t time.Time) int { return t.Hour()*3600 + t.Minute()*60 + t.Second() }

// compareVersions orders versions by the rules of semantic versioning. A leading "v" is dropped, missing parts are 0.
func compareVersions(a, b value.Value, _ *time.Location) (int, bool) {
	x, okX := parseVersion(textOf(a, false))
	y, okY := parseVersion(textOf(b, false))
	if !okX || !okY {
		return 0, false
	}
	for i := range x.numbers {
		if order := x.numbers[i].Cmp(y.numbers[i]); order != 0 {
			return order, true
		}
	}
	return comparePrerelease(x.prerelease, y.prerelease), true
}

type version struct {
	numbers    [3]*big.Int
	prerelease []string
}

// maxVersionBytes is the length of a text that is read as a version.
const maxVersionBytes = 256

func parseVersion(s string) (version, bool) {
	v := version{numbers: [3]*big.Int{new(big.Int), new(big.Int), new(big.Int)}}
	if len(s) > maxVersionBytes {
		return v, false
	}
	s = strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(s), "v"), "=")
	s, _, _ = strings.Cut(s, "+")
	core, prerelease, has := strings.Cut(s, "-")
	if has {
		v.prerelease = strings.Split(prerelease, ".")
	}
	parts := strings.Split(core, ".")
	if len(parts) > len(v.numbers) {
		return v, false
	}
	for i, part := range parts {
		if part == "" || strings.Trim(part, "0123456789") != "" {
			return v, false
		}
		v.numbers[i].SetString(part, 10)
	}
	return v, true
}

// comparePrerelease orders what follows the hyphen of a version; a version without it stands behind all with it.
func comparePrerelease(a, b []string) int {
	if len(a) == 0 || len(b) == 0 {
		order, _ := orderOf(len(b), len(a))
		return order
	}
	for i := 0; i < len(a) && i < len(b); i++ {
		if order := compareIdentifiers(a[i], b[i]); order != 0 {
			return order
		}
	}
	order, _ := orderOf(len(a), len(b))
	return order
}

// compareIdentifiers orders numbers by value and before texts, texts by their characters.
func compareIdentifiers(a, b string) int {
	x, errX := strconv.ParseUint(a, 10, 64)
	y, errY := strconv.ParseUint(b, 10, 64)
	switch {
	case errX == nil && errY == nil:
		order, _ := orderOf(x, y)
		return order
	case errX == nil:
		return -1
	case errY == nil:
		return 1
	}
	return strings.Compare(a, b)
}

// elements is an operand as a list: an array's elements, nothing for what is not filled in, else the value alone.
func elements(v value.Value) []value.Value {
	if !filled(v) {
		return nil
	}
	return value.ToArray(v).Items()
}

func containsElement(a, b value.Value, fold bool) bool {
	for _, x := range elements(a) {
		if sameElement(x, b, fold) {
			return true
		}
	}
	return false
}

// sameElement compares arrays and collections part by part, everything else as text.
func sameElement(a, b value.Value, fold bool) bool {
	if composite(a) || composite(b) {
		return value.Equal(a, b)
	}
	return textOf(a, fold) == textOf(b, fold)
}

func composite(v value.Value) bool {
	return v.Kind() == value.KindArray || v.Kind() == value.KindCollection
}
