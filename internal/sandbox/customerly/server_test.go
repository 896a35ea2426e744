package customerly

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestServeEndsWithItsContext(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, Options{Users: 3})
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listen: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, listener) }()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+listener.Addr().String()+"/v1/users/list", nil)
	if err != nil {
		t.Fatalf("request: %v", err)
	}
	request.Header.Set("Authorization", "Bearer "+DefaultToken)
	response, err := client.Do(request)
	if err != nil {
		t.Fatalf("get: %v", err)
	}
	body, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if err != nil || len(rowsOf(t, string(body))) != 3 {
		t.Errorf("got %s, %v, want 3 users", body, err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("Serve: got %v, want nil", err)
	}
}

func TestServeReportsABrokenListener(t *testing.T) {
	t.Parallel()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listen: %v", err)
	}
	_ = listener.Close()
	if err := newSandbox(t, Options{}).Serve(t.Context(), listener); err == nil {
		t.Error("got no error")
	}
}

// TestManyAtOnce lets readers, writers and administrators meet, and checks that the indexes agree afterwards.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	address, _ := discard(t)
	s := newSandbox(t, Options{Contacts: 500, DataDir: t.TempDir(), Webhooks: []string{address}})
	var work sync.WaitGroup
	for worker := range 6 {
		work.Go(func() {
			for i := range 60 {
				email := fmt.Sprintf("w%d-%d@x.example", worker, i%20)
				send(t, s, "POST /v1/leads", `{"leads":[{"email":"`+email+`","tags":["t"]}]}`)
				send(t, s, "POST /v1/users", fmt.Sprintf(`{"users":[{"email":%q,"user_id":%q,"attributes":{"n":%d}}]}`, email, email, i))
				send(t, s, "GET /v1/users/list?sort=last_update&sort_direction=desc&per_page=20", "")
				send(t, s, "GET /v1/users?email="+email, "")
				send(t, s, "POST /v1/tags", `{"tag":"u","users":[{"email":"`+email+`"}]}`)
				send(t, s, "GET /", "")
				if i%5 == worker%5 {
					send(t, s, "DELETE /v1/users?email="+email, "")
				}
			}
		})
	}
	work.Wait()
	s.checkIndexes(t)
}

// discard is a webhook address that takes everything.
func discard(t *testing.T) (string, *atomic.Int64) {
	t.Helper()
	var count atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { count.Add(1) }))
	t.Cleanup(server.Close)
	return server.URL, &count
}

// checkIndexes compares every index with the contacts themselves.
func (s *Server) checkIndexes(t *testing.T) {
	t.Helper()
	tags, users := map[string]int{}, 0
	for _, c := range s.store.byID {
		if s.store.byEmail[emailKey(c.email)] != c || c.userID != "" && s.store.byUserID[c.userID] != c {
			t.Errorf("%s is not found by its address or id", c.email)
		}
		for _, tag := range c.tags {
			tags[tag]++
		}
		users += digit(c.isUser)
	}
	for tag, count := range s.store.tags {
		if tags[tag] != count {
			t.Errorf("tag %s: got count %d, want %d", tag, count, tags[tag])
		}
	}
	if len(s.store.byEmail) != len(s.store.byID) {
		t.Errorf("got %d addresses, want %d", len(s.store.byEmail), len(s.store.byID))
	}
	for _, check := range []struct {
		shelf *shelf
		want  int
	}{{s.store.users, users}, {s.store.leads, len(s.store.byID) - users}} {
		for field, list := range check.shelf.orders {
			if list.size != check.want || len(list.all()) != check.want {
				t.Errorf("order by %s: got size %d and %d contacts, want %d", field, list.size, len(list.all()), check.want)
			}
		}
	}
}

