package expression

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"html"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ropeway/ropeway/internal/value"
)

func encodingFunctions() []*builtin {
	return inGroup("Text and binary data", slices.Concat(convertFunctions(), hashFunctions())...)
}

func convertFunctions() []*builtin {
	text := params(param("text", "text", "the text"))
	return []*builtin{
		define("toString", "Converts any value to text; collections become JSON.", params(param("value", "any", "the value")),
			func(c *call) value.Value { return value.Text(c.key(c.arg(0))) }, gives(`toString(1.5)`, `"1.5"`), gives(`toString(1.customer.address)`, `"{\"city\":\"Milan\",\"street\":\"Via Roma 1\"}"`)),
		define("toBinary", "Converts text to binary data.",
			params(param("value", "any", "the value"), optional("encoding", "text", "how the text is written: text, hex, base64 or binary; text where left out")), toBinary,
			gives(`toBinary("hi")`, `"aGk="`), gives(`toString(toBinary("6869"; "hex"))`, `"hi"`)),
		define("base64", "Writes text or binary data as Base64.", params(param("data", "any", "the data")),
			func(c *call) value.Value { return c.encoded("base64", c.bytes(0)) }, gives(`base64("hello")`, `"aGVsbG8="`)),
		define("encodeURL", "Escapes special characters for use in an address.", text, perText(encodeURL), gives(`encodeURL("a b&c/é")`, `"a%20b%26c%2F%C3%A9"`)),
		define("decodeURL", "Reads text that was escaped for an address.", text, decodeURL, gives(`decodeURL("a%20b%26c")`, `"a b&c"`),
			fails(`decodeURL("%zz")`, `function 'decodeURL', argument 1 (text): "%zz" is not a valid escape`)),
		define("escapeHTML", "Escapes the characters that have a meaning in HTML.", text, perText(html.EscapeString), gives(`escapeHTML("<b>&</b>")`, `"&lt;b&gt;&amp;&lt;/b&gt;"`)),
		define("escapeMarkdown", "Escapes the characters that have a meaning in Markdown.", text, perText(escapeMarkdown), gives(`escapeMarkdown("# *hi*")`, `"\\# \\*hi\\*"`)),
		define("stripHTML", "Removes HTML tags.", text, perText(stripHTML), gives(`stripHTML("<b>Hello</b> <i>World</i>")`, `"Hello World"`)),
	}
}

func hashFunctions() []*builtin {
	text := param("text", "text", "the text or binary data")
	options := params(text, optional("encoding", "text", "of the result: hex, base64, base64url or latin1; hex where left out"),
		optional("key", "text", "makes it an HMAC with this key"), optional("keyEncoding", "text", "how the key is written: text, hex, base64 or binary; text where left out"))
	return []*builtin{
		define("md5", "Returns the MD5 hash.", params(text), hashWith(md5.New), gives(`md5("hello")`, `"5d41402abc4b2a76b9719d911017c592"`)),
		define("sha1", "Returns the SHA-1 hash.", options, hashWith(sha1.New), gives(`sha1("hello")`, `"aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"`)),
		define("sha256", "Returns the SHA-256 hash, or the HMAC where there is a key.", options, hashWith(sha256.New),
			gives(`sha256("hello"; "base64")`, `"LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="`),
			gives(`sha256("hello"; ; "secret")`, `"88aab3ede8d3adf94d26ab90d3bafd4a2083070c3bcce9c014ee04a443847c0b"`)),
		define("sha512", "Returns the SHA-512 hash, or the HMAC where there is a key.", options, hashWith(sha512.New), gives(`left(sha512("hello"); 16)`, `"9b71d224bd62f378"`)),
	}
}

// bytes returns argument i as bytes: binary data as it is, anything else as UTF-8 text.
func (c *call) bytes(i int) []byte {
	if v := c.arg(i); v.Kind() == value.KindBuffer {
		c.check(c.ev.charge(v.Len() / bytesPerStep))
		return v.Bytes()
	}
	return []byte(c.text(i))
}

// encoded writes data as text.
func (c *call) encoded(encoding string, data []byte) value.Value {
	if !c.fits(2 * len(data)) {
		return value.Empty
	}
	switch strings.ToLower(encoding) {
	case "hex":
		return value.Text(hex.EncodeToString(data))
	case "base64":
		return value.Text(base64.StdEncoding.EncodeToString(data))
	case "base64url":
		return value.Text(base64.RawURLEncoding.EncodeToString(data))
	case "latin1", "binary":
		runes := make([]rune, len(data))
		for i, b := range data {
			runes[i] = rune(b)
		}
		return value.Text(string(runes))
	}
	c.refusef(1, "[expected-encoding] expected hex, base64, base64url or latin1, got %q", shorten(encoding))
	return value.Empty
}

