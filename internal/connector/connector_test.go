package connector

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ropeway/ropeway/internal/appdef"
	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/outbound"
	"github.com/ropeway/ropeway/internal/value"
)

// service answers the requests of a test and remembers them.
type service struct {
	answers  []answer
	requests []outbound.Request
}

// answer is one answer; the last one is repeated. A header "k: v" may stand in head.
type answer struct {
	status int
	head   string
	body   string
	err    error
}

func (s *service) Do(_ context.Context, r outbound.Request) (*outbound.Response, error) {
	a := s.answers[min(len(s.requests), len(s.answers)-1)]
	s.requests = append(s.requests, r)
	h := http.Header{}
	for line := range strings.SplitSeq(a.head, "\n") {
		if name, v, ok := strings.Cut(line, ": "); ok {
			h.Add(name, v)
		}
	}
	if h.Get("Content-Type") == "" {
		h.Set("Content-Type", "application/json")
	}
	if a.status == 0 {
		a.status = http.StatusOK
	}
	if a.err != nil {
		return &outbound.Response{Sent: !errors.Is(a.err, errNotSent)}, a.err
	}
	return &outbound.Response{Status: a.status, Header: h, Body: []byte(a.body), Sent: true}, nil
}

var errNotSent = errors.New("refused")

// wire is the request as one line: "METHOD url | headers in order | body".
func wire(r outbound.Request) string {
	var names []string
	for name, v := range r.Header {
		names = append(names, name+": "+strings.Join(v, ", "))
	}
	slices.Sort(names)
	return fmt.Sprintf("%s %s | %s | %s", r.Method, r.URL, strings.Join(names, "; "), r.Body)
}

// bench is an app with one module "m" and everything to run it with.
type bench struct {
	c   *Connector
	svc *service
	clk *clock.Fake
	out kept
}

// kept is a module.Output that keeps everything.
type kept struct {
	bundles, records []value.Value
	cursor           value.Value
	full             int // number of bundles after which Bundle fails; 0 = never
}

var errFull = errors.New("enough")

func (o *kept) Bundle(v value.Value) error {
	if o.full > 0 && len(o.bundles) == o.full {
		return errFull
	}
	o.bundles = append(o.bundles, v)
	return nil
}
func (o *kept) Exchange(v value.Value)        { o.records = append(o.records, v) }
func (o *kept) Respond(module.Response) error { return nil }
func (o *kept) Cursor(v value.Value)          { o.cursor = v }

const plainBase = `{"baseUrl": "https://api.example.com/v1/", "headers": {"X-Key": "{{connection.key}}"}}`

// newBench loads an app with a module of the given type and communication. extra are further files.
func newBench(tb testing.TB, kind, base, communication string, extra map[string]string, answers ...answer) *bench {
	tb.Helper()
	folder := fstest.MapFS{}
	put := func(name, text string) { folder[name] = &fstest.MapFile{Data: []byte(text)} }
	put("metadata.json", `{"name": "demo", "label": "Demo"}`)
	put("base.imljson", base)
	put("connections/key/metadata.json", `{"label": "Key", "type": "basic"}`)
	put("connections/key/parameters.imljson", `[{"name": "key", "type": "password", "label": "Key"}, {"name": "site", "type": "text", "default": "main"}]`)
	put("modules/m/metadata.json", `{"label": "M", "connection": "key", "type": "`+kind+`"}`)
	put("modules/m/api.imljson", communication)
	put("modules/m/expect.imljson", `[{"name": "a", "type": "any", "label": "A"}, {"name": "b", "type": "any", "label": "B"}, {"name": "limit", "type": "number"}]`)
	for name, text := range extra {
		put(name, text)
	}
	app, problems := appdef.Load(folder)
	if problems.Invalid() {
		tb.Fatalf("load: %v", problems)
	}
	b := &bench{svc: &service{answers: answers}, clk: clock.NewFake(time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC))}
	if len(answers) == 0 {
		b.svc.answers = []answer{{body: `{"id": 1}`}}
	}
	var err error
	if b.c, err = New(app, Deps{HTTP: b.svc, Clock: b.clk}); err != nil {
		tb.Fatal(err)
	}
	return b
}

func parsed(tb testing.TB, text string) value.Value {
	tb.Helper()
	v, err := value.ParseJSON([]byte(text))
	if err != nil {
		tb.Fatalf("test data %s: %v", text, err)
	}
	return v
}

