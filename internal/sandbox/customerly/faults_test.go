package customerly

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestFaultsOnDemand(t *testing.T) {
	t.Parallel()
	header := func(name, fault string, status int, want ...string) apiCase {
		return apiCase{name: name, target: "GET /v1/tags", header: []string{FaultHeader, fault}, status: status, want: want}
	}
	magic := func(word string, status int, want ...string) apiCase {
		return apiCase{name: "magic " + word, target: "GET /v1/users?email=fault-" + word + "@sandbox.test", status: status, want: want}
	}
	runCases(t, []apiCase{
		header("429", "429;retry-after=7", 429, "Too Many Requests"),
		header("500", "500", 500, `{"error":{"message":"Internal Server Error","code":0}}`),
		header("503", "503", 503),
		header("malformed", "malformed", 200, `{"data":{"users":[{"email":"half@`),
		header("empty", "empty", 200),
		header("only slow", "latency=200ms", 200, `{"data":[]}`),
		header("slow and failing", "latency=1s, 502", 502),
		header("unknown", "sulk", 400, `unknown fault \"sulk\"`),
		header("unknown option", "500;twice", 400, "unknown fault option"),
		header("longest latency", "latency=60s", 200),
		header("too long a latency", "latency=61s", 400, "not a duration from 0 to 1m0s"),
		header("status too low", "399", 400), header("status too high", "600", 400),
		magic("429", 429), magic("500", 500), magic("malformed", 200, "half@"), magic("empty", 200),
		magic("slow", 404, "User doesn't exist"), magic("404", 404, "User doesn't exist"), magic("401", 401, messageBadToken), magic("409", 409, "Conflict"),
		{name: "magic in a body", target: "POST /v1/users", body: `{"users":[{"email":"fault-503@sandbox.test"}]}`, status: 503},
		{name: "magic in a lead's body", target: "POST /v1/leads", body: `{"leads":[{"email":"Fault-409@Sandbox.Test"}]}`, status: 409},
		{name: "unknown magic word", target: "POST /v1/users", body: `{"users":[{"email":"fault-finding@sandbox.test"}]}`, status: 200, want: []string{`"inserted":1`}},
	})
}

func TestRetryAfterHeader(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, Options{})
	for spec, want := range map[string]string{"429;retry-after=7": "7", "429": "1", "503;retry-after=3": "3", "503": ""} {
		if got := send(t, s, "GET /v1/tags", "", FaultHeader, spec).Header().Get("Retry-After"); got != want {
			t.Errorf("%s: got Retry-After %q, want %q", spec, got, want)
		}
	}
}

func TestFaultBeforeAndAfterTheOperation(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, Options{})
	for _, c := range []struct {
		email, fault string
		stored       bool
	}{{"a@x.example", "500", false}, {"b@x.example", "500;after", true}, {"c@x.example", "malformed;after", true}, {"fault-500-after@sandbox.test", "", true}} {
		send(t, s, "POST /v1/users", `{"users":[{"email":"`+c.email+`"}]}`, FaultHeader, c.fault)
		if _, stored := s.Contact(c.email); stored != c.stored {
			t.Errorf("%s with %q: got stored %v, want %v", c.email, c.fault, stored, c.stored)
		}
	}
}

func TestDroppedConnection(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, Options{})
	server := httptest.NewServer(s.Handler())
	defer server.Close()
	for _, c := range []struct {
		fault  string
		stored bool
	}{{"drop", false}, {"drop;after", true}} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/v1/users", strings.NewReader(`{"users":[{"email":"a@x.example"}]}`))
		if err != nil {
			t.Fatalf("request: %v", err)
		}
		request.Header.Set("Authorization", "Bearer "+DefaultToken)
		request.Header.Set(FaultHeader, c.fault)
		response, err := server.Client().Do(request)
		if err == nil {
			_ = response.Body.Close()
			t.Errorf("%s: got status %d, want a broken connection", c.fault, response.StatusCode)
		}
		if _, stored := s.Contact("a@x.example"); stored != c.stored {
			t.Errorf("%s: got stored %v, want %v", c.fault, stored, c.stored)
		}
	}
	if got := s.Requests()[0].Status; got != 0 {
		t.Errorf("log of a dropped request: got status %d, want 0", got)
	}
}

