package module

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// Coerce turns the evaluated mapper of an operation into the types that the fields declare (integrator reference,
// section 11.4). Fields that are not declared pass unchanged; those of options that are not chosen are left out. A missing or
// empty required field, and a value that cannot be converted, is a BundleValidation error that names every such field.
func Coerce(input value.Value, fields []Field, zone *time.Location) (value.Value, error) {
	c := coercer{zone: zone}
	out := c.collection(input, fields, "")
	switch len(c.failures) {
	case 0:
		return out, nil
	case 1:
		f := c.failures[0]
		return value.Undefined, fault.Of(fault.BundleValidation, f.why).WithField(f.path).
			WithHint("[hint-look-mapped] look at what is mapped into this field, and at the bundle it comes from")
	}
	list := make(fault.List, len(c.failures))
	for i, f := range c.failures {
		list[i] = fault.Of(fault.BundleValidation, f.why).WithField(f.path)
	}
	return value.Undefined, fault.Newf(fault.BundleValidation, "[misfits] Validation failed for %d fields. %v", len(list), list).
		WithHint("[hint-look-mapped-all] look at what is mapped into these fields")
}

type coercer struct {
	zone     *time.Location
	saved    bool // the values are those of a blueprint: expressions and missing values are none of its business
	failures []failure
}

type failure struct {
	path string
	why  *fault.Text
}

// sentence says the reason of a misfit, which begins in lower case, at the beginning of a sentence.
type sentence struct{ error }

// Error returns the text with its first letter in upper case.
func (s sentence) Error() string { return capital(s.error.Error()) }

// Worded tells what the text is made of.
func (s sentence) Worded() *fault.Words { return fault.WordsOf(s.error) }

func (c *coercer) fail(path, format string, args ...any) {
	c.failures = append(c.failures, failure{path, fault.Say(format, args...)})
}

func (c *coercer) collection(in value.Value, fields []Field, prefix string) value.Value {
	if len(fields) == 0 {
		return in
	}
	out := value.NewBuilder(max(in.Len(), len(fields))) // defaults are added
	out.Merge(in)
	c.fields(out, fields, prefix)
	a := alternatives{get: out.Get, isOpen: func(value.Value) bool { return false }}
	for _, name := range a.unchosen(fields) {
		out.Delete(name)
	}
	return out.Build()
}

// fields coerces each declared field in place, and the fields that a chosen option brings with it.
func (c *coercer) fields(out *value.Builder, fields []Field, prefix string) {
	for i := range fields {
		f := &fields[i]
		if f.Name == "" {
			continue
		}
		path := prefix + f.Name
		v := out.Get(f.Name)
		if v.IsUndefined() && !f.Default.IsUndefined() && f.Default.Kind() != value.KindCollection {
			v = f.Default
		}
		if unfilled(v, f) {
			if f.Required && !c.saved {
				c.fail(path, "[required-missing] Missing value of required parameter '%s'.", f.Title())
			}
			if v.Kind() == value.KindText {
				out.Delete(f.Name)
			}
			continue
		}
		out.Set(f.Name, c.value(v, f, path))
		c.nested(out, f, prefix)
	}
}

// unfilled reports whether the field counts as not filled in. An empty text is a value only for optional fields of text.
func unfilled(v value.Value, f *Field) bool {
	if v.Kind() != value.KindText || v.Str() != "" {
		return v.IsNothing()
	}
	switch f.BaseType() {
	case "number", "integer", "uinteger", "port", "date", "timestamp", "time", "collection", "boolean", "array", "select":
		return true
	}
	return f.Required
}

func (c *coercer) nested(out *value.Builder, f *Field, prefix string) {
	chosen := out.Get(f.Name)
	if f.Unfolds(chosen) {
		c.fields(out, f.Nested, prefix)
	}
	for i := range f.Options {
		if len(f.Options[i].Nested) > 0 && f.Options[i].Chosen(chosen) {
			c.fields(out, f.Options[i].Nested, prefix)
		}
	}
}

