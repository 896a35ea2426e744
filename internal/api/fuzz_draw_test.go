package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/ropeway/ropeway/internal/api"
)

// drawing draws requests from the schemas of the document.
type drawing struct {
	*rand.Rand
	doc *document
}

// drawnRequest is a request before it is read.
type drawnRequest struct {
	head      string // as it goes over the wire, without its body
	body      []byte // nil for none
	elsewhere bool   // it goes to another place than the operation
}

// one reports true once in n.
func (d *drawing) one(n int) bool { return d.IntN(n) == 0 }

func pick[T any](d *drawing, list []T) T { return list[d.IntN(len(list))] }

// hugeText is longer than what most things may be.
func hugeText() string { return strings.Repeat("x", 300_000) }

// oddTexts are texts that have broken other programs.
func oddTexts() []string {
	return []string{
		"", " ", "x", "null", "true", "0", "-1", "1e400", "9223372036854775807", "9223372036854775808", "\u0000", "a\u0000b", "\u202e", "é", "日本語", "🚡", "\ufeff",
		"../../etc/passwd", "..", ".", "%2e%2e%2f", "a/b", `a\b`, "'; DROP TABLE scenario; --", `" OR ""="`, "<script>", "{{1.a}}", "{{", "${x}", "%s%n", "a\r\nX: y",
		"https://example.com", "file:///etc/passwd", "*", "\"", "NEAR(", "-", "a AND", "1.5", "2026-01-31T09:00:00Z", "0000-00-00T00:00:00Z", "9999-12-31T23:59:59.999999999+14:00",
		strings.Repeat("é", 2000),
	}
}

// oddJSON are bodies, and parts of them, that nothing should take for granted.
func oddJSON() []string {
	return []string{
		"", "null", "{}", "[]", "0", `""`, "true", "{", "[", `{"a":}`, "{} {}", `{"name":"a","name":"b"}`, "1e400", "-0", `"\ud800"`, "\"\xff\"", "{\"name\":\"\xc3\x28\"}", "\xef\xbb\xbf{}",
		strings.Repeat("[", 20_000), strings.Repeat(`{"a":`, 20_000), strings.Repeat("[", 5000) + strings.Repeat("]", 5000), `{"blueprint":` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + `}`,
		"\x00", "<xml/>", "name=a", `{"__proto__":{}}`, `{"ID":1,"Name":"x"}`,
	}
}

// blueprints are scenarios that work, and some that do not.
func blueprints() []string {
	return []string{
		`{"name":"Hooked","flow":[{"id":1,"module":"gateway:CustomWebHook","version":1,"parameters":{"hook":1,"maxResults":1},"mapper":{}},{"id":2,"module":"util:SetVariables","version":1,"parameters":{},"mapper":{"variables":[{"name":"a","value":"{{1.name}}"}]}}],"metadata":{"version":1}}`,
		`{"name":"Calls","flow":[{"id":1,"module":"customerly:listTags","version":1,"parameters":{"__IMTCONN__":"Main"},"mapper":{}}],"metadata":{"version":1}}`,
		`{"name":"Polling","flow":[{"id":7,"module":"customerly:watchUsers","version":1,"parameters":{},"mapper":{}}],"metadata":{"version":1}}`,
		`{"name":"Empty","flow":[]}`, `{"flow":null}`, `{"name":7,"flow":{}}`, `{"name":"x","flow":[{"id":0,"module":"no:such","version":-1}]}`,
		`{"name":"x","flow":[{"id":1,"module":"builtin:BasicRouter","version":1,"routes":[{"flow":[]},{"flow":[{"id":1}]}]}]}`,
		`{"name":"x","flow":[{"id":1,"module":"util:SetVariables","version":1,"mapper":{"variables":"{{"}}]}`,
	}
}

