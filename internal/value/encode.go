package value

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"
)

// AppendJSON appends v as compact JSON. Undefined members are left out, undefined elements become null, dates
// are ISO 8601 in UTC, buffers base64. Nothing else is escaped than JSON demands.
func AppendJSON(dst []byte, v Value) []byte {
	w := jsonWriter{}
	return w.append(dst, v, 0)
}

// JSON returns v as compact JSON text.
func (v Value) JSON() string { return string(AppendJSON(nil, v)) }

// IndentJSON returns v as JSON with one member a line, indented by indent for each level.
func IndentJSON(v Value, indent string) []byte {
	w := jsonWriter{indent: indent}
	return w.append(nil, v, 0)
}

// MarshalJSON makes Value usable with encoding/json.
func (v Value) MarshalJSON() ([]byte, error) { return AppendJSON(nil, v), nil }

// UnmarshalJSON makes Value usable with encoding/json.
func (v *Value) UnmarshalJSON(data []byte) error {
	x, err := ParseJSON(data)
	if err != nil {
		return err
	}
	*v = x
	return nil
}

type jsonWriter struct{ indent string }

func (w jsonWriter) append(dst []byte, v Value, level int) []byte {
	switch v.kind {
	case KindUndefined, KindNull:
		return append(dst, "null"...)
	case KindText:
		return AppendQuoted(dst, v.str)
	case KindNumber:
		return append(dst, v.numberText()...)
	case KindBoolean:
		if v.num != 0 {
			return append(dst, "true"...)
		}
		return append(dst, "false"...)
	case KindDate:
		return AppendQuoted(dst, v.ISO())
	case KindBuffer:
		dst = append(dst, '"')
		dst = base64.StdEncoding.AppendEncode(dst, []byte(v.str))
		return append(dst, '"')
	case KindArray:
		return w.array(dst, v, level)
	default:
		return w.collection(dst, v, level)
	}
}

func (w jsonWriter) array(dst []byte, v Value, level int) []byte {
	dst = append(dst, '[')
	for i, x := range v.obj.items {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = w.newline(dst, level+1)
		dst = w.append(dst, x, level+1)
	}
	if len(v.obj.items) > 0 {
		dst = w.newline(dst, level)
	}
	return append(dst, ']')
}

func (w jsonWriter) collection(dst []byte, v Value, level int) []byte {
	dst = append(dst, '{')
	first := true
	for i, x := range v.obj.items {
		if x.kind == KindUndefined {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = w.newline(dst, level+1)
		dst = append(AppendQuoted(dst, v.obj.keys[i]), ':')
		if w.indent != "" {
			dst = append(dst, ' ')
		}
		dst = w.append(dst, x, level+1)
	}
	if !first {
		dst = w.newline(dst, level)
	}
	return append(dst, '}')
}

func (w jsonWriter) newline(dst []byte, level int) []byte {
	if w.indent == "" {
		return dst
	}
	dst = append(dst, '\n')
	return append(dst, strings.Repeat(w.indent, level)...)
}

func (v Value) numberText() string {
	if v.str != "" {
		return v.str
	}
	return formatNumber(v.num)
}

// AppendQuoted appends s as a JSON text in double quotes; invalid UTF-8 becomes U+FFFD.
func AppendQuoted(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r != utf8.RuneError || size != 1 {
				i += size
				continue
			}
		}
		dst = append(dst, s[start:i]...)
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, `\n`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\t':
			dst = append(dst, `\t`...)
		default:
			if c >= utf8.RuneSelf {
				dst = append(dst, "\ufffd"...)
			} else {
				dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			}
		}
		i++
		start = i
	}
	return append(append(dst, s[start:]...), '"')
}