func (c *coercer) value(v value.Value, f *Field, path string) value.Value {
	if v.IsMarker() || c.saved && hasExpression(v) { // such as "clear this field": what it does is for the module
		return v
	}
	if f.Multiple && f.BaseType() != "array" {
		return c.array(v, &Field{Spec: []Field{{Type: f.Type, Options: f.Options, Validate: Validate{Enum: f.Validate.Enum}}}, Validate: f.Validate}, path)
	}
	out, err := c.convert(v, f, path)
	if err != nil {
		c.fail(path, "[misfit] %v.", sentence{err})
		return v
	}
	c.validate(out, f, path)
	return out
}

func (c *coercer) convert(v value.Value, f *Field, path string) (value.Value, error) {
	switch f.BaseType() {
	case "text", "email", "url", "uuid", "password", "filename", "html", "markdown", "color", "path":
		s, err := value.ToText(v)
		return value.Text(s), err
	case "number", "integer", "uinteger", "port":
		return c.number(v, f)
	case "boolean":
		return value.Bool(value.ToBoolean(v)), nil
	case "date", "timestamp":
		return value.ToDate(v, c.zone)
	case "time":
		return value.ToTime(v)
	case "buffer":
		return value.ToBuffer(v)
	case "array":
		return c.array(v, f, path), nil
	case "collection":
		if _, err := value.ToCollection(v); err != nil {
			return v, err
		}
		return c.collection(v, f.Spec, path+"."), nil
	default: // any, select, json, file, account:…, hook:… and types of other systems stay as they are
		return v, nil
	}
}

func (c *coercer) number(v value.Value, f *Field) (value.Value, error) {
	n, err := value.ToNumber(v)
	if err != nil || f.BaseType() == "number" {
		return n, err
	}
	if n.Float() != math.Trunc(n.Float()) {
		return n, fault.Say("[expected-whole] expected a whole number, got %s", value.Render(n))
	}
	if f.BaseType() != "integer" && n.Float() < 0 {
		return n, fault.Say("[expected-natural] expected a whole number of 0 or more, got %s", value.Render(n))
	}
	return n, nil
}

// place returns the number of an element in messages: from 1 for people, from 0 in the paths of blueprints.
func (c *coercer) place(i int) int {
	if c.saved {
		return i
	}
	return i + 1
}

func (c *coercer) array(v value.Value, f *Field, path string) value.Value {
	list := value.ToArray(v)
	if n := f.Validate.MinItems; n != nil && list.Len() < *n {
		c.fail(path, "[items-few] Expected at least %d items, got %d.", *n, list.Len())
	}
	if n := f.Validate.MaxItems; n != nil && list.Len() > *n {
		c.fail(path, "[items-many] Expected at most %d items, got %d.", *n, list.Len())
	}
	if len(f.Spec) == 0 {
		return list
	}
	items := make([]value.Value, list.Len())
	for i, x := range list.Items() {
		at := path + "[" + strconv.Itoa(c.place(i)) + "]"
		switch {
		case len(f.Spec) == 1 && f.Spec[0].Name == "":
			items[i] = x
			if !x.IsNothing() {
				items[i] = c.value(x, &f.Spec[0], at)
			}
		case x.Kind() == value.KindCollection:
			items[i] = c.collection(x, f.Spec, at+".")
		default:
			c.fail(at, "[item-collection] Expected a collection, got %v.", value.Noun(x))
		}
	}
	return value.Array(items...)
}

// looselyEqual compares as forms do: "1" chosen in a select equals the option 1, "true" equals true.
func looselyEqual(a, b value.Value) bool {
	if value.Equal(a, b) {
		return true
	}
	if a.Kind() == value.KindCollection || a.Kind() == value.KindArray || a.IsNothing() || b.IsNothing() {
		return false
	}
	x, errX := value.ToText(a)
	y, errY := value.ToText(b)
	return errX == nil && errY == nil && x == y
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