// samplesOf are values that mean something in fields of this name.
func samplesOf(name string) []string {
	switch name {
	case "blueprint":
		return blueprints()
	case "schedule":
		return []string{
			`{"type":"indefinitely","interval":900}`, `{"type":"immediately"}`, `{"type":"on-demand"}`, `{"type":"daily","time":"25:61"}`, `{"type":"once","date":"2026-02-30T00:00:00"}`,
			`{"type":"indefinitely","interval":-1}`, `{"type":"indefinitely","interval":1e300}`, `{"type":7}`, `{"type":"weekly","days":[9],"time":"10:00"}`, `{"type":"monthly","days":[31,0],"time":"10:00"}`,
		}
	case "settings":
		return []string{
			`{}`, `{"catchUp":"skip"}`, `{"historyBytes":-1}`, `{"historyDays":2147483648}`, `{"rate":{"limit":3,"seconds":10}}`, `{"checks":[{"type":"github","secrets":["s"]}]}`, `{"checks":[{"type":"none"}]}`,
			`{"structure":[{"name":"a","type":"text"}]}`, `{"unknown":1}`, `[]`, `{"rate":{"limit":-1,"seconds":0}}`, `{"duplicates":{"key":"{{"}}`,
		}
	case "webhook":
		return []string{`{"checks":[]}`, `{"rate":{"limit":1,"seconds":1}}`, `{"rate":7}`, `[]`}
	case "structure":
		return []string{`[{"name":"email","type":"text"}]`, `[]`, `{}`, `[{"name":"a","type":"array","spec":[{"type":"text"}]}]`, `[{"name":"","type":"no"}]`, `[{"type":"collection","name":"c","spec":[{"name":"c","type":"date"}]}]`}
	case "app":
		return []string{`"customerly"`, `"http"`, `"nothing"`}
	case "type":
		return []string{`"basic"`, `"customerly"`, `""`}
	case "fields":
		return []string{`{"apiToken":"secret"}`, `{}`, `null`, `[1]`, `{"apiToken":{"a":1}}`, `{"apiToken":""}`}
	case "token":
		return []string{`"` + strings.Repeat("t", 32) + `"`, `"short"`, `""`, `"../x"`}
	case "name":
		return []string{`"Ada"`, `"People"`, `"Main"`, `"Ünï"`, `""`}
	case "key":
		return []string{`"ada"`, `"a/../b"`, `""`, `"k"`}
	}
	return nil
}

// request draws a request of an operation.
func (d *drawing) request(o *operation) drawnRequest {
	var r drawnRequest
	method, path := o.method, api.Prefix+o.path
	query := url.Values{}
	head := &strings.Builder{}
	for i := range o.Parameters {
		p := &o.Parameters[i]
		switch p.In {
		case "path":
			text := d.pathText(p.Schema)
			r.elsewhere = r.elsewhere || text == "" || text == "." || text == ".." || strings.ContainsAny(text, "/\\%")
			path = strings.ReplaceAll(path, "{"+p.Name+"}", text)
		case "query":
			if d.one(3) {
				query.Set(p.Name, d.parameter(p.Schema))
			}
		case "header":
			if d.one(3) {
				fmt.Fprintf(head, "%s: %s\r\n", p.Name, d.header(p.Name))
			}
		}
	}
	raw := query.Encode()
	if d.one(25) {
		raw += pick(d, []string{"&colour=red", "&%zz", "&;", "&limit=1&limit=2", "&a[]=1", "&=", "&" + strings.Repeat("x", 9000), "&after=%ff%00", "&team=1", "&name=%ff"})
	}
	if raw != "" {
		path += "?" + strings.TrimPrefix(raw, "&")
	}
	if d.one(50) {
		method = pick(d, []string{"HEAD", "OPTIONS", "TRACE", "PROPFIND", "PUT", "DELETE", "get"})
		r.elsewhere = true
	}
	if o.Body != nil && !d.one(20) || d.one(40) {
		r.body = d.body(o)
	}
	for range d.IntN(3) {
		head.WriteString(pick(d, []string{
			"Content-Type: application/json", "Content-Type: text/csv", "Content-Type: \xff", "Content-Type: multipart/form-data; boundary=x", "Accept: image/png", "Accept-Encoding: br",
			"X-Forwarded-For: 1.2.3.4", "Range: bytes=0-1", "Transfer-Encoding: x", "Expect: 100-continue", "If-None-Match: *", "X-HTTP-Method-Override: DELETE", "Cookie: a=b; c", "Connection: close",
		}) + "\r\n")
	}
	r.head = method + " " + path + " HTTP/1.1\r\nHost: ropeway\r\n" + head.String() + "\r\n"
	return r
}

