// Package value holds the typed data that travels in bundles.
//
// One representation serves expressions, modules, traces and storage, so that a
// value looks the same wherever a person meets it. Values are immutable once
// made. The package does not evaluate expressions and knows no scenario.
package value

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Kind is the type of a Value.
type Kind uint8

// The kinds. Undefined is the zero Value: "there is no such field".
const (
	KindUndefined Kind = iota
	KindNull
	KindText
	KindNumber
	KindBoolean
	KindDate
	KindBuffer
	KindArray
	KindCollection
)

// String returns the kind's name as users read it.
func (k Kind) String() string {
	names := [...]string{"undefined", "null", "text", "number", "boolean", "date", "buffer", "array", "collection"}
	if int(k) >= len(names) {
		return "unknown"
	}
	return names[k]
}

// Value is one immutable datum. The zero Value is undefined.
//
// The fields serve the kinds as follows: text and buffer hold their bytes in
// str, numbers keep the exact digits there when a float64 would lose some;
// number, boolean (0 or 1) and date (milliseconds since 1970 UTC) use num;
// arrays and collections use obj.
type Value struct {
	kind Kind
	num  float64
	str  string
	obj  *object
}

// object is the shared body of arrays and collections, and the encoding of buffers.
type object struct {
	items    []Value
	keys     []string       // collections only
	index    map[string]int // collections with more than indexedFrom keys only
	encoding string         // buffers only
}

// Constants of the simple kinds.
var (
	Undefined = Value{}
	Null      = Value{kind: KindNull}
	True      = Value{kind: KindBoolean, num: 1}
	False     = Value{kind: KindBoolean}
	Empty     = Value{kind: KindText}
)

// Text makes a text value.
func Text(s string) Value { return Value{kind: KindText, str: s} }

// Number makes a number. NaN and infinities become null, as in JSON.
func Number(f float64) Value {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return Null
	}
	return Value{kind: KindNumber, num: f}
}

// Int makes a number from an integer.
func Int(i int) Value { return Value{kind: KindNumber, num: float64(i)} }

// exactDigits is the count of decimal digits that a float64 always keeps.
const exactDigits = 15

// number makes a number from its JSON text and keeps the text of integers that are too long for a float64.
func number(literal string, f float64) Value {
	v := Value{kind: KindNumber, num: f}
	if len(literal) > exactDigits && !strings.ContainsAny(literal, ".eE") && formatNumber(f) != literal {
		v.str = strings.Clone(literal)
	}
	return v
}

// Bool makes a boolean.
func Bool(b bool) Value {
	if b {
		return True
	}
	return False
}

// Date makes a date. Precision is one millisecond, as everywhere in scenarios; the zone is dropped.
func Date(t time.Time) Value { return Value{kind: KindDate, num: float64(t.UnixMilli())} }

// Buffer makes binary data. encoding is the name of its character set ("utf-8"), "" where it is not text.
func Buffer(data []byte, encoding string) Value {
	v := Value{kind: KindBuffer, str: string(data)}
	if encoding != "" {
		v.obj = &object{encoding: encoding}
	}
	return v
}

// markerEncoding begins the encodings of markers, which no data has.
const markerEncoding = "ropeway/"

// Marker makes a value that holds no data but an instruction, such as "clear this field". It passes through unchanged where
// data would be converted, is not empty, and reads as an empty text. JSON cannot forge it.
func Marker(name string) Value { return Buffer(nil, markerEncoding+name) }

// MarkerName returns the name that the marker was made with, "" where v is none.
func (v Value) MarkerName() string {
	name, ok := strings.CutPrefix(v.Encoding(), markerEncoding)
	if !ok {
		return ""
	}
	return name
}

// IsMarker reports whether v is a marker.
func (v Value) IsMarker() bool { return v.MarkerName() != "" }

// Array makes an array that takes ownership of items.
func Array(items ...Value) Value { return Value{kind: KindArray, obj: &object{items: items}} }

// Single makes an array of one, in one piece of memory.
func Single(item Value) Value {
	o := &struct {
		object
		room [1]Value
	}{room: [1]Value{item}}
	o.items = o.room[:]
	return Value{kind: KindArray, obj: &o.object}
}

// Kind returns the value's type.
func (v Value) Kind() Kind { return v.kind }

// IsUndefined reports whether there is no value at all.
func (v Value) IsUndefined() bool { return v.kind == KindUndefined }

// IsNothing reports whether the value is undefined or null.
func (v Value) IsNothing() bool { return v.kind <= KindNull }

