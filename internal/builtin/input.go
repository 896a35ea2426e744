package builtin

import (
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// The Of functions read fields whose type was not forced: static fields of a blueprint come as they were saved.

// textOf returns the field as text, or fallback where it is missing, null or empty.
func textOf(v value.Value, key, fallback string) string {
	if s := value.Render(v.Get(key)); s != "" {
		return s
	}
	return fallback
}

// truthOf returns the field as a boolean, or fallback where it is missing, null or empty.
func truthOf(v value.Value, key string, fallback bool) bool {
	x := v.Get(key)
	if x.IsNothing() || x.Kind() == value.KindText && x.Str() == "" {
		return fallback
	}
	return value.ToBoolean(x)
}

// intOf returns the field as a whole number, or fallback where it is none.
func intOf(v value.Value, key string, fallback int) int {
	given := v.Get(key)
	if given.IsNothing() { // mostly: no error need be made of it
		return fallback
	}
	n, err := value.ToNumber(given)
	if err != nil {
		return fallback
	}
	return int(n.Float())
}

// anyText returns any value as the text that goes into a text, a body or a file: text and buffers as they are,
// collections and arrays as JSON, nothing for null.
func anyText(v value.Value) string {
	switch v.Kind() {
	case value.KindArray:
		return v.JSON()
	case value.KindBuffer:
		return string(v.Bytes())
	default:
		return value.Render(v)
	}
}

// mappedText converts a mapped value to text, "" for null.
func mappedText(v value.Value, field string) (string, error) {
	if v.IsNothing() {
		return "", nil
	}
	s, err := value.ToText(v)
	if err != nil {
		return "", fault.Newf(fault.BundleValidation, "[value-unusable] The value cannot be used here: %v.", err).WithField(field).
			WithHint("[hint-single-value] map a single value, or turn the array or collection into text first")
	}
	return s, nil
}

// bundleOf makes a bundle of any value: the fields of a collection, else one field named value.
func bundleOf(v value.Value) value.Value {
	if v.Kind() == value.KindCollection {
		return v
	}
	if v.IsUndefined() {
		v = value.Null
	}
	return value.Collection(value.F("value", v))
}

// emitEach puts out one bundle for each element of an array.
func emitEach(array value.Value, emit func(value.Value) error) error {
	for _, item := range array.Items() {
		if err := emit(bundleOf(item)); err != nil {
			return err
		}
	}
	return nil
}

// pure wraps a function from input to one bundle.
func pure(f func(op *module.Operation) (value.Value, error)) func(*module.Operation, func(value.Value) error) error {
	return func(op *module.Operation, emit func(value.Value) error) error {
		v, err := f(op)
		if err != nil {
			return err
		}
		return emit(v)
	}
}