func connection(key string) *module.Connection {
	return &module.Connection{Key: "c1", App: "demo", Type: "key", Fields: value.Collection(value.F("key", value.Text(key)))}
}

func (b *bench) run(tb testing.TB, parameters string) error {
	tb.Helper()
	op := &module.Operation{Input: parsed(tb, parameters), Started: b.clk.Now(), Zone: time.UTC, Seed: 3, Scenario: "S"}
	return b.c.Modules()[0].Run(tb.Context(), op, connection("k-secret"), &b.out)
}

func (b *bench) outputs() string { return value.Array(b.out.bundles...).JSON() }

func (b *bench) wires() string {
	lines := make([]string, len(b.svc.requests))
	for i, r := range b.svc.requests {
		lines[i] = wire(r)
	}
	return strings.Join(lines, "\n")
}

func TestRequests(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, communication, parameters, want string }{
		{"joined to the base", `{"url": "/x"}`, `{}`, `GET https://api.example.com/v1/x | X-Key: k-secret | `},
		{"without a slash", `{"url": "x"}`, `{}`, `GET https://api.example.com/v1/x | X-Key: k-secret | `},
		{"absolute", `{"url": "https://files.example.com/x"}`, `{}`, `GET https://files.example.com/x | X-Key: k-secret | `},
		{
			"header of the base replaced in any case", `{"url": "/x", "headers": {"x-key": "mine", "Accept": ["a", "b"], "X-None": "{{parameters.none}}"}}`, `{}`,
			`GET https://api.example.com/v1/x | Accept: a, b; X-Key: mine | `,
		},
		{
			"query", `{"url": "/x?keep=1&a=old", "qs": {"a": "{{parameters.a}}", "list": [1, "zwei", null], "none": "{{parameters.none}}", "deep": {"k": "ü&"}, "t": true}}`, `{"a": "x y+z"}`,
			`GET https://api.example.com/v1/x?keep=1&a=x%20y%2Bz&list=1&list=zwei&deep%5Bk%5D=%C3%BC%26&t=true | X-Key: k-secret | `,
		},
		{
			"spread", `{"url": "/x", "qs": {"first": 1, "{{...}}": "{{toCollection(parameters.a, 'key', 'value')}}"}}`, `{"a": [{"key": "k", "value": "v"}]}`,
			`GET https://api.example.com/v1/x?first=1&k=v | X-Key: k-secret | `,
		},
		{"escaped by itself", `{"url": "/a b/{{parameters.a}}"}`, `{"a": "ä%20"}`, `GET https://api.example.com/v1/a%20b/%C3%A4%20 | X-Key: k-secret | `},
		{"left alone", `{"url": "/a[b]", "encodeUrl": false}`, `{}`, `GET https://api.example.com/v1/a[b] | X-Key: k-secret | `},
		{"GET sends no body", `{"url": "/x", "body": {"a": 1}}`, `{}`, `GET https://api.example.com/v1/x | X-Key: k-secret | `},
		{
			"JSON", `{"url": "/x", "method": "post", "body": {"a": "{{parameters.a}}", "b": "{{parameters.b}}", "none": "{{parameters.none}}", "null": null}}`, `{"a": [1], "b": "t"}`,
			`POST https://api.example.com/v1/x | Content-Type: application/json; X-Key: k-secret | {"a":[1],"b":"t","null":null}`,
		},
		{
			"own content type", `{"url": "/x", "method": "PUT", "headers": {"content-type": "application/vnd.x+json"}, "body": {}}`, `{}`,
			`PUT https://api.example.com/v1/x | Content-Type: application/vnd.x+json; X-Key: k-secret | {}`,
		},
		{"DELETE with a body", `{"url": "/x", "method": "DELETE", "body": {"a": 1}}`, `{}`, `DELETE https://api.example.com/v1/x | Content-Type: application/json; X-Key: k-secret | {"a":1}`},
		{"no body", `{"url": "/x", "method": "POST", "body": "{{parameters.none}}"}`, `{}`, `POST https://api.example.com/v1/x | X-Key: k-secret | `},
		{
			"urlencoded", `{"url": "/x", "method": "POST", "type": "urlencoded", "body": {"a": "{{parameters.a}}", "l": [1, 2]}}`, `{"a": "x&y"}`,
			`POST https://api.example.com/v1/x | Content-Type: application/x-www-form-urlencoded; X-Key: k-secret | a=x%26y&l=1&l=2`,
		},
		{"text", `{"url": "/x", "method": "POST", "type": "text", "body": "{{parameters.a}}"}`, `{"a": "plain"}`, `POST https://api.example.com/v1/x | X-Key: k-secret | plain`},
		{"text of a structure", `{"url": "/x", "method": "POST", "type": "raw", "body": "{{parameters.a}}"}`, `{"a": {"k": [1]}}`, `POST https://api.example.com/v1/x | X-Key: k-secret | {"k":[1]}`},
		{"binary", `{"url": "/x", "method": "POST", "type": "binary", "body": "{{toBinary('AQI=', 'base64')}}"}`, `{}`, "POST https://api.example.com/v1/x | X-Key: k-secret | \x01\x02"},
		{"temp comes first", `{"url": "/{{temp.p}}", "temp": {"p": "{{parameters.a}}"}}`, `{"a": "q"}`, `GET https://api.example.com/v1/q | X-Key: k-secret | `},
		{
			"surroundings", `{"url": "/x", "qs": {"zone": "{{environment.timezone}}", "scenario": "{{scenario.name}}", "fields": "{{length(metadata.expect)}}", "now": "{{formatDate(now, 'YYYY')}}"}}`, `{}`,
			`GET https://api.example.com/v1/x?zone=UTC&scenario=S&fields=3&now=2026 | X-Key: k-secret | `,
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, "action", plainBase, c.communication, nil)
			if err := b.run(t, c.parameters); err != nil {
				t.Fatal(err)
			}
			if got := b.wires(); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestMultipart(t *testing.T) {
	t.Parallel()
	b := newBench(t, "action", plainBase, `{"url": "/x", "method": "POST", "type": "multipart/form-data", "body": {
		"note": "{{parameters.a}}", "tags": ["x", "y"], "none": "{{parameters.none}}",
		"file": {"value": "{{parameters.b}}", "options": {"filename": "q\"\r\nX: 1.txt", "contentType": "text/plain\r\nX: 2"}}}}`, nil)
	if err := b.run(t, `{"a": "hello", "b": "content"}`); err != nil {
		t.Fatal(err)
	}
	sent := b.svc.requests[0]
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://x", strings.NewReader(string(sent.Body)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = sent.Header
	if err := req.ParseMultipartForm(1 << 20); err != nil {
		t.Fatalf("read what was sent: %v\n%s", err, sent.Body)
	}
	want := map[string][]string{"note": {"hello"}, "tags": {"x", "y"}}
	if diff := cmp.Diff(want, req.MultipartForm.Value); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	file := req.MultipartForm.File["file"]
	if len(file) != 1 || file[0].Size != int64(len("content")) || len(file[0].Header) != 2 {
		t.Errorf("file: got %+v, want one with two headers", file)
	}
}

func TestResponses(t *testing.T) {
	t.Parallel()
	xml := `<?xml version="1.0"?><list total="2"><item id="1">One</item><item id="2"><name>Two</name></item></list>`
	cases := []struct {
		name, kind, communication string
		answer                    answer
		want                      string
	}{
		{"the body", "action", `{"url": "/x"}`, answer{body: `{"id": 1}`}, `[{"id":1}]`},
		{"an array of an action", "action", `{"url": "/x"}`, answer{body: `[1, 2]`}, `[{"array":[1,2]}]`},
		{"an array of a search", "search", `{"url": "/x"}`, answer{body: `[{"a": 1}, 2]`}, `[{"a":1},{"value":2}]`},
		{"nothing of an action", "action", `{"url": "/x", "method": "DELETE"}`, answer{status: 204}, `[{}]`},
		{"nothing of a search", "search", `{"url": "/x"}`, answer{body: `null`}, `[]`},
		{"text", "action", `{"url": "/x"}`, answer{head: "Content-Type: text/plain; charset=iso-8859-1", body: "caf\xe9"}, `[{"value":"café"}]`},
		{"urlencoded", "action", `{"url": "/x"}`, answer{head: "Content-Type: application/x-www-form-urlencoded", body: `a=1&b=x%20y&b=z`}, `[{"a":"1","b":["x y","z"]}]`},
		{
			"XML", "action", `{"url": "/x"}`,
			answer{head: "Content-Type: text/xml", body: xml},
			`[{"list":[{"_attributes":{"total":"2"},"item":[{"_attributes":{"id":"1"},"_value":"One"},{"_attributes":{"id":"2"},"name":[{"_value":"Two"}]}]}]}]`,
		},
		{
			"path into XML", "search", `{"url": "/x", "response": {"iterate": "{{body.list.item}}", "output": {"id": "{{item._attributes.id}}", "name": "{{item.name._value}}"}}}`,
			answer{head: "Content-Type: application/atom+xml", body: xml},
			`[{"id":"1"},{"id":"2","name":"Two"}]`,
		},
		{"binary", "action", `{"url": "/x"}`, answer{head: "Content-Type: image/png", body: "\x89PNG"}, `[{"value":"iVBORw=="}]`},
		{"JSON without a type", "action", `{"url": "/x"}`, answer{head: "Content-Type: text/plain", body: ` {"a": 1}`}, `[{"a":1}]`},
		{"type by status", "action", `{"url": "/x", "response": {"type": {"*": "text", "200-201": "json"}}}`, answer{head: "Content-Type: text/html", body: `{"a": 1}`}, `[{"a":1}]`},
		{"type for all others", "action", `{"url": "/x", "response": {"type": {"*": "text", "201": "json"}}}`, answer{body: `{"a": 1}`}, `[{"value":"{\"a\": 1}"}]`},
		{
			"output", "action", `{"url": "/x", "response": {"output": {"id": "{{body.id}}", "none": "{{body.none}}", "status": "{{statusCode}}", "h": "{{headers['x-rate']}}", "all": "{{headers.link}}"}}}`,
			answer{head: "X-Rate: 5\nLink: a\nLink: b", body: `{"id": 1}`},
			`[{"id":1,"status":200,"h":"5","all":["a","b"]}]`,
		},
		{
			"iterate with a condition", "search", `{"url": "/x", "response": {"iterate": {"container": "{{body.items}}", "condition": "{{item > 1}}"}, "output": {"n": "{{item}}", "first": "{{iterate.container.first}}", "last": "{{iterate.container.last}}"}}}`,
			answer{body: `{"items": [1, 2, 3]}`},
			`[{"n":2,"first":1,"last":3},{"n":3,"first":1,"last":3}]`,
		},
		{"limit", "search", `{"url": "/x", "response": {"iterate": "{{body.items}}", "limit": "{{parameters.limit}}"}}`, answer{body: `{"items": [1, 2, 3]}`}, `[{"value":1},{"value":2}]`},
		{"one thing to iterate over", "search", `{"url": "/x", "response": {"iterate": "{{body.items}}"}}`, answer{body: `{"items": {"a": 1}}`}, `[{"a":1}]`},
		{
			"wrapper", "action", `{"url": "/x", "response": {"iterate": "{{body.items}}", "output": {"n": "{{item}}"}, "wrapper": {"count": "{{length(output)}}", "items": "{{output}}"}}}`,
			answer{body: `{"items": [1, 2]}`},
			`[{"count":2,"items":[{"n":1},{"n":2}]}]`,
		},
		{"temp of the answer", "action", `{"url": "/x", "response": {"temp": {"id": "{{body.id}}"}, "output": {"t": "{{temp.id}}"}}}`, answer{body: `{"id": 9}`}, `[{"t":9}]`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, c.kind, plainBase, c.communication, nil, c.answer)
			if err := b.run(t, `{"limit": 2}`); err != nil {
				t.Fatal(err)
			}
			if got := b.outputs(); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestChains(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, communication, want, requests string }{
		{"temp goes on", `[{"url": "/token", "response": {"temp": {"t": "{{body.id}}"}}}, {"url": "/x/{{temp.t}}"}]`, `[{"id":1}]`, "/token /x/1"},
		{"the last one counts", `[{"url": "/a"}, {"url": "/b", "response": {"output": {"b": true}}}]`, `[{"b":true}]`, "/a /b"},
		{"the last one is null", `[{"url": "/a", "response": {"output": {"a": true}}}, {"url": "/b", "response": {"output": null}}]`, `[{"a":true}]`, "/a /b"},
		{"skipped", `[{"url": "/a"}, {"url": "/b", "condition": "{{parameters.a = 'no'}}"}]`, `[{"id":1}]`, "/a"},
		{"skipped in the middle", `[{"url": "/a"}, {"url": "/b", "condition": false}, {"url": "/c"}]`, `[{"id":1}]`, "/a /c"},
		{"default", `[{"url": "/a"}, {"url": "/b", "condition": {"condition": "{{parameters.b}}", "default": {"d": "{{body.id}}"}}}]`, `[{"d":1}]`, "/a"},
		{"skipped alone", `{"url": "/a", "condition": "{{parameters.b}}"}`, `[{}]`, ""},
		{"without a request", `[{"url": "/a"}, {"response": {"output": {"from": "{{body.id}}"}}}]`, `[{"from":1}]`, "/a"},
		{"only an output", `{"response": {"output": {"a": "{{parameters.a}}"}}}`, `[{"a":"x"}]`, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, "action", plainBase, c.communication, nil)
			if err := b.run(t, `{"a": "x"}`); err != nil {
				t.Fatal(err)
			}
			var paths []string
			for _, r := range b.svc.requests {
				paths = append(paths, strings.TrimPrefix(r.URL, "https://api.example.com/v1"))
			}
			if got := strings.Join(paths, " "); b.outputs() != c.want || got != c.requests {
				t.Errorf("got %s after %q, want %s after %q", b.outputs(), got, c.want, c.requests)
			}
		})
	}
}

