package builtin

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
)

// decodeBytes returns data as text. A byte order mark decides; else the named character set, where it is known; else
// data counts as text only when it is UTF-8.
func decodeBytes(data []byte, name string) (string, bool) {
	if text, ok := decodeMarked(data); ok {
		return text, true
	}
	if e, canonical := charset.Lookup(name); e != nil && canonical != "utf-8" && e != encoding.Replacement {
		text, err := e.NewDecoder().Bytes(data)
		return string(text), err == nil && utf8.Valid(text)
	}
	return string(data), utf8.Valid(data)
}

// decodeMarked decodes data that begins with a byte order mark.
func decodeMarked(data []byte) (string, bool) {
	var e encoding.Encoding
	switch {
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		return string(data[3:]), utf8.Valid(data)
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		e = unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM)
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		e = unicode.UTF16(unicode.BigEndian, unicode.ExpectBOM)
	default:
		return "", false
	}
	text, err := e.NewDecoder().Bytes(data)
	return strings.ToValidUTF8(string(text), "\ufffd"), err == nil
}
