package module

import (
	"regexp"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/ropeway/ropeway/internal/value"
)

// Misfit is a value that a field does not take.
type Misfit struct {
	Path string // of the field, as in "addresses[1].city"; elements are counted from 0
	Why  error  // a sentence that tells what it is made of
}

// Misfits names the values of a blueprint that a run would refuse whatever data it has. Expressions are passed over, and so are
// fields that are not filled in, and those of options that are not chosen.
func Misfits(values value.Value, fields []Field) []Misfit {
	c := coercer{zone: time.UTC, saved: true}
	c.collection(values, fields, "")
	list := make([]Misfit, len(c.failures))
	for i, f := range c.failures {
		list[i] = Misfit{Path: f.path, Why: f.why}
	}
	return list
}

// validate compares a value of the right type with the limits of its field.
func (c *coercer) validate(v value.Value, f *Field, path string) {
	switch {
	case v.Kind() == value.KindNumber:
		c.size(v, f, path)
	case v.Kind() == value.KindText && isText(f):
		c.text(v.Str(), f, path)
	}
	allowed := f.Validate.Enum
	if f.BaseType() == "select" && f.OptionsRPC == "" {
		for i := range f.Options {
			allowed = append(allowed[:len(allowed):len(allowed)], f.Options[i].Value)
		}
	}
	if len(allowed) > 0 && !slices.ContainsFunc(allowed, func(a value.Value) bool { return looselyEqual(a, v) }) {
		c.fail(path, "[value-choice] The value %s is not one of %s.", value.Render(v), value.Render(value.Array(allowed...)))
	}
}

func (c *coercer) size(v value.Value, f *Field, path string) {
	if m := f.Validate.Min; m != nil && v.Float() < *m {
		c.fail(path, "[value-less] The value %s is less than %s.", value.Render(v), value.Render(value.Number(*m)))
	}
	if m := f.Validate.Max; m != nil && v.Float() > *m {
		c.fail(path, "[value-more] The value %s is more than %s.", value.Render(v), value.Render(value.Number(*m)))
	}
}

// text checks the length of a text in characters, and whether it fits the pattern anywhere. A pattern that is none here, since
// definitions are written for another dialect, does not count.
func (c *coercer) text(s string, f *Field, path string) {
	length := float64(utf8.RuneCountInString(s))
	if m := f.Validate.Min; m != nil && length < *m {
		c.fail(path, "[value-short] The text is shorter than %s characters.", value.Render(value.Number(*m)))
	}
	if m := f.Validate.Max; m != nil && length > *m {
		c.fail(path, "[value-long] The text is longer than %s characters.", value.Render(value.Number(*m)))
	}
	if f.Validate.Pattern == "" {
		return
	}
	if re, err := regexp.Compile(f.Validate.Pattern); err == nil && !re.MatchString(s) {
		c.fail(path, "[value-pattern] The value %s does not fit the pattern %s.", shown(s), f.Validate.Pattern)
	}
}

// isText reports whether the limits of a field are those of a text: its length and its pattern.
func isText(f *Field) bool {
	switch f.BaseType() {
	case "number", "integer", "uinteger", "port", "date", "timestamp", "time", "boolean", "select":
		return false
	}
	return true
}

// maxShownText is how many characters of a value stand in a message.
const maxShownText = 60

func shown(s string) string {
	if utf8.RuneCountInString(s) <= maxShownText {
		return s
	}
	return string([]rune(s)[:maxShownText]) + "…"
}