func TestPagination(t *testing.T) {
	t.Parallel()
	page := func(ids, next string) answer { return answer{body: `{"items": [` + ids + `], "next": ` + next + `}`} }
	iterate := `"response": {"iterate": "{{body.items}}", "limit": "{{parameters.limit}}", "output": {"n": "{{item}}"}}`
	cases := []struct {
		name, communication, parameters string
		answers                         []answer
		want, requests                  string
	}{
		{
			"until a page is empty", `{"url": "/x", "qs": {"p": 1, "q": "{{parameters.a}}"}, "pagination": {"qs": {"p": "{{pagination.page}}"}}, ` + iterate + `}`, `{"a": "s"}`,
			[]answer{page("1,2", "0"), page("3", "0"), page("", "0")},
			`1 2 3`, `/x?p=1&q=s /x?p=2&q=s /x?p=3&q=s`,
		},
		{
			"while a condition holds", `{"url": "/x", "pagination": {"url": "{{body.next}}", "condition": "{{body.next}}"}, ` + iterate + `}`, `{}`,
			[]answer{page("1", `"https://api.example.com/v1/x?c=2"`), page("2", "null")},
			`1 2`, `/x /x?c=2`,
		},
		{"no request too many", `{"url": "/x", "pagination": {"qs": {"p": "{{pagination.page}}"}}, ` + iterate + `}`, `{"limit": 2}`, []answer{page("1,2", "0")}, `1 2`, `/x`},
		{"limit inside a page", `{"url": "/x", "pagination": {"qs": {"p": "{{pagination.page}}"}}, ` + iterate + `}`, `{"limit": 3}`, []answer{page("1,2", "0"), page("3,4", "0")}, `1 2 3`, `/x /x?p=2`},
		{
			"without the parent", `{"url": "/x", "qs": {"a": 1}, "pagination": {"mergeWithParent": false, "url": "/more", "condition": "{{pagination.page < 3}}"}, ` + iterate + `}`, `{}`,
			[]answer{page("1", "0"), page("2", "0")},
			`1 2`, `/x?a=1 /more`,
		},
		{"a service that ignores the page", `{"url": "/x", "pagination": {"qs": {"p": "{{pagination.page}}"}}, ` + iterate + `}`, `{}`, []answer{page("1,2", "0")}, `1 2`, `/x /x?p=2`},
		{
			"body replaced", `{"url": "/x", "method": "POST", "body": {"a": 1}, "pagination": {"body": {"p": "{{pagination.page}}"}, "condition": "{{pagination.page < 3}}"}, ` + iterate + `}`, `{}`,
			[]answer{page("1", "0"), page("2", "0")},
			`1 2`, `/x{"a":1} /x{"p":2}`,
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, "search", plainBase, c.communication, nil, c.answers...)
			if err := b.run(t, c.parameters); err != nil {
				t.Fatal(err)
			}
			var got, requests []string
			for _, v := range b.out.bundles {
				got = append(got, v.Get("n").JSON())
			}
			for _, r := range b.svc.requests {
				requests = append(requests, strings.TrimPrefix(r.URL, "https://api.example.com/v1")+string(r.Body))
			}
			if strings.Join(got, " ") != c.want || strings.Join(requests, " ") != c.requests {
				t.Errorf("got %v after %v\nwant %s after %s", got, requests, c.want, c.requests)
			}
		})
	}
}

