package connector

import (
	"strings"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

func TestErrors(t *testing.T) {
	t.Parallel()
	rule := `"response": {"error": {"message": "{{body.message}}", "404": {"type": "DataError", "message": "gone"}, "409": {"type": "DuplicateDataError"}}}`
	cases := []struct {
		name, communication string
		answer              answer
		kind                fault.Kind
		message             string
	}{
		{"by status", `{"url": "/x", ` + rule + `}`, answer{status: 404, body: `{"message": "m"}`}, fault.Data, "gone"},
		{"message of the rule above", `{"url": "/x", ` + rule + `}`, answer{status: 409, body: `{"message": "m"}`}, fault.DuplicateData, "m"},
		{"no type", `{"url": "/x", ` + rule + `}`, answer{status: 403, body: `{"message": "m"}`}, fault.AccountValidation, "m"},
		{"no message", `{"url": "/x", ` + rule + `}`, answer{status: 418, body: `{}`}, fault.Runtime, "Demo answered with HTTP status 418 I'm a teapot: {}"},
		{"a page of HTML", `{"url": "/x"}`, answer{status: 500, head: "Content-Type: text/html", body: "<html>x</html>"}, fault.Runtime, "Demo answered with HTTP status 500 Internal Server Error."},
		{"a text", `{"url": "/x", "response": {"error": "[{{statusCode}}] {{body}}"}}`, answer{status: 400, head: "Content-Type: application/json", body: "not JSON"}, fault.BundleValidation, "[400] not JSON"},
		{"invalid although 200", `{"url": "/x", "response": {"valid": "{{body.ok}}", "error": {"message": "{{body.why}}", "type": "DataError"}}}`, answer{body: `{"ok": false, "why": "because"}`}, fault.Data, "because"},
		{"with words of its own", `{"url": "/x", "response": {"valid": {"condition": "{{body.ok}}", "message": "bad", "type": "IncompleteDataError"}}}`, answer{body: `{}`}, fault.IncompleteData, "bad"},
		{"invalid and nothing said", `{"url": "/x", "response": {"valid": false}}`, answer{body: `{}`}, fault.Runtime, "Demo answered with HTTP status 200 OK: {}"},
		{"computed type", `{"url": "/x", "response": {"error": {"type": "{{body.t}}", "message": "m"}}}`, answer{status: 400, body: `{"t": "OutOfSpaceError"}`}, fault.OutOfSpace, "m"},
		{"type that does not exist", `{"url": "/x", "response": {"error": {"type": "{{body.t}}", "message": "m"}}}`, answer{status: 400, body: `{"t": "Nope"}`}, fault.BundleValidation, "m"},
		{"not JSON", `{"url": "/x"}`, answer{body: `{"a": `}, fault.Data, "The answer is not valid JSON: line 1, column 7: the text ends where a value was expected."},
		{"not XML", `{"url": "/x"}`, answer{head: "Content-Type: text/xml", body: `<a>&unknown;</a>`}, fault.Data, "The answer is not valid XML: on line 1: invalid character entity &unknown;."},
		{"a secret in the message", `{"url": "/x", "response": {"error": "bad key {{body.key}}"}}`, answer{status: 400, body: `{"key": "k-secret"}`}, fault.BundleValidation, "bad key ***"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, "action", plainBase, c.communication, nil, c.answer)
			err := b.run(t, `{}`)
			if fault.KindOf(err) != c.kind || err.Error() != c.message {
				t.Errorf("\n got %s: %v\nwant %s: %s", fault.KindOf(err), err, c.kind, c.message)
			}
		})
	}
}

func TestRetries(t *testing.T) {
	t.Parallel()
	down := fault.New(fault.Connection, "down")
	refused := fault.Wrap(fault.Connection, errNotSent, "refused")
	ok := answer{body: `{}`}
	cases := []struct {
		name, method, annotations string
		answers                   []answer
		requests                  int
		kind                      fault.Kind
	}{
		{"GET", "GET", "", []answer{{err: down}, ok}, 2, ""},
		{"DELETE", "DELETE", "", []answer{{status: 503}, ok}, 2, ""},
		{"POST", "POST", "", []answer{{err: down}, ok}, 1, fault.Connection},
		{"POST that was never sent", "POST", "", []answer{{err: refused}, ok}, 2, ""},
		{"POST and 429", "POST", "", []answer{{status: 429}, ok}, 2, ""},
		{"POST that may be repeated", "POST", `, "annotations": {"idempotentHint": true}`, []answer{{err: down}, ok}, 2, ""},
		{"PUT that may not", "PUT", `, "annotations": {"idempotentHint": false}`, []answer{{err: down}, ok}, 1, fault.Connection},
		{"at most four", "GET", "", []answer{{err: down}}, MaxAttempts, fault.Connection},
		{"other failures", "GET", "", []answer{{status: 500}, ok}, 1, fault.Runtime},
		{"timeout", "GET", "", []answer{{err: fault.New(fault.ModuleTimeout, "slow")}, ok}, 1, fault.ModuleTimeout},
		{"a wait within the time", "GET", "", []answer{{status: 429, head: "Retry-After: 30"}, ok}, 2, ""},
		{"a second too long", "GET", "", []answer{{status: 429, head: "Retry-After: 31"}, ok}, 1, fault.RateLimit},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, "action", plainBase, `{"url": "/x", "method": "`+c.method+`"}`,
				map[string]string{"modules/m/metadata.json": `{"label": "M", "connection": "key", "type": "action"` + c.annotations + `}`}, c.answers...)
			err := b.run(t, `{}`)
			if len(b.svc.requests) != c.requests || fault.KindOf(err) != c.kind {
				t.Errorf("got %d requests and %v, want %d and %q", len(b.svc.requests), err, c.requests, c.kind)
			}
		})
	}
}

