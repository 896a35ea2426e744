package intake

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
)

const testStructure = `[{"name":"email","type":"email","required":true},{"name":"age","type":"number"}]`

// TestCalls is a table of single calls: what is answered, what is queued, what is counted.
func TestCalls(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name    string
		hook    Hook
		conf    string // settings of the hook
		prepare func(b *bench, r *http.Request)
		method  string
		query   string
		body    string
		status  int
		text    string // of the answer
		retry   string // Retry-After
		queued  string
		outcome Outcome
	}{
		{name: "accepted", body: `{"a":1}`, status: 200, text: "Accepted", queued: `{"a":1}`, outcome: Accepted},
		{name: "get", method: "GET", query: "?a=1", status: 200, text: "Accepted", queued: `{"a":"1"}`, outcome: Accepted},
		{name: "put", method: "PUT", body: `{}`, status: 200, text: "Accepted", queued: `{}`, outcome: Accepted},
		{name: "patch", method: "PATCH", body: `{}`, status: 200, text: "Accepted", queued: `{}`, outcome: Accepted},
		{name: "delete", method: "DELETE", status: 200, text: "Accepted", queued: `{}`, outcome: Accepted},
		{name: "head", method: "HEAD", query: "?a=1", status: 200, text: "Accepted", queued: `{"a":"1"}`, outcome: Accepted},
		{name: "options", method: "OPTIONS", status: 405, text: "Webhooks are called by GET, HEAD, POST, PUT, PATCH or DELETE.", outcome: WrongMethod},
		{
			name: "not ready", prepare: func(b *bench, _ *http.Request) { b.handler.SetReady(false) }, body: `{}`,
			status: 503, text: "The server is starting or shutting down.", retry: "1", outcome: NotReady,
		},
		{name: "deleted", hook: Hook{Gone: true}, body: `{}`, status: 410, text: "This webhook was deleted.", outcome: Gone},
		{
			name: "deleted and forgotten", prepare: func(b *bench, _ *http.Request) { b.lookup = ErrGone }, body: `{}`,
			status: 410, text: "This webhook was deleted.", outcome: Gone,
		},
		{
			name: "lookup failed", prepare: func(b *bench, _ *http.Request) { b.lookup = errors.New("disk on fire") }, body: `{}`,
			status: 503, text: "The call could not be stored. Send it again.", retry: "1", outcome: Failed,
		},
		{
			name: "not stored", prepare: func(b *bench, _ *http.Request) { b.refuse = errors.New("disk on fire") }, body: `{}`,
			status: 503, text: "The call could not be stored. Send it again.", retry: "1", outcome: Failed,
		},
		{
			name: "queue full", prepare: func(b *bench, _ *http.Request) { b.refuse = ErrQueueFull }, body: `{}`,
			status: 503, text: "Queue is full: the scenario of this webhook works slower than it is called.", retry: "60", outcome: QueueFull,
		},
		{
			name: "storage full", prepare: func(b *bench, _ *http.Request) { b.refuse = ErrStorageFull }, body: `{}`,
			status: 507, text: "The server's storage is full.", retry: "600", outcome: StorageFull,
		},
		{
			name: "deleted meanwhile", prepare: func(b *bench, _ *http.Request) { b.refuse = ErrGone }, body: `{}`,
			status: 410, text: "This webhook was deleted.", outcome: Gone,
		},
		{
			name: "forgotten meanwhile", prepare: func(b *bench, _ *http.Request) { b.refuse = ErrNoWebhook }, body: `{}`,
			status: 404, text: "There is no webhook at this address.", outcome: UnknownAddress,
		},
		{
			name: "compressed", prepare: func(_ *bench, r *http.Request) { r.Header.Set("Content-Encoding", "gzip") }, body: "x",
			status: 415, text: "Compressed bodies are not accepted: send it without Content-Encoding.", outcome: Unreadable,
		},
		{
			name: "large headers", prepare: func(_ *bench, r *http.Request) { r.Header.Set("X", strings.Repeat("x", MaxHeaderBytes)) }, body: `{}`,
			status: 431, text: "The headers are too large.", outcome: TooLarge,
		},
		{
			name: "fits", conf: `{"structure":` + testStructure + `}`, body: `{"email":"a@example.com","age":"12","x":1}`,
			status: 200, text: "Accepted", queued: `{"email":"a@example.com","age":"12","x":1}`, outcome: Accepted,
		},
		{
			name: "does not fit", conf: `{"structure":` + testStructure + `,"strict":true}`, body: `{"age":"old","x":1}`, status: 400,
			text:    "The data does not fit the data structure of this webhook.\nemail: is missing\nage: Expected a number, got the text \"old\".\nx: is not part of the data structure (the structure is strict)",
			outcome: Invalid,
		},
		{
			name: "passes the filter", conf: `{"filter":{"conditions":[[{"a":"{{event}}","o":"text:equal","b":"tagged"}]]}}`, body: `{"event":"tagged"}`,
			status: 200, text: "Accepted", queued: `{"event":"tagged"}`, outcome: Accepted,
		},
		{
			name: "filtered", conf: `{"filter":{"conditions":[[{"a":"{{1.data.event}}","o":"text:equal","b":"tagged"}]]}}`, body: `{"data":{"event":"left"}}`,
			status: 200, text: "Accepted", outcome: Filtered,
		},
		{
			name: "filtered before it is validated", conf: `{"structure":` + testStructure + `,"filter":{"conditions":[[{"a":"{{email}}","o":"exist"}]]}}`, body: `{}`,
			status: 200, text: "Accepted", outcome: Filtered,
		},
		{
			name: "filter fails", conf: `{"filter":{"conditions":[[{"a":"{{parseDate(event; \"YYYY\")}}","o":"exist"}]]}}`, body: `{"event":"x"}`,
			status: 400, outcome: Invalid,
		},
		{
			name: "challenge in the query", conf: `{"handshake":{"field":"hub.challenge","tokenField":"hub.verify_token","token":"t"},"checks":[{"type":"github","secrets":["s"]}]}`,
			method: "GET", query: "?hub.challenge=42&hub.verify_token=t", status: 200, text: "42", outcome: Challenge,
		},
		{
			name: "challenge with a wrong token", conf: `{"handshake":{"field":"hub.challenge","tokenField":"hub.verify_token","token":"t"},"checks":[{"type":"github","secrets":["s"]}]}`,
			method: "GET", query: "?hub.challenge=42&hub.verify_token=u", status: 401, text: "The call is not signed: the header X-Hub-Signature-256 is missing.", outcome: Unauthorized,
		},
		{
			name: "challenge in the body", conf: `{"handshake":{"field":"challenge"}}`, body: `{"type":"url_verification","challenge":"3eZb"}`,
			status: 200, text: "3eZb", outcome: Challenge,
		},
		{
			name: "challenge in the body comes after the checks", conf: `{"handshake":{"field":"challenge"},"checks":[{"type":"github","secrets":["s"]}]}`, body: `{"challenge":"3eZb"}`,
			status: 401, text: "The call is not signed: the header X-Hub-Signature-256 is missing.", outcome: Unauthorized,
		},
		{
			name: "no challenge", conf: `{"handshake":{"field":"challenge"}}`, body: `{"type":"event"}`,
			status: 200, text: "Accepted", queued: `{"type":"event"}`, outcome: Accepted,
		},
		{
			name: "learning does not validate", hook: Hook{Learning: true}, conf: `{"structure":` + testStructure + `}`, body: `{"age":"old"}`,
			status: 200, text: "Accepted", queued: `{"age":"old"}`, outcome: Accepted,
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if c.conf != "" {
				c.hook.Settings = settings(t, c.conf)
			}
			b := newBench(t, c.hook)
			if c.method == "" {
				c.method = http.MethodPost
			}
			r := b.request(c.method, c.query, c.body, "Content-Type: application/json")
			if c.prepare != nil {
				c.prepare(b, r)
			}
			w := b.do(r)
			if text := w.Body.String(); w.Code != c.status || c.text != "" && text != c.text {
				t.Errorf("answer:\n got %d %s\nwant %d %s", w.Code, text, c.status, c.text)
			}
			if got := w.Header().Get("Retry-After"); got != c.retry {
				t.Errorf("Retry-After: got %q, want %q", got, c.retry)
			}
			if got := b.queued(); got != c.queued {
				t.Errorf("queued:\n got %s\nwant %s", got, c.queued)
			}
			if diff := cmp.Diff(map[Outcome]int{c.outcome: 1}, b.counts); diff != "" {
				t.Errorf("counted (-want +got):\n%s", diff)
			}
		})
	}
}

