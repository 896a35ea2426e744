package value

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
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
		return "", mismatch("text", v)
	case KindCollection:
		return "", mismatch("text", v)
	case KindBuffer:
		if !utf8.ValidString(v.str) {
			return "", fmt.Errorf("expected text, got binary data of %d bytes that is not UTF-8 text", len(v.str))
		}
	case KindArray:
		for _, x := range v.obj.items {
			if x.kind == KindCollection || x.kind == KindArray {
				return "", fmt.Errorf("expected text, got an array of %ss", x.kind)
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
		return Undefined, fmt.Errorf("expected a number, got the text %s", quoteShort(v.str))
	}
	return Undefined, mismatch("a number", v)
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
	return Undefined, mismatch("a date", v)
}

// ToTime converts a text to a time of day "H:mm:ss".
func ToTime(v Value) (Value, error) {
	if v.kind != KindText {
		return Undefined, mismatch("a time", v)
	}
	h, m, s, _, rest, ok := clockTime(strings.TrimSpace(v.str))
	if !ok || rest != "" {
		return Undefined, fmt.Errorf("expected a time such as 9:30 or 14:05:00, got %s", quoteShort(v.str))
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
	return Undefined, mismatch("binary data", v)
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
		return Undefined, mismatch("a collection", v)
	}
	return v, nil
}

func mismatch(want string, got Value) error {
	switch got.kind {
	case KindUndefined, KindNull:
		return fmt.Errorf("expected %s, got nothing", want)
	case KindArray:
		return fmt.Errorf("expected %s, got an array", want)
	case KindBuffer:
		return fmt.Errorf("expected %s, got binary data", want)
	}
	return fmt.Errorf("expected %s, got a %s", want, got.kind)
}

// shownText is how many characters of a user's text an error repeats.
const shownText = 60

func quoteShort(s string) string {
	if utf8.RuneCountInString(s) > shownText {
		s = string([]rune(s)[:shownText]) + "…"
	}
	return strconv.Quote(s)
}