func TestPaginationEndsAtItsLimit(t *testing.T) {
	t.Parallel()
	b := newBench(t, "search", plainBase, `{"url": "/x", "pagination": {"qs": {"p": "{{pagination.page}}"}}, "response": {"iterate": "{{body}}"}}`, nil)
	for i := range MaxPages + 1 {
		b.svc.answers = append(b.svc.answers, answer{body: fmt.Sprintf("[%d]", i)})
	}
	err := b.run(t, `{}`)
	if fault.KindOf(err) != fault.MaxResultsExceeded || len(b.svc.requests) != MaxPages {
		t.Errorf("got %v after %d requests, want a %s after %d", err, len(b.svc.requests), fault.MaxResultsExceeded, MaxPages)
	}
}

func TestRepeat(t *testing.T) {
	t.Parallel()
	b := newBench(t, "action", plainBase, `{"url": "/job", "repeat": {"condition": "{{temp.state = 'busy'}}", "delay": 2000, "limit": 5}, "response": {"temp": {"state": "{{body.state}}"}}}`,
		nil, answer{body: `{"state": "busy"}`}, answer{body: `{"state": "busy"}`}, answer{body: `{"state": "done"}`})
	if err := b.run(t, `{}`); err != nil {
		t.Fatal(err)
	}
	if want := []time.Duration{2 * time.Second, 2 * time.Second}; !slices.Equal(b.clk.Slept(), want) || b.outputs() != `[{"state":"done"}]` {
		t.Errorf("got waits %v and %s, want %v and done", b.clk.Slept(), b.outputs(), want)
	}
	endless := newBench(t, "action", plainBase, `{"url": "/job", "repeat": {"condition": true, "limit": 3}}`, nil)
	if err := endless.run(t, `{}`); err != nil || len(endless.svc.requests) != 4 {
		t.Errorf("got %d requests and %v, want 1 and 3 repetitions", len(endless.svc.requests), err)
	}
}