func TestUnknownAddressesLookTheSame(t *testing.T) {
	t.Parallel()
	b := newBench(t, Hook{})
	known := b.token.Path()
	var first string
	for _, path := range []string{"/hook/", "/hook/x", known + "x", known[:len(known)-1], strings.ToUpper(known), known + "/", "/other", "/hook/" + strings.Repeat("y", 4000)} {
		r := b.request("POST", "", `{}`)
		r.URL.Path = path
		w := b.do(r)
		got := w.Body.String() + strings.Join(w.Header().Values("Content-Type"), "")
		if first == "" {
			first = got
		}
		if w.Code != http.StatusNotFound || got != first {
			t.Errorf("%.60s: got %d %q, want 404 %q", path, w.Code, got, first)
		}
	}
}

// TestAddressIsComparedOnceMore guards against a queue that finds webhooks by less than the whole hash.
func TestAddressIsComparedOnceMore(t *testing.T) {
	t.Parallel()
	b := newBench(t, Hook{})
	r := b.request("POST", "", `{}`)
	b.hook.Address[0]++
	b.handler.o.Queue = anyAddress{b.memory}
	if w := b.do(r); w.Code != http.StatusNotFound {
		t.Errorf("status: got %d, want 404", w.Code)
	}
}

type anyAddress struct{ *memory }