// pathText draws a part of a path: mostly the number of something that is there.
func (d *drawing) pathText(s *schema) string {
	if !d.one(6) {
		if s.Type == "integer" {
			return strconv.Itoa(1 + d.IntN(4))
		}
		return pick(d, []string{"customerly", "a", "1"})
	}
	return pick(d, []string{
		"0", "-1", "99", "9223372036854775807", "9223372036854775808", "1.0", "1e3", "+1", "0x1", "01", "x", "..", "%2e%2e", "..%2f..", "%00", "%ff", "1%20", "",
		"é", "{id}", "1;a=b", strings.Repeat("9", 4000), url.PathEscape(pick(d, oddTexts()[:20])),
	})
}

// parameter draws the value of a parameter of the query.
func (d *drawing) parameter(s *schema) string {
	if d.one(4) {
		return pick(d, oddTexts())
	}
	switch {
	case s.Type == "array":
		var list []string
		for range 1 + d.IntN(3) {
			list = append(list, d.parameter(s.Items))
		}
		return strings.Join(list, ",")
	case len(s.Enum) > 0:
		return pick(d, s.Enum)
	case s.Type == "integer":
		return strconv.FormatInt(d.integer(s), 10)
	case s.Type == "boolean":
		return pick(d, []string{"true", "false"})
	case s.Format == "date-time":
		return pick(d, []string{"2026-01-31T09:00:00Z", "1970-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-03-01T12:00:00+01:00"})
	}
	return pick(d, []string{"1", "2", "ada", "Ada", "scenario 1", "customerly", "x"})
}

func (d *drawing) header(name string) string {
	if name == "Idempotency-Key" {
		return pick(d, []string{"a", "b", strconv.Itoa(d.IntN(1000)), strings.Repeat("k", api.MaxRequestKeyBytes), strings.Repeat("k", api.MaxRequestKeyBytes+1), "é", "\xff", " "})
	}
	return pick(d, []string{`"1"`, `"1"`, `"2"`, `W/"1"`, `*`, `"0"`, `"-1"`, `"99999"`, `abc`, `"1", "2"`, `"9223372036854775808"`, strings.Repeat("9", 5000), "\xff", `""`})
}

// integer draws a number, often one at a border.
func (d *drawing) integer(s *schema) int64 {
	if s.Maximum != nil && d.one(3) {
		return *s.Maximum + int64(d.IntN(2))
	}
	if d.one(4) {
		return pick(d, []int64{-1, 0, 1 << 31, 1<<31 - 1, 1 << 32, 1<<53 + 1, 1<<63 - 1, -1 << 63})
	}
	return int64(1 + d.IntN(4))
}

// body draws a body: one that fits its schema, one that nearly does, or something else.
func (d *drawing) body(o *operation) []byte {
	if o.Body == nil || d.one(12) {
		return []byte(pick(d, oddJSON()))
	}
	if _, csv := o.Body.Content["text/csv"]; csv && d.one(2) {
		return []byte(pick(d, []string{"key,email\na,b\n", "email\nx\n", "key\n\"", "", "key,key\na,b\n", "key,email\n" + strings.Repeat("a,b\n", 1000), "\xff\n\xff", "key,email\na\n"}))
	}
	if d.one(200) && o.Body.MaxBytes <= api.MaxBodyBytes {
		return []byte(`{"name":"` + strings.Repeat("x", api.MaxBodyBytes) + `"}`)
	}
	data := d.json(o.Body.Content["application/json"].Schema, "", 0)
	if d.one(8) && len(data) > 2 {
		data = d.damaged(data)
	}
	return data
}