// IsEmpty reports whether the value is undefined, null, "", an empty buffer, array or collection.
func (v Value) IsEmpty() bool {
	switch v.kind {
	case KindUndefined, KindNull:
		return true
	case KindText, KindBuffer:
		return v.str == "" && !v.IsMarker()
	case KindArray, KindCollection:
		return len(v.obj.items) == 0
	default:
		return false
	}
}

// Str returns the content of a text, "" for every other kind. Text conversion is ToText.
func (v Value) Str() string {
	if v.kind != KindText {
		return ""
	}
	return v.str
}

// Float returns the number, or 0 for other kinds.
func (v Value) Float() float64 {
	if v.kind != KindNumber {
		return 0
	}
	return v.num
}

// Truth returns the boolean, or false for other kinds. Truthiness of any value is Truthy.
func (v Value) Truth() bool { return v.kind == KindBoolean && v.num != 0 }

// Time returns the date in UTC, or the zero time for other kinds.
func (v Value) Time() time.Time {
	if v.kind != KindDate {
		return time.Time{}
	}
	return time.UnixMilli(int64(v.num)).UTC()
}

// Bytes returns a copy of a buffer's data, nil for other kinds.
func (v Value) Bytes() []byte {
	if v.kind != KindBuffer {
		return nil
	}
	return []byte(v.str)
}

// Encoding returns the character set of a buffer, "" where it is none or not text.
func (v Value) Encoding() string {
	if v.kind != KindBuffer || v.obj == nil {
		return ""
	}
	return v.obj.encoding
}

// Len returns the number of elements of an array or fields of a collection, bytes of a buffer or text; else 0.
func (v Value) Len() int {
	switch v.kind {
	case KindArray, KindCollection:
		return len(v.obj.items)
	case KindText, KindBuffer:
		return len(v.str)
	default:
		return 0
	}
}

// At returns element i of an array or field i of a collection, counted from 0; Undefined outside.
func (v Value) At(i int) Value {
	if v.kind != KindArray && v.kind != KindCollection || i < 0 || i >= len(v.obj.items) {
		return Undefined
	}
	return v.obj.items[i]
}

// Items returns the elements of an array, nil for other kinds. The slice must not be changed.
func (v Value) Items() []Value {
	if v.kind != KindArray {
		return nil
	}
	return v.obj.items
}

// formatNumber prints as JavaScript does: shortest form, no exponent below 1e21.
func formatNumber(f float64) string {
	if f == 0 {
		return "0"
	}
	if f == math.Trunc(f) && math.Abs(f) < 1e15 {
		return strconv.FormatInt(int64(f), 10)
	}
	if a := math.Abs(f); a >= 1e21 || a < 1e-6 {
		s := strconv.FormatFloat(f, 'e', -1, 64)
		s = strings.Replace(s, "e-0", "e-", 1)
		return strings.Replace(s, "e+0", "e+", 1)
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// dateLayout is ISO 8601 in UTC with milliseconds, the form dates take as text.
const dateLayout = "2006-01-02T15:04:05.000Z"

// ISO returns a date as ISO 8601 text in UTC with milliseconds, "" for other kinds.
func (v Value) ISO() string {
	if v.kind != KindDate {
		return ""
	}
	return v.Time().Format(dateLayout)
}

// Equal reports whether a and b are the same: same kind, same content, collections with the same fields in any order.
func Equal(a, b Value) bool {
	if a.kind != b.kind {
		return false
	}
	switch a.kind {
	case KindUndefined, KindNull:
		return true
	case KindText, KindBuffer:
		return a.str == b.str
	case KindNumber:
		return a.num == b.num && a.str == b.str
	case KindBoolean, KindDate:
		return a.num == b.num
	}
	if len(a.obj.items) != len(b.obj.items) {
		return false
	}
	if a.obj == b.obj {
		return true
	}
	for i, x := range a.obj.items {
		y := b.At(i)
		if a.kind == KindCollection {
			y = b.Get(a.obj.keys[i])
		}
		if !Equal(x, y) {
			return false
		}
	}
	return true
}

// Size estimates the memory that the value holds, in bytes. Shared parts count each time they occur.
func (v Value) Size() int {
	const header = 40
	n := header + len(v.str)
	if v.obj == nil {
		return n
	}
	for _, k := range v.obj.keys {
		n += 16 + len(k)
	}
	for _, it := range v.obj.items {
		n += it.Size()
	}
	return n
}