func (a anyAddress) Webhook(context.Context, TokenHash) (*Hook, error) { return a.hook, nil }

func TestDuplicates(t *testing.T) {
	t.Parallel()
	const header, body, expr = `{"duplicates":{"by":"header","header":"X-Delivery"}}`, `{"duplicates":{"window":60}}`,
		`{"duplicates":{"by":"expression","expression":"{{id}}"}}`
	type send struct {
		body, header string
		after        time.Duration
	}
	cases := []struct {
		name, settings string
		sends          []send
		queued, repeat int
	}{
		{"by header", header, []send{{`{"a":1}`, "1", 0}, {`{"a":2}`, "1", 0}, {`{"a":1}`, "2", 0}}, 2, 1},
		{"header is missing", header, []send{{`{"a":1}`, "", 0}, {`{"a":1}`, "", 0}}, 2, 0},
		{"by body", body, []send{{`{"a":1}`, "1", 0}, {`{"a":1}`, "2", 0}, {`{"a":2}`, "1", 0}}, 2, 1},
		{"after the window", body, []send{{`{"a":1}`, "", 0}, {`{"a":1}`, "", 59 * time.Second}, {`{"a":1}`, "", time.Second}}, 2, 1},
		{"by expression", expr, []send{{`{"id":1,"a":1}`, "", 0}, {`{"id":1,"a":2}`, "", 0}, {`{"id":2}`, "", 0}}, 2, 1},
		{"expression is empty", expr, []send{{`{"a":1}`, "", 0}, {`{"a":1}`, "", 0}}, 2, 0},
		{"a number is not a text", expr, []send{{`{"id":1}`, "", 0}, {`{"id":"1"}`, "", 0}}, 2, 0},
		{"not asked for", `{}`, []send{{`{"a":1}`, "1", 0}, {`{"a":1}`, "1", 0}}, 2, 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, Hook{Settings: settings(t, c.settings)})
			for _, s := range c.sends {
				b.clock.Advance(s.after)
				if w := b.post(s.body, "X-Delivery: "+s.header); w.Code != 200 || w.Body.String() != "Accepted" {
					t.Errorf("answer to %s: got %d %s, want 200 Accepted", s.body, w.Code, w.Body)
				}
			}
			if len(b.items) != c.queued || b.counts[Duplicate] != c.repeat {
				t.Errorf("got %d queued and %d duplicates, want %d and %d", len(b.items), b.counts[Duplicate], c.queued, c.repeat)
			}
		})
	}
}

