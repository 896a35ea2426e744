package value

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ropeway/ropeway/internal/fault"
)

// Truthy reports whether v counts as true in conditions: false are undefined, null, false, "", 0, empty
// arrays, collections and buffers.
func Truthy(v Value) bool {
	switch v.kind {
	case KindBoolean, KindNumber:
		return v.num != 0
	default:
		return !v.IsEmpty()
	}
}

// Render returns v as it stands inside a longer text: nothing for undefined and null, dates as ISO 8601, text
// buffers as their text and others as base64, arrays joined with ", ", collections as JSON.
func Render(v Value) string {
	switch v.kind {
	case KindUndefined, KindNull:
		return ""
	case KindText:
		return v.str
	case KindNumber:
		return v.numberText()
	case KindArray:
		parts := make([]string, len(v.obj.items))
		for i, x := range v.obj.items {
			parts[i] = Render(x)
		}
		return strings.Join(parts, ", ")
	case KindBuffer:
		if utf8.ValidString(v.str) {
			return v.str
		}
		return strings.Trim(v.JSON(), `"`)
	case KindDate:
		return v.ISO()
	default:
		return v.JSON()
	}
}

// The To functions follow the coercion table at a module's input (integrator reference, section 11.4). Undefined
// and null are the caller's business: they pass through where the result is a Value and are an error elsewhere.

// ToText converts to text: numbers, booleans, dates (ISO 8601 in UTC), buffers that hold UTF-8, arrays joined with ", ".
func ToText(v Value) (string, error) {
	switch v.kind {
	case KindUndefined, KindNull:
		return "", mismatch("[some-text] text", v)
	case KindCollection:
		return "", mismatch("[some-text] text", v)
	case KindBuffer:
		if !utf8.ValidString(v.str) {
			return "", fault.Say("[expected-text-binary] expected text, got binary data of %d bytes that is not UTF-8 text", len(v.str))
		}
	case KindArray:
		for _, x := range v.obj.items {
			switch x.kind {
			case KindCollection:
				return "", fault.Say("[expected-text-collections] expected text, got an array of collections")
			case KindArray:
				return "", fault.Say("[expected-text-arrays] expected text, got an array of arrays")
			default:
			}
		}
	case KindBoolean:
		return strconv.FormatBool(v.num != 0), nil
	}
	return Render(v), nil
}

// ToNumber converts numbers and numeric text; surrounding white space is ignored.
func ToNumber(v Value) (Value, error) {
	switch v.kind {
	case KindNumber:
		return v, nil
	case KindText:
		s := strings.TrimSpace(v.str)
		if f, err := strconv.ParseFloat(s, 64); err == nil && plainNumber(s) {
			return number(s, f), nil
		}
		return Undefined, fault.Say("[expected-number-text] expected a number, got the text %q", shorten(v.str))
	}
	return Undefined, mismatch("[a-number] a number", v)
}

// plainNumber excludes what ParseFloat takes beyond decimal numbers: hexadecimal, underscores, inf and nan.
func plainNumber(s string) bool {
	return s != "" && strings.Trim(s, "0123456789+-.eE") == ""
}

// ToBoolean converts anything: text is false only when it is "" or "false", every number is true.
func ToBoolean(v Value) bool {
	switch v.kind {
	case KindUndefined, KindNull:
		return false
	case KindBoolean:
		return v.num != 0
	case KindText:
		return v.str != "" && v.str != "false"
	default:
		return true
	}
}

// ToDate converts dates and texts that ParseDate reads; zone applies to texts without one.
func ToDate(v Value, zone *time.Location) (Value, error) {
	switch v.kind {
	case KindDate:
		return v, nil
	case KindText:
		t, err := ParseDate(v.str, zone)
		if err != nil {
			return Undefined, err
		}
		return Date(t), nil
	}
	return Undefined, mismatch("[a-date] a date", v)
}

// ToTime converts a text to a time of day "H:mm:ss".
func ToTime(v Value) (Value, error) {
	if v.kind != KindText {
		return Undefined, mismatch("[a-time] a time", v)
	}
	h, m, s, _, rest, ok := clockTime(strings.TrimSpace(v.str))
	if !ok || rest != "" {
		return Undefined, fault.Say("[expected-time] expected a time such as 9:30 or 14:05:00, got %q", shorten(v.str))
	}
	return Text(fmt.Sprintf("%d:%02d:%02d", h, m, s)), nil
}

// ToBuffer converts buffers, and texts, numbers, booleans and dates by way of their text in UTF-8.
func ToBuffer(v Value) (Value, error) {
	switch v.kind {
	case KindBuffer:
		return v, nil
	case KindText, KindNumber, KindBoolean, KindDate:
		s, err := ToText(v)
		return Buffer([]byte(s), "utf-8"), err
	}
	return Undefined, mismatch("[binary] binary data", v)
}

// ToArray returns arrays unchanged and wraps everything else as an array of one.
func ToArray(v Value) Value {
	if v.kind == KindArray {
		return v
	}
	return Array(v)
}

// ToCollection accepts collections only.
func ToCollection(v Value) (Value, error) {
	if v.kind != KindCollection {
		return Undefined, mismatch("[a-collection] a collection", v)
	}
	return v, nil
}

func mismatch(want string, got Value) error {
	return fault.Say("[expected] expected %v, got %v", fault.Say(want), Noun(got))
}

// Noun names the kind of v with its article, as it stands in a text for people.
func Noun(v Value) *fault.Text {
	switch v.kind {
	case KindText:
		return fault.Say("[a-text] a text")
	case KindNumber:
		return fault.Say("[a-number] a number")
	case KindBoolean:
		return fault.Say("[a-boolean] a boolean")
	case KindDate:
		return fault.Say("[a-date] a date")
	case KindBuffer:
		return fault.Say("[binary] binary data")
	case KindArray:
		return fault.Say("[an-array] an array")
	case KindCollection:
		return fault.Say("[a-collection] a collection")
	default:
		return fault.Say("[nothing] nothing")
	}
}

// shownText is how many characters of a user's text an error repeats.
const shownText = 60

func shorten(s string) string {
	if utf8.RuneCountInString(s) > shownText {
		s = string([]rune(s)[:shownText]) + "…"
	}
	return s
}
