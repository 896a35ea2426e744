package customerly

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// receiver is a webhook address that hands on what it gets.
func receiver(t *testing.T, status func() int) (string, <-chan string) {
	t.Helper()
	bodies := make(chan string, 100)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("read webhook: %v", err)
		}
		w.WriteHeader(status())
		bodies <- string(body)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/hook?access_key=secret", bodies
}

func always(status int) func() int { return func() int { return status } }

func TestWebhookEvents(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, Options{})
	address, bodies := receiver(t, always(200))
	if _, err := s.AddWebhook(address); err != nil {
		t.Fatalf("AddWebhook: %v", err)
	}
	for _, step := range []string{
		adaUser, adaUser, bobLead,
		`POST /v1/users {"users":[{"email":"bob@x.example","tags":["hot"]}]}`,
		`POST /v1/tags {"tag":"cold","untag":true,"users":[{"email":"bob@x.example"}]}`,
		`DELETE /v1/users?user_id=7`,
	} {
		method, rest, _ := strings.Cut(step, " ")
		path, body, _ := strings.Cut(rest, " ")
		must(t, s, method+" "+path, body)
	}
	var got []string
	for range 8 {
		var payload struct {
			Event     string
			Timestamp int64
			Data      struct {
				User struct {
					Data struct {
						Email string
						Tags  []string `json:"user_tags"`
					}
				}
				Tag string
			}
		}
		if err := json.Unmarshal([]byte(<-bodies), &payload); err != nil {
			t.Fatalf("payload: %v", err)
		}
		if payload.Timestamp == 0 {
			t.Errorf("%s: got no timestamp", payload.Event)
		}
		got = append(got, fmt.Sprintf("%s %s %s %s", payload.Event, payload.Data.User.Data.Email, payload.Data.Tag, payload.Data.User.Data.Tags))
	}
	want := []string{
		"user.created ada@x.example  [vip]", "user.tagged ada@x.example vip [vip]",
		"lead.created bob@x.example  [cold]", "lead.tagged bob@x.example cold [cold]",
		"user.updated bob@x.example  [cold hot]", "user.tagged bob@x.example hot [cold hot]",
		"user.untagged bob@x.example cold [hot]", "user.deleted ada@x.example  [vip]",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got events\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestWebhookChoosesEvents(t *testing.T) {
	t.Parallel()
	address, bodies := receiver(t, always(204))
	s := newSandbox(t, Options{})
	if _, err := s.AddWebhook(address, "user.deleted"); err != nil {
		t.Fatalf("AddWebhook: %v", err)
	}
	must(t, s, "POST /v1/users", `{"users":[{"email":"a@x.example"}]}`)
	must(t, s, "DELETE /v1/users?email=a@x.example", "")
	if got := <-bodies; !strings.HasPrefix(got, `{"event":"user.deleted"`) {
		t.Errorf("got %s, want user.deleted first", got)
	}
}

// settled returns a delivery after everything was sent or given up.
func settled(t *testing.T, s *Server, id int64) Delivery {
	t.Helper()
	if err := s.WaitForDeliveries(t.Context()); err != nil {
		t.Fatalf("WaitForDeliveries: %v", err)
	}
	for _, d := range s.Deliveries() {
		if d.ID == id {
			return d
		}
	}
	t.Fatalf("there is no delivery %d", id)
	return Delivery{}
}

func TestDeliveryIsRetriedAndRepeated(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	address, bodies := receiver(t, func() int {
		if calls.Add(1) <= deliveryAttempts {
			return 503
		}
		return 200
	})
	var waits []time.Duration
	s := newSandbox(t, Options{Webhooks: []string{address}, Wait: func(_ context.Context, d time.Duration) error {
		waits = append(waits, d)
		return nil
	}})
	must(t, s, "POST /v1/users", `{"users":[{"email":"a@x.example"}]}`)
	first := settled(t, s, 1)
	if first.State != deliveryFailed || first.Attempts != deliveryAttempts || first.Status != 503 {
		t.Errorf("got %+v, want failed after %d attempts with 503", first, deliveryAttempts)
	}
	if want := []time.Duration{time.Second, 2 * time.Second}; !slices.Equal(waits, want) {
		t.Errorf("got waits %v, want %v", waits, want)
	}
	if strings.Contains(first.URL, "secret") {
		t.Errorf("got the secret in the log: %s", first.URL)
	}
	if w := send(t, s, "POST /admin/deliveries/1/redeliver", ""); w.Code != 202 {
		t.Fatalf("redeliver: got %d %s", w.Code, w.Body)
	}
	second := settled(t, s, 2)
	if second.State != deliveryDelivered || second.Attempts != 1 || second.Body != first.Body {
		t.Errorf("got %+v, want the same body delivered at once", second)
	}
	if a, b := <-bodies, <-bodies; a != b {
		t.Errorf("retries differ: %s and %s", a, b)
	}
	if w := send(t, s, "POST /admin/deliveries/99/redeliver", ""); w.Code != 404 {
		t.Errorf("redeliver nothing: got %d, want 404", w.Code)
	}
}

func TestUnreachableReceiverIsLoggedWithoutSecret(t *testing.T) {
	t.Parallel()
	dead := httptest.NewServer(http.NotFoundHandler())
	address := dead.URL + "/?key=secret"
	dead.Close()
	s := newSandbox(t, Options{Webhooks: []string{address}})
	must(t, s, "POST /v1/users", `{"users":[{"email":"a@x.example"}]}`)
	if d := settled(t, s, 1); d.State != deliveryFailed || d.Status != 0 || d.Error == "" || strings.Contains(d.Error+d.URL, "secret") {
		t.Errorf("got %+v, want failed with an error and without the secret", d)
	}
}

func TestWebhookAdministration(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, Options{})
	for _, c := range []struct {
		target, body string
		status       int
		want         string
	}{
		{"POST /admin/webhooks", `{"url":"http://127.0.0.1:1/a"}`, 201, `"id": 1`},
		{"POST /admin/webhooks", `{"url":"ftp://x"}`, 422, "absolute http"},
		{"POST /admin/webhooks", `{"url":"/relative"}`, 422, "absolute http"},
		{"POST /admin/webhooks", `{"url":"http://h/` + strings.Repeat("a", maxWebhookURLBytes) + `"}`, 422, "longer than"},
		{"POST /admin/webhooks", `{"url":"http://h/","events":["x"]}`, 422, "unknown event"},
		{"POST /admin/webhooks", `{"address":"http://h/"}`, 400, "unknown field"},
		{"PUT /admin/webhooks/1", `{"url":"http://127.0.0.1:1/b","events":["user.tagged"]}`, 200, "user.tagged"},
		{"PUT /admin/webhooks/2", `{"url":"http://127.0.0.1:1/b"}`, 404, "no such webhook"},
		{"GET /admin/webhooks", "", 200, "127.0.0.1:1/b"},
		{"DELETE /admin/webhooks/1", "", 200, "[]"},
		{"DELETE /admin/webhooks/1", "", 404, "no such webhook"},
	} {
		if w := send(t, s, c.target, c.body); w.Code != c.status || !strings.Contains(w.Body.String(), c.want) {
			t.Errorf("%s %s: got %d %s, want %d with %q", c.target, c.body, w.Code, w.Body, c.status, c.want)
		}
	}
	for i := range maxWebhooks + 1 {
		_, err := s.AddWebhook("http://127.0.0.1:1/")
		if (err != nil) != (i == maxWebhooks) {
			t.Errorf("webhook %d: got %v", i, err)
		}
	}
}
