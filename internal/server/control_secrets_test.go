package server_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/ropeway/ropeway/internal/access"
	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/sandbox/customerly"
	"github.com/ropeway/ropeway/internal/server"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

func TestSecretsStayInside(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.fill()
	for _, path := range []string{"/connections", "/connections/1", "/connections/1/uses", "/webhooks", "/webhooks/1", "/scenarios/1/versions/0"} {
		d.must("GET", path, "")
	}
	d.must("POST", "/keys/rotate", "")
	d.call("POST", "/connections/1/test", "")
	d.must("PATCH", "/webhooks/1", `{"settings":{"checks":[{"type":"github"}],"handshake":{"field":"c","tokenField":"t","token":"`+planted+`"}}}`)
	if strings.Contains(d.answers.String(), planted) {
		t.Errorf("an answer holds the secret: %s", d.answers.String())
	}
	if strings.Contains(d.log.String(), planted) {
		t.Errorf("the log holds the secret: %s", d.log.String())
	}
	err := filepath.WalkDir(d.dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(name)
		if bytes.Contains(data, []byte(planted)) {
			t.Errorf("%s holds the secret", name)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestWebhookSecretsOpenOnlyWhole(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.fill()
	ctx := t.Context()
	w, err := d.store.Webhook(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	settings, err := d.control.System.OpenWebhookSettings(&w)
	if err != nil || len(settings.Checks) != 1 {
		t.Fatalf("got %v (%v), want one check", settings, err)
	}
	if strings.Contains(fmt.Sprintf("%+v", settings), planted) {
		t.Error("the settings print their secret")
	}
	moved, cut, added, stripped := w, w, w, w
	moved.ID = 2
	cut.Sealed = cut.Sealed[:len(cut.Sealed)-1]
	added.Settings = strings.Replace(w.Settings, `[`, `[{"type":"addresses","ranges":["192.0.2.1"]},`, 1)
	stripped.Sealed = nil
	for name, broken := range map[string]store.Webhook{"moved": moved, "cut": cut, "with another check": added, "without its secrets": stripped} {
		if _, err := d.control.System.OpenWebhookSettings(&broken); err == nil {
			t.Errorf("a webhook %s opens, want an error", name)
		}
	}
	if _, err := server.OpenWebhookSettings(nil, &w); err == nil {
		t.Error("secrets open without a vault")
	}
}

func TestConnectionsAreOpenedForTheirAppOnly(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.fill()
	ctx := server.WithTeam(t.Context(), store.FirstTeam)
	conns := server.StoredConnections(d.control.System, d.store, nil)
	d.control.System.Runner.Connections = conns
	tags, ok := d.control.System.Modules.Describe("customerly:listTags", 1)
	if !ok {
		t.Fatal("there is no module customerly:listTags")
	}
	other := *tags
	other.App = "another"
	open := func(m *module.Description, ref string) string {
		c, err := conns.Open(ctx, m, ref)
		if err != nil {
			return err.Error()
		}
		return c.Key + " " + c.Fields.Get("apiToken").Str()
	}
	contains(t, "by name", open(tags, "Main"), "customerly/1 "+planted)
	contains(t, "by number", open(tags, "1"), "customerly/1 "+planted)
	contains(t, "the only one", open(tags, "a name that is not there"), "customerly/1 "+planted)
	contains(t, "of another app", open(&other, "Main"), "belongs to the app customerly")
	for _, other := range []context.Context{t.Context(), server.WithTeam(t.Context(), store.FirstTeam+1)} {
		for _, ref := range []string{"Main", "1", ""} {
			if c, err := conns.Open(other, tags, ref); err == nil {
				t.Errorf("%q: another team, or none, opened %s", ref, c.Key)
			}
		}
	}
	contains(t, "of an app without one", open(&other, ""), "no connection for the app another")
	d.must("PATCH", "/connections/1", `{"fields":{"apiToken":"changed"}}`)
	contains(t, "after a change", open(tags, "Main"), "customerly/1 changed")
	d.must("POST", "/connections", `{"name":"Second","app":"customerly","fields":{"apiToken":"second"}}`)
	contains(t, "none of two", open(tags, "gone"), "several of the app", "1 (Main), 2 (Second)")
	d.must("POST", "/keys/rotate", "")
	contains(t, "after the key was rotated", open(tags, "Second"), "customerly/2 second")
}

func TestConnectionIsProved(t *testing.T) {
	t.Parallel()
	sandbox, err := customerly.New(customerly.Options{Seed: 1, Token: planted})
	if err != nil {
		t.Fatal(err)
	}
	upstream := httptest.NewServer(sandbox.Handler())
	t.Cleanup(func() {
		upstream.Close()
		if err := sandbox.Close(); err != nil {
			t.Error(err)
		}
	})
	d := newDesk(t)
	body := func(name, token string) string {
		return fmt.Sprintf(`{"name":%q,"app":"customerly","test":true,"fields":{"apiToken":%q,"apiAddress":"%s/v1"}}`, name, token, upstream.URL)
	}
	contains(t, "the right token", d.must("POST", "/connections", body("Right", planted)), `"verified":"2026-03-01T12:00:00Z"`)
	status, answer := d.call("POST", "/connections", body("Wrong", "wrong"))
	contains(t, fmt.Sprint("a wrong token ", status), answer, "422")
	contains(t, "saved ones", d.must("GET", "/connections", ""), "Right")
	contains(t, "once more", d.must("POST", "/connections/1/test", ""), `"called":true`)
	status, answer = d.call("PATCH", "/connections/1", `{"name":"Left","fields":{"apiToken":"wrong"},"test":true}`)
	contains(t, fmt.Sprint("a change that the service refuses ", status), answer, "422")
	kept := d.must("GET", "/connections/1", "")
	contains(t, "after it", kept, `"name":"Right"`, `"verified":"2026-03-01T12:00:00Z"`)
	contains(t, "the old token", d.must("POST", "/connections/1/test", ""), `"called":true`)
	contains(t, "a change that it takes", d.must("PATCH", "/connections/1", fmt.Sprintf(`{"name":"Left","fields":{"apiToken":%q},"test":true}`, planted)),
		`"name":"Left"`, `"verified":"2026-03-01T12:00:00Z"`)
	contains(t, "a change without a test", d.must("PATCH", "/connections/1", `{"fields":{"apiToken":"later"}}`), `"revision"`)
	if unproven := d.must("GET", "/connections/1", ""); strings.Contains(unproven, "verified") {
		t.Errorf("a connection that was changed without a test counts as verified: %s", unproven)
	}
	d.must("POST", "/connections", `{"name":"Key","app":"http","type":"basicauth","fields":{"password":"x"}}`)
}

func TestLearningKeepsWhatItFound(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.fill()
	d.must("POST", "/webhooks/1/learning", "")
	w, err := d.store.Webhook(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	l, err := server.DecodeLearning(w.Learning)
	if err != nil {
		t.Fatal(err)
	}
	l = l.Add(value.Collection(value.F("email", value.Text("ada@example.com"))), d.control.Clock.Now())
	if err := d.store.SetLearning(t.Context(), 1, server.EncodeLearning(l)); err != nil {
		t.Fatal(err)
	}
	contains(t, "status", d.must("GET", "/webhooks/1/learning", ""), `"samples":1`, `{"name":"email","type":"text"}`, `"active":true`)
	contains(t, "stop", d.must("POST", "/webhooks/1/learning/stop", `{"keep":true}`), `"active":false`)
	contains(t, "settings", d.must("GET", "/webhooks/1", ""), `"structure":[{"name":"email","type":"text"}]`, `"secrets":true`)
}

func TestWebhookLearnsFromWhatArrives(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.control.Clock = clock.System{} // a service must not run on a clock whose sleep returns at once
	token := strings.Repeat("t", 32)
	d.must("POST", "/scenarios", `{"blueprint":`+hookedText+`,"token":"`+token+`","webhook":{"checks":[{"type":"apikey","keys":["`+planted+`"]}],"structure":[{"name":"name","type":"text"}],"strict":true}}`)
	d.must("POST", "/webhooks/1/learning", "")
	service, err := server.StartService(t.Context(), d.control.System, d.store, clock.System{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(service.Close)
	send := func(key, body string) int {
		r := httptest.NewRequest("POST", "/hook/"+token, strings.NewReader(body))
		r.Header.Set("X-Make-Apikey", key)
		w := httptest.NewRecorder()
		service.Handler().ServeHTTP(w, r)
		return w.Code
	}
	if got := send("wrong", `{"name":"Eve"}`); got != http.StatusUnauthorized {
		t.Errorf("a wrong key: got %d, want 401", got)
	}
	for _, sample := range []string{`{"name":"Ada","age":36}`, `{"age":37}`} {
		if got := send(planted, sample); got != http.StatusOK {
			t.Errorf("a sample: got %d, want 200", got)
		}
	}
	contains(t, "what was learned", d.must("GET", "/webhooks/1/learning", ""), `"samples":2`, `{"name":"name","type":"text"},{"name":"age","type":"number"}`)
}

// TestKeysOfNothing: before there is any secret there is no key, and nothing that must be put back.
func TestKeysOfNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	if status, answer := d.call("POST", "/keys/rotate", ""); status != http.StatusUnprocessableEntity || !strings.Contains(answer, "no secret has been stored yet") {
		t.Errorf("got %d %s", status, answer)
	}
	d.fill()
	contains(t, "behind the first secret", d.must("POST", "/keys/rotate", ""), `"new":true`)
}

// TestKeysRotateUnderLoad: while the master key is rotated again and again, connections open, and people change them.
func TestKeysRotateUnderLoad(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.fill()
	ctx := server.WithTeam(t.Context(), store.FirstTeam)
	tags, ok := d.control.System.Modules.Describe("customerly:listTags", 1)
	if !ok {
		t.Fatal("there is no module customerly:listTags")
	}
	over := make(chan struct{})
	var work sync.WaitGroup
	opened := [2]int{}
	for i := range opened {
		work.Go(func() {
			for {
				select {
				case <-over:
					return
				default:
				}
				conns := server.StoredConnections(d.control.System, d.store, nil) // it remembers nothing
				if c, err := conns.Open(ctx, tags, "Main"); err != nil || c.Fields.Get("apiToken").Str() != planted {
					t.Errorf("a connection does not open while keys rotate: %v", err)
					return
				}
				opened[i]++
			}
		})
	}
	changes := d.over(access.Machine())
	for i := range 12 { // a key file holds 16
		d.must("POST", "/keys/rotate", "")
		changes.must("PATCH", fmt.Sprintf(`/connections/1 "%d"`, i+1), `{"fields":{"apiToken":"`+planted+`"}}`)
	}
	close(over)
	work.Wait()
	if opened[0] == 0 || opened[1] == 0 {
		t.Errorf("got %v connections opened meanwhile, want some", opened)
	}
	w, err := d.store.Webhook(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	if settings, err := d.control.System.OpenWebhookSettings(&w); err != nil || len(settings.Checks) != 1 {
		t.Errorf("the webhook: %v", err)
	}
}