func TestRateOfOneWebhook(t *testing.T) {
	t.Parallel()
	b := newBench(t, Hook{Settings: settings(t, `{"rate":{"limit":3,"seconds":10}}`)})
	for i := range 3 {
		if w := b.post(`{}`); w.Code != http.StatusOK {
			t.Fatalf("call %d: got %d, want 200", i+1, w.Code)
		}
	}
	w := b.post(`{}`)
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "4" {
		t.Fatalf("call past the limit: got %d, Retry-After %q, want 429, 4", w.Code, w.Header().Get("Retry-After"))
	}
	b.clock.Advance(4 * time.Second)
	if w := b.post(`{}`); w.Code != http.StatusOK {
		t.Errorf("after the time that Retry-After says: got %d, want 200", w.Code)
	}
	if b.counts[TooOften] != 1 || b.counts[Accepted] != 4 {
		t.Errorf("counts: got %v, want 1 too often and 4 accepted", b.counts)
	}
}

func TestInFlightLimits(t *testing.T) {
	t.Parallel()
	inside, goOn := make(chan struct{}), make(chan struct{})
	b := newBench(t, Hook{}, func(o *Options) { o.MaxInFlight = 1 })
	b.accepted = func() { inside <- struct{}{}; <-goOn }
	done := make(chan int)
	go func() { done <- b.post(`{"a":1}`).Code }()
	<-inside
	if w := b.post(`{"a":2}`); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "1" {
		t.Errorf("second call: got %d, Retry-After %q, want 503, 1", w.Code, w.Header().Get("Retry-After"))
	}
	close(goOn)
	if got := <-done; got != http.StatusOK {
		t.Errorf("first call: got %d, want 200", got)
	}
	b.accepted = nil
	if w := b.post(`{"a":3}`); w.Code != http.StatusOK {
		t.Errorf("call after both: got %d, want 200", w.Code)
	}
}

func TestBytesInFlight(t *testing.T) {
	t.Parallel()
	b := newBench(t, Hook{}, func(o *Options) { o.MaxInFlightBytes = 16 << 10 })
	if w := b.post(`"` + strings.Repeat("x", 16<<10) + `"`); w.Code != http.StatusServiceUnavailable {
		t.Errorf("body larger than the room: got %d, want 503", w.Code)
	}
	if w := b.post(`"` + strings.Repeat("x", 12<<10) + `"`); w.Code != http.StatusOK {
		t.Errorf("body that fits: got %d, want 200", w.Code)
	}
	if got := b.handler.bytes.Load(); got != 0 {
		t.Errorf("bytes still counted: got %d, want 0", got)
	}
}

// responder answers with what it holds.
type responder struct {
	response module.Response
	ok       bool
	err      error
	receipt  Receipt
	limit    time.Duration
}

func (r *responder) Await(_ context.Context, receipt Receipt, limit time.Duration) (module.Response, bool, error) {
	r.receipt, r.limit = receipt, limit
	return r.response, r.ok, r.err
}

func TestAnswersOfScenarios(t *testing.T) {
	t.Parallel()
	custom := module.Response{Status: 201, Headers: []module.Header{{Name: "X-A", Value: "1"}, {Name: "Content-Type", Value: "text/html"}, {Name: "Set-Cookie", Value: "session=stolen"}, {Name: "Content-Length", Value: "9"}, {Name: "Content-Security-Policy", Value: "x"}}, Body: []byte("<b>hi</b>")}
	cases := []struct {
		name    string
		give    responder
		status  int
		text    string
		headers map[string]string
	}{
		{"answer", responder{response: custom, ok: true}, 201, "<b>hi</b>", map[string]string{
			"X-A": "1", "Content-Type": "text/html", "Set-Cookie": "", "Content-Length": "", "Content-Security-Policy": pageSandbox, "X-Content-Type-Options": "nosniff",
		}},
		{"too late", responder{}, 200, "Accepted", map[string]string{"Content-Type": "text/plain; charset=utf-8"}},
		{"failed", responder{err: fault.New(fault.Data, "The e-mail address is wrong.").WithHint("look at it")}, 500, "The e-mail address is wrong. (look at it)", nil},
		{"failed for inner reasons", responder{err: errors.New("pq: password wrong")}, 500, "The scenario failed.", nil},
		{"no content", responder{response: module.Response{Status: 204, Body: []byte("x")}, ok: true}, 204, "", nil},
		{"impossible status", responder{response: module.Response{Status: 99}, ok: true}, 500, "The scenario answered with the status 99, which cannot be sent.", nil},
		{"broken header", responder{response: module.Response{Status: 200, Headers: []module.Header{{Name: "a b", Value: "1"}, {Name: "X-B", Value: "1\r\nX-C: 2"}}}, ok: true}, 200, "", map[string]string{"a b": "", "X-B": "", "X-C": ""}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, Hook{Responds: true, Settings: &Settings{ResponseWait: time.Minute}}, func(o *Options) { o.Responder = &c.give })
			w := b.post(`{}`)
			if w.Code != c.status || w.Body.String() != c.text {
				t.Errorf("answer: got %d %s, want %d %s", w.Code, w.Body, c.status, c.text)
			}
			for name, want := range c.headers {
				if got := w.Header().Get(name); got != want {
					t.Errorf("header %s: got %q, want %q", name, got, want)
				}
			}
			if c.give.limit != time.Minute || c.give.receipt.ID != 1 {
				t.Errorf("waited %v for item %d, want 1m0s for 1", c.give.limit, c.give.receipt.ID)
			}
			if !b.items[0].Responds || b.counts[Accepted] != 1 {
				t.Errorf("item: got responds %v, counts %v", b.items[0].Responds, b.counts)
			}
		})
	}
}

