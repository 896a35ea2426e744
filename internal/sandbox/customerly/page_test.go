package customerly

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// postForm sends a form as a browser would.
func postForm(t *testing.T, s *Server, path string, values url.Values, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	return send(t, s, "POST "+path, values.Encode(), append([]string{"Content-Type", "application/x-www-form-urlencoded"}, header...)...)
}

func TestPageShowsAndEscapes(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, Options{Users: 25, Leads: 25})
	must(t, s, "POST /v1/users", `{"users":[{"email":"x@x.example","name":"<script>alert(1)</script>","tags":["<b>"]}]}`)
	if _, err := s.AddWebhook("http://127.0.0.1:1/?access_key=hush", "user.tagged"); err != nil {
		t.Fatalf("AddWebhook: %v", err)
	}
	w := send(t, s, "GET /", "")
	if w.Code != 200 {
		t.Fatalf("got %d, want 200", w.Code)
	}
	body := w.Body.String()
	for _, want := range []string{"x@x.example", "&lt;script&gt;alert(1)", "&lt;b&gt;", "onboarding", "127.0.0.1:1", "POST /v1/users", "page=1", "<b>26</b>users"} {
		if !strings.Contains(body, want) {
			t.Errorf("got no %q in the page", want)
		}
	}
	for _, not := range []string{"<script", "hush", DefaultToken, " style=", "onclick", "https://"} {
		if strings.Contains(body, not) {
			t.Errorf("got %q in the page", not)
		}
	}
	policy := w.Header().Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("got policy %q, want a strict one", policy)
	}
	if w := send(t, s, "GET /?search=%3Cb%3E&page=0", ""); !strings.Contains(w.Body.String(), "x@x.example") || strings.Contains(w.Body.String(), `rel="next"`) {
		t.Error("search for the tag: want the one contact and no next page")
	}
	if w := send(t, s, "GET /?page=2", ""); !strings.Contains(w.Body.String(), `rel="prev"`) {
		t.Error("third page: want a link back")
	}
	if w := send(t, s, "GET /page.css", ""); !strings.HasPrefix(w.Header().Get("Content-Type"), "text/css") {
		t.Errorf("style: got type %q", w.Header().Get("Content-Type"))
	}
	if w := send(t, s, "GET /nowhere", ""); w.Code != 404 {
		t.Errorf("unknown page: got %d, want 404", w.Code)
	}
}

func TestPageForms(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, Options{})
	steps := []struct {
		path   string
		values url.Values
		target string
	}{
		{"/page/webhooks", url.Values{"url": {"http://127.0.0.1:1/"}, "event": {"user.tagged"}}, "/"},
		{"/page/webhooks", url.Values{"url": {"nothing"}}, "/?problem="},
		{"/page/faults", url.Values{"prefix": {"/v1/tags"}, "fault": {"503"}, "times": {"1"}}, "/"},
		{"/page/faults", url.Values{"fault": {"sulk"}}, "/?problem="},
		{"/page/redeliver", url.Values{"id": {"9"}}, "/?problem="},
		{"/page/webhooks/remove", url.Values{"id": {"9"}}, "/?problem="},
		{"/page/touch", url.Values{"email": {"nobody@x.example"}}, "/?problem="},
	}
	for _, step := range steps {
		w := postForm(t, s, step.path, step.values, "Sec-Fetch-Site", "same-origin")
		if w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), step.target) || step.target == "/" && w.Header().Get("Location") != "/" {
			t.Errorf("%s %v: got %d to %q, want %s", step.path, step.values, w.Code, w.Header().Get("Location"), step.target)
		}
	}
	if hooks := s.webhooks(); len(hooks) != 1 || hooks[0].Events[0] != "user.tagged" {
		t.Errorf("got webhooks %+v, want the one that was added", hooks)
	}
	if got := send(t, s, "GET /v1/tags", "").Code; got != 503 {
		t.Errorf("planned by form: got %d, want 503", got)
	}
	postForm(t, s, "/page/webhooks/remove", url.Values{"id": {"1"}})
	postForm(t, s, "/page/faults", url.Values{"fault": {"503"}})
	postForm(t, s, "/page/faults/clear", nil)
	if got := send(t, s, "GET /v1/tags", "").Code; len(s.webhooks()) != 0 || got != 200 {
		t.Errorf("after clearing: got webhooks %v and status %d, want none and 200", s.webhooks(), got)
	}
}

func TestWritesFromOtherOriginsAreRefused(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, Options{})
	for _, path := range []string{"/page/webhooks", "/page/faults", "/page/redeliver", "/admin/webhooks", "/admin/reset", "/admin/faults"} {
		for _, header := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://evil.example"}} {
			if got := postForm(t, s, path, url.Values{"url": {"http://h/"}}, header...).Code; got != http.StatusForbidden {
				t.Errorf("%s with %v: got %d, want 403", path, header, got)
			}
		}
	}
}

func TestAdministration(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, Options{Users: 5})
	must(t, s, "POST /v1/users", `{"users":[{"email":"find@x.example","attributes":{"note":"`+DefaultToken+`"}}]}`)
	send(t, s, "GET /v1/tags?token="+DefaultToken, "", "Authentication", "AccessToken: "+DefaultToken)
	must(t, s, "POST /v1/messages", `{"from":{"type":"admin","id":1},"to":{"type":"user","email":"find@x.example"},"content":"hello there"}`)
	for _, c := range []struct {
		target string
		status int
		want   string
	}{
		{"GET /admin/stats", 200, `"users": 6`},
		{"GET /admin/requests", 200, "Bearer [redacted]"},
		{"GET /admin/messages", 200, "hello there"},
		{"GET /admin/contacts?search=FIND&per_page=1", 200, "find@x.example"},
		{"GET /admin/contacts?page=x&per_page=2", 200, `"more": true`},
		{`POST /admin/contacts/touch {"email":"FIND@x.example"}`, 200, "find@x.example"},
		{`POST /admin/contacts/touch {"email":"nobody@x.example"}`, 404, "no such contact"},
		{`POST /admin/contacts/touch {"mail":"x"}`, 400, "read body"},
		{"GET /admin/deliveries", 200, "[]"},
		{"GET /admin/faults", 200, `"planned": []`},
		{"GET /admin/nothing", 404, ""},
		{"POST /admin/rate-limit", 400, "read body"},
		{"POST /admin/reset", 200, `"users": 5`},
		{"GET /admin/requests", 200, "[]"},
	} {
		target, body, _ := strings.Cut(c.target, " {")
		if body != "" {
			body = "{" + body
		}
		w := send(t, s, target, body)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) {
			t.Errorf("%s: got %d %s, want %d with %q", c.target, w.Code, w.Body, c.status, c.want)
		}
		if c.target == "GET /admin/requests" && strings.Contains(w.Body.String(), DefaultToken) {
			t.Errorf("%s: got the token in %s", c.target, w.Body)
		}
	}
}

func TestRequestLogKeepsTheLast(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, Options{})
	for range requestsKept + 1 {
		send(t, s, "GET /v1/tags", "")
	}
	send(t, s, "GET /v1/leads/list", "")
	got := s.Requests()
	if len(got) != requestsKept || got[0].Path != "/v1/leads/list" || s.Stats().Requests != requestsKept+2 {
		t.Errorf("got %d requests, newest %q, %d in all; want %d, the last one and %d", len(got), got[0].Path, s.Stats().Requests, requestsKept, requestsKept+2)
	}
}
