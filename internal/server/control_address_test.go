package server_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ropeway/ropeway/internal/access"
	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/server"
)

// addressOf asks for the address of a webhook.
func (d *desk) addressOf(webhook int) string {
	d.t.Helper()
	var a api.Address
	if err := json.Unmarshal([]byte(d.must("GET", fmt.Sprintf("/webhooks/%d/address", webhook), "")), &a); err != nil {
		d.t.Fatal(err)
	}
	return a.Path
}

// untold asks for an address that cannot be told.
func (d *desk) untold(name string, webhook int, parts ...string) {
	d.t.Helper()
	status, answer := d.call("GET", fmt.Sprintf("/webhooks/%d/address", webhook), "")
	if status != http.StatusUnprocessableEntity {
		d.t.Errorf("%s: got %d", name, status)
	}
	contains(d.t, name, answer, append(parts, "make a new address")...)
}

// rekeyed is a desk on the same store with other keys, text "" for those of the data directory.
func (d *desk) rekeyed(text string) *desk {
	d.t.Helper()
	keys := server.NewKeys(d.dir, "", text, nil)
	system, err := server.Assemble(server.Options{Clock: d.control.Clock, Durable: true, Keys: keys})
	if err != nil {
		d.t.Fatal(err)
	}
	n := &desk{t: d.t, dir: d.dir, store: d.store, control: &server.Control{Store: d.store, System: system, Clock: d.control.Clock, Keys: keys}}
	n.handler = n.control.Trusted(slog.New(slog.NewTextHandler(&d.log, nil)))
	return n
}

func TestAddressIsToldToEditors(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	token := strings.Repeat("k", 30)
	d.must("POST", "/scenarios", `{"blueprint":`+hookedText+`,"token":"`+token+`"}`)
	ann := d.over(memberOf(1, access.TeamMember))
	d.answers.Reset()
	if got := ann.addressOf(1); got != "/hook/"+token {
		t.Errorf("got %s, want that of the webhook", got)
	}
	e := d.audited()
	if e.Action != "webhook.address" || e.Subject != "webhook 1" || e.Actor != "ann@example.com" || e.Team != 1 || strings.Contains(string(e.Details), token) {
		t.Errorf("got %+v in the audit log", e)
	}
	for name, other := range map[string]*desk{
		"operator": d.over(memberOf(1, access.TeamOperator)), "viewer": d.over(memberOf(1, access.TeamMonitoring)), "another team": d.over(memberOf(2, access.TeamMember)),
	} {
		if status, answer := other.call("GET", "/webhooks/1/address", ""); status != http.StatusForbidden && status != http.StatusNotFound {
			t.Errorf("%s: got %d %s", name, status, answer)
		}
	}
	contains(t, "that it is kept", d.must("GET", "/webhooks/1", ""), `"address_kept":true`)
	d.must("GET", "/webhooks", "")
	d.must("PATCH", "/webhooks/1", `{"name":"Renamed"}`)
	d.must("GET", "/audit", "")
	d.must("GET", "/scenarios/1", "")
	if strings.Contains(d.answers.String(), token) {
		t.Errorf("an answer holds the address: %s", d.answers.String())
	}
	if strings.Contains(d.log.String(), token) {
		t.Error("the log holds the address")
	}
	if got := ann.addressOf(1); got != "/hook/"+token {
		t.Errorf("after a change: got %s", got)
	}
	var made api.NewAddress
	if err := json.Unmarshal([]byte(d.must("POST", "/webhooks/1/rotate", "{}")), &made); err != nil {
		t.Fatal(err)
	}
	if got := ann.addressOf(1); got != made.Path || strings.Contains(got, token) {
		t.Errorf("got %s, want the new one, %s", got, made.Path)
	}
	err := filepath.WalkDir(d.dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(name)
		if bytes.Contains(data, []byte(strings.TrimPrefix(made.Path, "/hook/"))) || bytes.Contains(data, []byte(token)) {
			t.Errorf("%s holds an address", name)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	d.must("DELETE", "/webhooks/1", "")
	if w, err := d.store.Webhook(t.Context(), 1); err != nil || w.Address != nil {
		t.Errorf("the address of a deleted webhook is still there, error %v", err)
	}
	if status, answer := ann.call("GET", "/webhooks/1/address", ""); status != http.StatusUnprocessableEntity || strings.Contains(answer, "hook/") {
		t.Errorf("of a deleted webhook: got %d %s", status, answer)
	}
}

func TestAddressOutlivesItsKey(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	token := strings.Repeat("k", 30)
	d.must("POST", "/scenarios", `{"blueprint":`+hookedText+`,"token":"`+token+`"}`)
	key := filepath.Join(d.dir, "master.key")
	before, err := os.ReadFile(key)
	if err != nil {
		t.Fatalf("the first webhook makes the key: %v", err)
	}
	contains(t, "a new key", d.must("POST", "/keys/rotate", ""), `"secrets":1`)
	both, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	current, _, _ := strings.Cut(string(both), "# Earlier keys")
	if got := d.rekeyed(current).addressOf(1); got != "/hook/"+token {
		t.Errorf("with the new key alone: got %s", got)
	}
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	lost := d.rekeyed("")
	lost.untold("a lost key", 1, "cannot be opened")
	contains(t, "a lost key", lost.must("GET", "/webhooks/1", ""), `"address_kept":true`)
	another := d.rekeyed(string(before))
	another.untold("another key", 1, "cannot be opened")
	contains(t, "rotated without it", another.must("POST", "/keys/rotate", ""), `"secrets":0`)

	service, err := server.StartService(t.Context(), lost.control.System, d.store, clock.System{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(service.Close)
	w := httptest.NewRecorder()
	service.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/hook/"+token, strings.NewReader(`{"name":"Ada"}`)))
	if w.Code != http.StatusOK {
		t.Errorf("a delivery without the key: got %d, want that the webhook works", w.Code)
	}
}

func TestAddressWithoutAKey(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.fill() // has secrets
	if err := os.Remove(filepath.Join(d.dir, "master.key")); err != nil {
		t.Fatal(err)
	}
	lost := d.rekeyed("")
	contains(t, "a webhook all the same", lost.must("POST", "/webhooks", `{"scenario":1}`), `"path":"/hook/`, `"address_kept":false`)
	lost.untold("made without a key", 2, "was not kept")
	if _, err := os.Stat(filepath.Join(d.dir, "master.key")); err == nil {
		t.Error("an address made another key beside the lost one")
	}
	// One that was kept before does not stay behind when a new one cannot be sealed.
	lost.must("POST", "/webhooks/1/rotate", "{}")
	lost.untold("a new address without a key", 1, "was not kept")

	none := &desk{t: t, dir: d.dir, store: d.store, control: &server.Control{Store: d.store, System: d.control.System, Clock: d.control.Clock}}
	none.handler = none.control.Trusted(slog.New(slog.DiscardHandler))
	contains(t, "without any keys", none.must("POST", "/webhooks", `{"scenario":1}`), `"path":"/hook/`, `"address_kept":false`)
}

// TestAddressOfAnotherTokenIsNotTold: a program that knows nothing of kept addresses gives a webhook a new one, and leaves the old one there.
func TestAddressOfAnotherTokenIsNotTold(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.must("POST", "/scenarios", `{"blueprint":`+hookedText+`}`)
	w, err := d.store.Webhook(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	w.TokenHash = []byte("hash of another")
	if _, err := d.store.SaveWebhook(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	d.untold("a token that was changed", 1, "cannot be opened")
}