// decoded returns the bytes that argument i writes in the given encoding.
func (c *call) decoded(i int, encoding string) []byte {
	if c.arg(i).Kind() == value.KindBuffer {
		return c.bytes(i)
	}
	text := c.text(i)
	var data []byte
	var err error
	switch strings.ToLower(encoding) {
	case "", "text", "utf8", "utf-8":
		return []byte(text)
	case "hex":
		data, err = hex.DecodeString(text)
	case "base64", "base64url":
		data, err = decodeBase64(text)
	case "binary", "latin1":
		for _, r := range text {
			data = append(data, byte(r))
		}
	default:
		c.refusef(i+1, "[expected-input] expected text, hex, base64 or binary, got %q", shorten(encoding))
	}
	if err != nil {
		c.refusef(i, "[text-encoding] the text is not valid %s", encoding)
	}
	return data
}

// decodeBase64 reads both alphabets, with and without padding.
func decodeBase64(s string) ([]byte, error) {
	s = strings.TrimRight(strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimSpace(s)), "=")
	data, err := base64.RawStdEncoding.DecodeString(s)
	if err != nil {
		return nil, fmt.Errorf("read base64: %w", err)
	}
	return data, nil
}

func toBinary(c *call) value.Value {
	v := c.arg(0)
	if v.Kind() == value.KindBuffer {
		return v
	}
	encoding := c.text(1)
	data := c.decoded(0, encoding)
	if utf8.Valid(data) {
		return value.Buffer(data, "utf-8")
	}
	return value.Buffer(data, "")
}

// upperHex are the digits of URL escapes.
const upperHex = "0123456789ABCDEF"

// encodeURL escapes everything but letters, digits and - _ . ! ~ * ' ( ), as encodeURIComponent does.
func encodeURL(s string) string {
	var b strings.Builder
	for i := range len(s) {
		ch := s[i]
		if ch >= 'a' && ch <= 'z' || ch >= 'A' && ch <= 'Z' || ch >= '0' && ch <= '9' || strings.IndexByte("-_.!~*'()", ch) >= 0 {
			b.WriteByte(ch)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(upperHex[ch>>4])
		b.WriteByte(upperHex[ch&15])
	}
	return b.String()
}

func decodeURL(c *call) value.Value {
	s, err := url.PathUnescape(c.text(0))
	if err != nil {
		c.refusef(0, "[escape] %q is not a valid escape", strings.Trim(strings.TrimPrefix(err.Error(), "invalid URL escape "), `"`))
	}
	return value.Text(strings.ToValidUTF8(s, "\ufffd"))
}

func escapeMarkdown(s string) string {
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune("\\`*_{}[]()#+-.!|<>~", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// stripHTML removes comments and everything between < and >, with quoted attributes, and keeps a < that starts no tag.
func stripHTML(s string) string {
	var b strings.Builder
	for {
		at := strings.IndexByte(s, '<')
		if at < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:at])
		n := tagLength(s[at:])
		if n == 0 {
			b.WriteByte('<')
			n = 1
		}
		s = s[at+n:]
	}
}

// beginsTag reports whether a tag can go on with c after its bracket.
func beginsTag(c byte) bool {
	return c == '/' || c == '!' || c == '?' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// tagLength returns the bytes of the tag or comment that s starts with, 0 where it is none; one without an end goes on to the end of s.
func tagLength(s string) int {
	if strings.HasPrefix(s, "<!--") {
		if end := strings.Index(s, "-->"); end >= 0 {
			return end + len("-->")
		}
		return len(s)
	}
	if len(s) < 2 || !beginsTag(s[1]) {
		return 0
	}
	quote := byte(0)
	for i := 1; i < len(s); i++ {
		switch ch := s[i]; {
		case quote != 0:
			if ch == quote {
				quote = 0
			}
		case (ch == '"' || ch == '\'') && s[i-1] == '=':
			quote = ch
		case ch == '>':
			return i + 1
		}
	}
	return len(s)
}

func hashWith(make func() hash.Hash) func(c *call) value.Value {
	return func(c *call) value.Value {
		h := make()
		if !c.blank(2) {
			h = hmac.New(make, c.decoded(2, c.text(3)))
		}
		h.Write(c.bytes(0))
		return c.encoded(c.textOr(1, "hex"), h.Sum(nil))
	}
}