// FuzzAPI sends anything to the router; every answer of the API must be JSON and never a panic.
func FuzzAPI(f *testing.F) {
	for _, seed := range []struct{ method, target, body string }{
		{"GET", "/v1/users/list?page=1&sort=name", ""},
		{"POST", "/v1/users", `{"users":[{"email":"a@x.example","user_id":1,"attributes":{"a":null},"tags":["x"]}]}`},
		{"POST", "/v1/leads", `{"leads":[{"email":"a@x.example","attributes":[]}]}`},
		{"POST", "/v1/tags", `{"tag":"x","untag":1,"users":[{"email":"a@x.example"}]}`},
		{"DELETE", "/v1/tags", `{"tag":7}`},
		{"POST", "/v1/users/add-to-company", `{"email":"a@x.example","company_id":1,"company_attributes":[{}]}`},
		{"POST", "/v1/messages", `{"from":{"type":"admin","id":1},"to":{"type":"user","id":1},"content":1}`},
		{"POST", "/v1/knowledge/articles/%zz", `{}`},
		{"POST", "//v1//users", ``},
		{"GET", "/admin/contacts?page=-1", ""},
	} {
		f.Add(seed.method, seed.target, seed.body)
	}
	s := newSandbox(f, Options{Contacts: 20})
	handler := s.Handler()
	f.Fuzz(func(t *testing.T, method, target, body string) {
		request, err := http.NewRequestWithContext(t.Context(), method, "http://h/"+strings.TrimPrefix(target, "/"), strings.NewReader(body))
		if err != nil {
			return
		}
		request.RequestURI = request.URL.RequestURI()
		request.Header.Set("Authorization", "Bearer "+DefaultToken)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, request)
		if strings.HasPrefix(request.URL.Path, "/v1/") && w.Code < 500 && !json.Valid(w.Body.Bytes()) && !strings.Contains(body+target, "fault-") {
			t.Errorf("%s %s %q: got %d %q, want JSON", method, target, body, w.Code, w.Body)
		}
	})
}

// loopback is a sandbox with many contacts behind a real listener, and a client for it.
func loopback(b *testing.B, opts Options) func(method, target, body string) {
	b.Helper()
	s := newSandbox(b, opts)
	server := httptest.NewServer(s.Handler())
	b.Cleanup(server.Close)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	b.Cleanup(client.CloseIdleConnections)
	return func(method, target, body string) {
		request, err := http.NewRequestWithContext(b.Context(), method, server.URL+target, strings.NewReader(body))
		if err != nil {
			b.Error(err)
			return
		}
		request.Header.Set("Authorization", "Bearer "+DefaultToken)
		response, err := client.Do(request)
		if err != nil {
			b.Error(err)
			return
		}
		if _, err := io.Copy(io.Discard, response.Body); err != nil || response.StatusCode != http.StatusOK {
			b.Errorf("got status %d, %v", response.StatusCode, err)
		}
		_ = response.Body.Close()
	}
}

func BenchmarkListPage(b *testing.B) {
	for _, perPage := range []int{1, 10, 50} {
		b.Run(fmt.Sprintf("per_page=%d", perPage), func(b *testing.B) {
			ask := loopback(b, Options{Contacts: 100_000})
			pages := 50_000 / perPage
			var next atomic.Int64
			b.SetParallelism(4)
			b.RunParallel(func(p *testing.PB) {
				for p.Next() {
					ask(http.MethodGet, fmt.Sprintf("/v1/users/list?sort=last_update&sort_direction=desc&page=%d&per_page=%d", int(next.Add(1))%pages, perPage), "")
				}
			})
		})
	}
}

func BenchmarkUpsert(b *testing.B) {
	for _, durable := range []bool{false, true} {
		b.Run(fmt.Sprintf("durable=%v", durable), func(b *testing.B) {
			opts := Options{Contacts: 100_000}
			if durable {
				opts.DataDir = b.TempDir()
			}
			ask := loopback(b, opts)
			ask(http.MethodGet, "/v1/users/list?sort=last_update", "")
			var next atomic.Int64
			b.SetParallelism(8)
			b.RunParallel(func(p *testing.PB) {
				for p.Next() {
					i := next.Add(1)
					ask(http.MethodPost, "/v1/users", fmt.Sprintf(`{"users":[{"email":"b%d@x.example","name":"B","attributes":{"n":%d}}]}`, i%50_000, i))
				}
			})
		})
	}
}
