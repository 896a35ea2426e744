package module

import (
	"slices"
	"strings"

	"github.com/ropeway/ropeway/internal/value"
)

// Chosen reports whether v chooses the option: alone, or among several where v is an array.
func (o *Option) Chosen(v value.Value) bool {
	if v.Kind() == value.KindArray {
		return slices.ContainsFunc(v.Items(), func(one value.Value) bool { return looselyEqual(o.Value, one) })
	}
	return looselyEqual(o.Value, v)
}

// Unfolds reports whether the nested fields of the field itself count when its value is v.
func (f *Field) Unfolds(v value.Value) bool {
	return f.BaseType() != "boolean" || !v.IsNothing() && value.ToBoolean(v)
}

// Unchosen returns the names of the fields that belong only to options which values do not choose: they stay in a blueprint
// and count for nothing. values are as they are saved; a choice that an expression makes is open, and all its fields count.
func Unchosen(fields []Field, values value.Value) []string {
	a := alternatives{get: values.Get, isOpen: hasExpression}
	return a.unchosen(fields)
}

// hasExpression reports whether an expression decides about a value: a text with one in it, or a list with such a text.
func hasExpression(v value.Value) bool {
	if v.Kind() == value.KindArray {
		return slices.ContainsFunc(v.Items(), hasExpression)
	}
	return v.Kind() == value.KindText && strings.Contains(v.Str(), "{{")
}

// alternatives tells the fields that count from those of options that are not chosen.
type alternatives struct {
	get    func(name string) value.Value
	isOpen func(v value.Value) bool // the choice is made later
	shown  []string
	hidden []string
}

func (a *alternatives) unchosen(fields []Field) []string {
	if !haveAlternatives(fields) {
		return nil
	}
	var shown, hidden [24]string // room for the fields of most modules
	a.shown, a.hidden = shown[:0], hidden[:0]
	a.walk(fields, true)
	var names []string
	for _, name := range a.hidden {
		if !slices.Contains(a.shown, name) {
			names = append(names, name)
		}
	}
	return names
}

// haveAlternatives reports whether any option brings fields with it; it spares most modules the walk.
func haveAlternatives(fields []Field) bool {
	for i := range fields {
		if len(fields[i].Nested) > 0 && fields[i].BaseType() == "boolean" {
			return true
		}
		for j := range fields[i].Options {
			if len(fields[i].Options[j].Nested) > 0 {
				return true
			}
		}
		if haveAlternatives(fields[i].Nested) {
			return true
		}
	}
	return false
}

func (a *alternatives) walk(fields []Field, counts bool) {
	for i := range fields {
		f := &fields[i]
		if counts {
			a.shown = append(a.shown, f.Name)
		} else {
			a.hidden = append(a.hidden, f.Name)
		}
		a.inside(f, counts)
	}
}

// inside goes on with the fields that a field brings with it.
func (a *alternatives) inside(f *Field, counts bool) {
	v := a.get(f.Name)
	if v.IsUndefined() {
		v = f.Default
	}
	isOpen := a.isOpen(v)
	a.walk(f.Nested, counts && (isOpen || f.Unfolds(v)))
	for i := range f.Options {
		if o := &f.Options[i]; len(o.Nested) > 0 {
			a.walk(o.Nested, counts && (isOpen || o.Chosen(v)))
		}
	}
}