// damaged changes a few bytes.
func (d *drawing) damaged(data []byte) []byte {
	data = bytes.Clone(data)
	switch at := d.IntN(len(data)); d.IntN(3) {
	case 0:
		return data[:at]
	case 1:
		data[at] = byte(d.IntN(256))
		return data
	default:
		return append(data[:at:at], append([]byte(pick(d, oddJSON()[:20])), data[at:]...)...)
	}
}

// json draws JSON of a schema; here and there it does not fit.
func (d *drawing) json(s *schema, name string, depth int) []byte {
	s = d.doc.resolve(s)
	if name == "test" { // a test of a connection would leave the machine
		return []byte("false")
	}
	if d.one(25) {
		return []byte(pick(d, oddJSON()[1:7]))
	}
	if samples := samplesOf(name); samples != nil && (s.Type == "" || s.Type == "boolean" || s.Type == "string" || d.one(4)) && !d.one(10) {
		return []byte(pick(d, samples))
	}
	switch {
	case s.Type == "object" && len(s.Properties) > 0:
		return d.object(s, depth)
	case s.Type == "array":
		n := d.IntN(4)
		if d.one(60) {
			n = api.MaxSelected + 1
		}
		parts := make([][]byte, n)
		for i := range parts {
			parts[i] = d.json(s.Items, "", depth+1)
		}
		return slices.Concat([]byte("["), bytes.Join(parts, []byte(",")), []byte("]"))
	case s.Type == "integer", s.Type == "number":
		return strconv.AppendInt(nil, d.integer(s), 10)
	case s.Type == "boolean":
		return []byte(pick(d, []string{"true", "false"}))
	case s.Type == "string" && len(s.Enum) > 0 && !d.one(10):
		return quoted(pick(d, s.Enum))
	case s.Type == "string" && s.Format == "date-time" && !d.one(5):
		return quoted(pick(d, []string{"2026-01-31T09:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-02-30T00:00:00Z"}))
	case s.Type == "string":
		if d.one(100) {
			return quoted(hugeText())
		}
		return quoted(pick(d, oddTexts()))
	}
	return d.anything(depth)
}

func (d *drawing) object(s *schema, depth int) []byte {
	var parts [][]byte
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		if slices.Contains(s.Required, name) && !d.one(20) || d.one(2) {
			parts = append(parts, slices.Concat(quoted(name), []byte(":"), d.json(s.Properties[name], name, depth+1)))
		}
	}
	if d.one(25) {
		parts = append(parts, []byte(`"colour":1`))
	}
	return slices.Concat([]byte("{"), bytes.Join(parts, []byte(",")), []byte("}"))
}

// anything draws JSON of no schema.
func (d *drawing) anything(depth int) []byte {
	switch d.IntN(5) {
	case 0:
		return quoted(pick(d, oddTexts()))
	case 1:
		return strconv.AppendInt(nil, d.integer(&schema{}), 10)
	case 2:
		return []byte(pick(d, []string{"null", "true", "1.5e-7", "123456789012345678901234567890", "-0.0", "{}", "[]"}))
	}
	if depth > 6 {
		return []byte("{}")
	}
	if d.one(2) {
		return slices.Concat([]byte("["), d.anything(depth+1), []byte("]"))
	}
	return slices.Concat([]byte("{"), quoted(pick(d, oddTexts()[:40])), []byte(":"), d.anything(depth+1), []byte(`,"email":`), d.anything(depth+1), []byte("}"))
}

func quoted(text string) []byte {
	data, err := json.Marshal(text)
	if err != nil {
		return []byte(`""`)
	}
	return data
}