// TestIdempotencyKeys makes a read and three calls; the second one fails once and is made again with the same key.
func TestIdempotencyKeys(t *testing.T) {
	t.Parallel()
	b := newBench(t, "action", `{"baseUrl": "https://api.example.com/v1/", "idempotencyHeader": "X-Once"}`,
		`[{"url": "/a"}, {"url": "/b", "method": "POST"}, {"url": "/c", "method": "POST"}, {"url": "/d", "method": "POST", "idempotencyHeader": null}]`,
		nil, answer{body: `{}`}, answer{body: `{}`}, answer{status: 503}, answer{body: `{}`})
	m := b.c.Modules()[0]
	op := &module.Operation{
		Input: value.Collection(), Started: b.clk.Now(), Zone: time.UTC,
		Idempotency: &module.IdempotencyKey{Header: m.KeyHeader, Key: "k"},
	}
	if err := m.Run(t.Context(), op, connection("k-secret"), &b.out); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range b.svc.requests {
		got = append(got, r.URL[len("https://api.example.com/v1/"):]+r.Header.Get("X-Once"))
	}
	if want := []string{"a", "bk", "ck-2", "ck-2", "d"}; !slices.Equal(got, want) || m.KeyHeader != "X-Once" || m.Delivery != module.Unsafe {
		t.Errorf("got %v, header %q, %s; want %v, X-Once, unsafe for the last one", got, m.KeyHeader, m.Delivery, want)
	}
	raw := newBench(t, "universal", `{"baseUrl": "https://api.example.com/v1/", "idempotencyHeader": "X-Once"}`, `{"url": "/x", "method": "{{parameters.a}}"}`, nil)
	post := &module.Operation{Input: value.Collection(value.F("method", value.Text("POST")))}
	if class := raw.c.Modules()[0].Class(post); class != module.Idempotent {
		t.Errorf("a raw call with a key is %s", class)
	}
}

func TestBundleErrorsEndTheRun(t *testing.T) {
	t.Parallel()
	b := newBench(t, "search", plainBase, `{"url": "/x", "response": {"iterate": "{{body}}"}}`, nil, answer{body: `[1, 2, 3]`})
	b.out.full = 2
	if err := b.run(t, `{}`); !errors.Is(err, errFull) || len(b.out.bundles) != 2 {
		t.Errorf("got %v after %d bundles, want %v after 2", err, len(b.out.bundles), errFull)
	}
}
