package intake

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"

	"github.com/ropeway/ropeway/internal/fault"
)

// bomUTF8 is the mark that some programs put before UTF-8.
const bomUTF8 = "\xef\xbb\xbf"

// charset is the character set of a body: nil means UTF-8, or what browsers take where that does not fit.
type charset struct{ encoding encoding.Encoding }

// charsetNamed finds a character set by the name that a content type gives.
func charsetNamed(name string) (charset, error) {
	name = strings.ToLower(strings.TrimSpace(name))
	if name == "" || name == "utf-8" || name == "utf8" || name == "us-ascii" {
		return charset{}, nil
	}
	found, err := htmlindex.Get(name)
	if err != nil {
		return charset{}, fault.Newf(fault.Data, "The character set %.40q is not known.", name).WithHint("send UTF-8")
	}
	return charset{found}, nil
}

// text decodes; bytes that mean nothing become U+FFFD.
func (c charset) text(data string) string {
	from := c.encoding
	if from == nil {
		if utf8.ValidString(data) {
			return data
		}
		from = charmap.Windows1252
	}
	decoded, err := from.NewDecoder().String(data)
	if err != nil {
		return strings.ToValidUTF8(data, "\uFFFD")
	}
	return decoded
}

// json returns the UTF-8 of a JSON body: marks at its start count more than the name.
func (c charset) json(data []byte) []byte {
	switch {
	case bytes.HasPrefix(data, []byte(bomUTF8)):
		return data[len(bomUTF8):]
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		c.encoding = unicode.UTF16(unicode.BigEndian, unicode.ExpectBOM)
	}
	if c.encoding == nil {
		return data
	}
	decoded, err := c.encoding.NewDecoder().Bytes(data)
	if err != nil {
		return data
	}
	return decoded
}