func TestLatencyIsWaitedFor(t *testing.T) {
	t.Parallel()
	var waited []time.Duration
	s := newSandbox(t, Options{Wait: func(_ context.Context, d time.Duration) error {
		waited = append(waited, d)
		return nil
	}})
	send(t, s, "GET /v1/tags", "", FaultHeader, "latency=250ms")
	send(t, s, "GET /v1/tags", "")
	if len(waited) != 1 || waited[0] != 250*time.Millisecond {
		t.Errorf("got waits %v, want one of 250ms", waited)
	}
}

func TestWaitReallyEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := waitReally(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want canceled", err)
	}
	if err := waitReally(t.Context(), time.Nanosecond); err != nil {
		t.Errorf("got %v, want no error", err)
	}
}

func TestPlannedFaults(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, Options{})
	if w := send(t, s, "POST /admin/faults", `{"prefix":"/v1/users","method":"get","fault":"503","times":2}`); w.Code != 200 {
		t.Fatalf("plan: got %d %s", w.Code, w.Body)
	}
	var got []int
	for _, target := range []string{"GET /v1/tags", "POST /v1/users", "GET /v1/users/list", "GET /v1/users/list", "GET /v1/users/list"} {
		got = append(got, send(t, s, target, `{"users":[]}`).Code)
	}
	if want := []int{200, 200, 503, 503, 200}; !slices.Equal(got, want) {
		t.Errorf("got statuses %v, want %v", got, want)
	}
	for _, body := range []string{`{"fault":"sulk"}`, `{"fault":""}`, `{"fault":"500","times":-1}`} {
		if w := send(t, s, "POST /admin/faults", body); w.Code != 422 {
			t.Errorf("%s: got %d, want 422", body, w.Code)
		}
	}
	for i := range maxPlannedFaults + 1 {
		err := s.PlanFault(PlannedFault{Prefix: "/v1/none", Fault: "500", Times: 1})
		if (err != nil) != (i == maxPlannedFaults) {
			t.Errorf("plan %d: got %v", i, err)
		}
	}
	if w := send(t, s, "DELETE /admin/faults", ""); strings.Contains(w.Body.String(), "/v1/none") {
		t.Errorf("after clearing: got %s", w.Body)
	}
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	clock := newTestClock()
	s := newSandbox(t, Options{Now: clock.now})
	if w := send(t, s, "POST /admin/rate-limit", `{"per_second":0.5,"burst":2}`); w.Code != 200 {
		t.Fatalf("got %d %s", w.Code, w.Body)
	}
	status := func() (int, string) {
		w := send(t, s, "GET /v1/tags", "")
		return w.Code, w.Header().Get("Retry-After")
	}
	for i, want := range []int{200, 200, 429} {
		if got, _ := status(); got != want {
			t.Errorf("request %d: got %d, want %d", i, got, want)
		}
	}
	if got, after := status(); got != 429 || after != "2" {
		t.Errorf("got %d and Retry-After %q, want 429 and 2", got, after)
	}
	clock.advance(2 * time.Second)
	if got, _ := status(); got != 200 {
		t.Errorf("after waiting: got %d, want 200", got)
	}
	if err := s.SetRateLimit(RateLimit{}); err != nil {
		t.Fatalf("SetRateLimit: %v", err)
	}
	if got, _ := status(); got != 200 {
		t.Errorf("without limit: got %d, want 200", got)
	}
	if w := send(t, s, "POST /admin/rate-limit", `{"per_second":-1}`); w.Code != 422 {
		t.Errorf("negative limit: got %d, want 422", w.Code)
	}
}

func FuzzParseFault(f *testing.F) {
	for _, seed := range []string{"429;retry-after=1", "latency=1s,drop;after", ";;,", "latency=", "999999999999999999999"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := parseFault(text)
		if err != nil {
			return
		}
		if parsed.latency < 0 || parsed.latency > maxLatency || parsed.status != 0 && (parsed.status < 400 || parsed.status > 599) {
			t.Errorf("%q: got %+v outside its limits", text, parsed)
		}
	})
}

func TestHTTP10(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, Options{})
	server := httptest.NewServer(s.Handler())
	defer server.Close()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatalf("dial: %v", err)
	}
	body := `{"leads":[{"email":"e@x.example"}]}`
	if _, err := io.WriteString(conn, "POST /v1/leads HTTP/1.0\r\nAuthentication: AccessToken: "+DefaultToken+"\r\nContent-Length: 35\r\n\r\n"+body); err != nil {
		t.Fatalf("write: %v", err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	if !strings.HasPrefix(string(answer), "HTTP/1.0 200") || !strings.Contains(string(answer), `"inserted":1`) {
		t.Errorf("got %s, want HTTP/1.0 200 and one lead", answer)
	}
}
