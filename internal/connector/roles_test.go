package connector

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/ropeway/ropeway/internal/appdef"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

func TestVerifySavesWhatTheServiceSays(t *testing.T) {
	t.Parallel()
	b := newBench(t, "action", plainBase, `{"url": "/x"}`, map[string]string{
		"connections/key/api.imljson": `{"url": "https://{{parameters.site}}.example.com/me", "headers": {"X-Key": "{{parameters.key}}"},
			"response": {"uid": "{{body.id}}", "metadata": {"type": "email", "value": "{{body.email}}"}, "data": {"team": "{{body.team}}"}}}`,
	}, answer{body: `{"id": 7, "email": "a@example.com", "team": "blue"}`})
	meta, err := b.c.Verify(t.Context(), connection("k"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := b.wires(), `GET https://main.example.com/me | X-Key: k | `; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if meta.UID != "7" || meta.Label != "a@example.com" || meta.Fields.JSON() != `{"key":"k","site":"main","team":"blue"}` || meta.Data.JSON() != `{"team":"blue"}` {
		t.Errorf("got %+v with %s", meta, meta.Fields.JSON())
	}
}

func TestReceive(t *testing.T) {
	t.Parallel()
	b := newBench(t, "action", plainBase, `{"url": "/x"}`, map[string]string{
		"webhooks/h/metadata.json": `{"label": "H"}`,
		"webhooks/h/api.imljson": `{
			"verification": {"condition": "{{body.challenge}}", "respond": {"type": "text", "status": 202, "headers": {"X-A": "b"}, "body": "{{body.challenge}}"}},
			"condition": "{{query.kind != 'test'}}", "uid": "{{body.account}}",
			"respond": {"body": {"got": "{{length(body.events)}}"}},
			"iterate": "{{body.events}}", "output": {"id": "{{item.id}}", "from": "{{headers['x-from']}}", "method": "{{method}}"}}`,
		"webhooks/plain/metadata.json": `{"label": "Plain"}`,
	})
	call := func(webhook, query, contentType, body string) (Received, error) {
		c := Call{Method: "POST", Header: http.Header{"X-From": {"me"}, "Content-Type": {contentType}}, Query: map[string][]string{"kind": {query}}, Body: []byte(body)}
		return b.c.Receive(webhook, c)
	}
	got, err := call("h", "", "application/json", `{"account": 5, "events": [{"id": 1}, {"id": 2}]}`)
	if want := `[{"id":1,"from":"me","method":"POST"},{"id":2,"from":"me","method":"POST"}]`; err != nil || value.Array(got.Bundles...).JSON() != want || got.UID != "5" || string(got.Response.Body) != `{"got":2}` {
		t.Errorf("events: got %+v, %v", got, err)
	}
	got, err = call("h", "", "text/plain", `{"challenge": "abc"}`)
	if err != nil || len(got.Bundles) != 0 || got.Response.Status != 202 || string(got.Response.Body) != "abc" || got.Response.Headers[0].Value != "b" {
		t.Errorf("challenge: got %+v, %v", got, err)
	}
	if got, err := call("h", "test", "application/json", `{"events": [{"id": 1}]}`); err != nil || len(got.Bundles) != 0 {
		t.Errorf("unwanted: got %+v, %v", got, err)
	}
	for body, want := range map[string]string{`{"a": 1}`: `{"a":1}`, `[1]`: `{"value":1}`, "just text": `{"value":"just text"}`, "\xff\x00": `{"value":"/wA="}`} {
		got, err := call("plain", "", "image/x-odd", body)
		if err != nil || len(got.Bundles) != 1 || got.Bundles[0].JSON() != want {
			t.Errorf("plain %q: got %+v, %v, want %s", body, got, err, want)
		}
	}
	if _, err := call("none", "", "", ""); fault.KindOf(err) != fault.InvalidConfiguration {
		t.Errorf("unknown webhook: got %v", err)
	}
}

func TestExamplesOfTheStarter(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := appdef.New(dir, "demo"); err != nil {
		t.Fatal(err)
	}
	app, problems := appdef.LoadDir(dir)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for _, m := range app.Modules {
		for _, e := range m.Examples {
			if err := RunExample(t.Context(), app, m, e); err != nil {
				t.Errorf("%s: %v", e.File, err)
			}
		}
	}
}

// An example must fail when the module does something else than it says.
func TestExamplesTellDifferences(t *testing.T) {
	t.Parallel()
	good := appdef.Example{
		Connection: parsed(t, `{"key": "k"}`), Parameters: parsed(t, `{"a": "x"}`), Output: []value.Value{parsed(t, `{"id": 1}`)},
		Exchanges: []appdef.Exchange{{Method: "POST", URL: "/x", Query: parsed(t, `{"q": 1}`), Headers: parsed(t, `{"X-Key": "k"}`), Body: parsed(t, `{"a": "x"}`), Status: 200, ResponseBody: parsed(t, `{"id": 1}`)}},
	}
	b := newBench(t, "action", plainBase, `{"url": "/x", "method": "POST", "qs": {"q": 1}, "body": {"a": "{{parameters.a}}"}}`, nil)
	m := b.c.App().Modules[0]
	if err := RunExample(t.Context(), b.c.App(), m, good); err != nil {
		t.Fatalf("the right example: %v", err)
	}
	cases := map[string]func(e *appdef.Example){
		"it is POST":              func(e *appdef.Example) { e.Exchanges[0].Method = "PUT" },
		"expected POST https":     func(e *appdef.Example) { e.Exchanges[0].URL = "/y" },
		"the query is":            func(e *appdef.Example) { e.Exchanges[0].Query = value.Undefined },
		"the header X-Key":        func(e *appdef.Example) { e.Exchanges[0].Headers = parsed(t, `{"X-Key": "other"}`) },
		"expected none":           func(e *appdef.Example) { e.Exchanges[0].Body = value.Undefined },
		"the body is":             func(e *appdef.Example) { e.Exchanges[0].Body = parsed(t, `{"a": "y"}`) },
		"the output is":           func(e *appdef.Example) { e.Output = []value.Value{parsed(t, `{"id": 2}`)} },
		"it succeeds":             func(e *appdef.Example) { e.Error = &appdef.ExampleError{Kind: fault.Data} },
		"request too many":        func(e *appdef.Example) { e.Exchanges = nil },
		"1 of 2 requests":         func(e *appdef.Example) { e.Exchanges = append(e.Exchanges, e.Exchanges[0]) },
		"it fails: Demo answered": func(e *appdef.Example) { e.Exchanges[0].Status = 500 },
	}
	for want, change := range cases {
		e := good
		e.Exchanges = slices.Clone(good.Exchanges)
		change(&e)
		if err := RunExample(t.Context(), b.c.App(), m, e); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
}