func TestRetriesWaitLongerEachTime(t *testing.T) {
	t.Parallel()
	b := newBench(t, "action", plainBase, `{"url": "/x"}`, nil, answer{status: 503})
	_ = b.run(t, `{}`)
	slept := b.clk.Slept()
	if len(slept) != MaxAttempts-1 {
		t.Fatalf("got waits %v, want %d", slept, MaxAttempts-1)
	}
	for i, d := range slept {
		if least := FirstRetryDelay << i; d < least || d > least+least/4 {
			t.Errorf("wait %d: got %s, want %s and up to a quarter more", i+1, d, least)
		}
	}
}

// Values of a failed attempt do not leak into the next one.
func TestRetryForgetsTheFailedAttempt(t *testing.T) {
	t.Parallel()
	b := newBench(t, "action", plainBase, `{"url": "/x", "response": {"temp": {"why": "{{body.why}}"}, "valid": "{{!temp.why}}", "error": {"type": "ConnectionError"}}}`,
		nil, answer{body: `{"why": "busy"}`}, answer{body: `{"id": 2}`})
	if err := b.run(t, `{}`); err != nil || b.outputs() != `[{"id":2}]` {
		t.Errorf("got %s and %v, want the second answer", b.outputs(), err)
	}
}

func TestHostsOfAConnection(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, communication, a string
		refused                bool
	}{
		{"own host", `{"url": "{{parameters.a}}"}`, "https://api.example.com/other", false},
		{"own host with its port", `{"url": "{{parameters.a}}"}`, "https://API.example.com:443/other", false},
		{"another port", `{"url": "{{parameters.a}}"}`, "https://api.example.com:8443/", true},
		{"without TLS", `{"url": "{{parameters.a}}"}`, "http://api.example.com/", true},
		{"another host", `{"url": "{{parameters.a}}"}`, "https://evil.example/", true},
		{"a user that looks like the host", `{"url": "{{parameters.a}}"}`, "https://api.example.com@evil.example/", true},
		{"a host that ends like it", `{"url": "{{parameters.a}}"}`, "https://evil-api.example.com/", true},
		{"a host that begins like it", `{"url": "{{parameters.a}}"}`, "https://api.example.com.evil.example/", true},
		{"a mapped part of the host", `{"url": "https://{{parameters.a}}.example.com/"}`, "evil.example/", true},
		{"a slash that makes a host", `{"url": "https:/{{parameters.a}}"}`, "/evil.example/", true},
		{"next page elsewhere", `{"url": "/x", "pagination": {"url": "{{parameters.a}}", "condition": true}, "response": {"iterate": "{{body.id}}"}}`, "https://evil.example/", true},
		{"host of the definition", `[{"url": "https://files.example.com/x"}, {"url": "{{parameters.a}}"}]`, "https://files.example.com/y", false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, "universal", plainBase, c.communication, nil)
			err := b.run(t, `{"a": "`+c.a+`"}`)
			if refused := fault.KindOf(err) == fault.InvalidConfiguration; refused != c.refused {
				t.Errorf("got %v, want refused: %v; sent %s", err, c.refused, b.wires())
			}
			for _, r := range b.svc.requests {
				if strings.Contains(r.URL, "evil") {
					t.Errorf("sent %s", wire(r))
				}
			}
		})
	}
}

func TestConnectionOfAnotherApp(t *testing.T) {
	t.Parallel()
	b := newBench(t, "action", plainBase, `{"url": "/x"}`, nil)
	op := &module.Operation{Input: value.Collection(), Zone: time.UTC}
	other := connection("k")
	other.App = "other"
	for name, conn := range map[string]*module.Connection{"none": nil, "another app's": other} {
		if err := b.c.Modules()[0].Run(t.Context(), op, conn, &b.out); fault.KindOf(err) != fault.InvalidConfiguration {
			t.Errorf("%s: got %v, want an %s", name, err, fault.InvalidConfiguration)
		}
	}
	if len(b.svc.requests) != 0 {
		t.Errorf("got %s, want no request", b.wires())
	}
}

func TestWhatIsNotSupportedSaysSo(t *testing.T) {
	t.Parallel()
	b := newBench(t, "trigger", plainBase, `{"url": "/x", "aws": {"key": "k"}, "response": {"iterate": "{{body}}", "trigger": {"type": "id", "id": "{{item.id}}"}}}`, nil)
	if err := b.run(t, `{}`); err == nil || !strings.Contains(err.Error(), "the directive aws") {
		t.Errorf("got %v, want an error about aws", err)
	}
}