func TestTooManyWaitingCallersAreNotKept(t *testing.T) {
	t.Parallel()
	r := &responder{ok: true, response: module.Response{Status: 201}}
	b := newBench(t, Hook{Responds: true}, func(o *Options) { o.Responder = r; o.MaxWaiting = 1 })
	if w := b.post(`{}`); w.Code != 201 {
		t.Errorf("first caller: got %d, want 201", w.Code)
	}
	b.handler.awaiting.Add(1) // as if another one waited
	if w := b.post(`{}`); w.Code != 200 || w.Body.String() != "Accepted" {
		t.Errorf("caller past the limit: got %d %s, want 200 Accepted", w.Code, w.Body)
	}
	if r.limit != DefaultResponseWait {
		t.Errorf("wait: got %v, want %v", r.limit, DefaultResponseWait)
	}
}

func TestLearningSeesCalls(t *testing.T) {
	t.Parallel()
	b := newBench(t, Hook{Learning: true})
	b.learning = Start(testTime, nil)
	b.post(`{"a":1}`)
	b.post(`{"b":"x"}`)
	want := `[{"name":"a","type":"number"},{"name":"b","type":"text"}]`
	if got := StructureValue(b.learning.Fields).JSON(); got != want || b.learning.Samples != 2 {
		t.Errorf("learned %s from %d samples, want %s from 2", got, b.learning.Samples, want)
	}
	if len(b.items) != 2 {
		t.Errorf("queued: got %d, want 2", len(b.items))
	}
}

func TestRemoteAddresses(t *testing.T) {
	t.Parallel()
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	cases := []struct{ remote, forwarded, want string }{
		{"192.0.2.1:99", "", "192.0.2.1"},
		{"192.0.2.1:99", "198.51.100.1", "192.0.2.1"},
		{"10.0.0.1:99", "198.51.100.1", "198.51.100.1"},
		{"10.0.0.1:99", "203.0.113.9, 198.51.100.1, 10.0.0.2", "198.51.100.1"},
		{"10.0.0.1:99", "", "10.0.0.1"},
		{"10.0.0.1:99", "198.51.100.1, rubbish", "10.0.0.1"},
		{"[::1]:99", "::ffff:198.51.100.1", "198.51.100.1"},
		{"[fe80::1%eth0]:99", "", "fe80::1"},
		{"rubbish", "198.51.100.1", "invalid IP"},
	}
	for _, c := range cases {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = c.remote
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := remoteAddr(r, trusted).String(); got != c.want {
			t.Errorf("from %s, forwarded for %q: got %s, want %s", c.remote, c.forwarded, got, c.want)
		}
	}
}

func TestSecretsAreNotLogged(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	b := newBench(t, Hook{Settings: settings(t, `{"checks":[{"type":"apikey","keys":["k3y"]}]}`)}, func(o *Options) {
		o.Log = slog.New(slog.NewTextHandler(&log, nil))
	})
	b.refuse = errors.New("disk on fire")
	b.post(`{"password":"p4ss"}`, "X-Make-Apikey: k3y")
	if !strings.Contains(log.String(), "disk on fire") {
		t.Errorf("log: got %q, want the failure", log.String())
	}
	for _, secret := range []string{"k3y", "p4ss", string(b.token)} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("log holds %q: %s", secret, log.String())
		}
	}
}
