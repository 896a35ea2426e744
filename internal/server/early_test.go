package server

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/intake"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

const answeringFlow = `{"name":"answers","flow":[{"id":1,"module":"gateway:CustomWebHook","version":1,"parameters":{"hook":1},"mapper":{}},` +
	`{"id":2,"module":"util:ComposeTransformer","version":1,"parameters":{},"mapper":{"value":"{{upper(1.name)}}"}},` +
	`{"id":3,"module":"gateway:WebhookRespond","version":1,"parameters":{},"mapper":{"status":"201","body":"{{2.value}}"}}],"metadata":{"version":1}}`

// commits counts the requests that were committed.
type commits struct{ requests atomic.Int64 }

// Committed counts.
func (c *commits) Committed(requests, _ int, _ time.Duration) { c.requests.Add(int64(requests)) }

// disk is one with so much room.
type disk struct{ free atomic.Uint64 }

func newDisk() *disk {
	d := &disk{}
	d.free.Store(1 << 40)
	return d
}

// answering is a service with a scenario that computes an answer.
func answering(t *testing.T, d *disk, meter store.Meter) (*Service, *activeScenario, string) {
	t.Helper()
	st := newStageWith(t, false, func(o *store.Options) {
		o.Meter = meter
		o.FreeSpace = func(string) (uint64, error) { return d.free.Load(), nil }
	})
	id, _, _, err := st.store.SaveScenario(t.Context(), store.SaveScenario{Name: "answers", Blueprint: []byte(answeringFlow)})
	if err != nil {
		t.Fatal(err)
	}
	token, err := intake.NewToken(strings.NewReader("01234567890123456789"))
	if err != nil {
		t.Fatal(err)
	}
	hash := token.Hash()
	if _, err := st.store.SaveWebhook(t.Context(), store.Webhook{Name: "answers", Scenario: id, TokenHash: hash[:]}); err != nil {
		t.Fatal(err)
	}
	if err := st.store.Activate(t.Context(), id, true, time.Time{}); err != nil {
		t.Fatal(err)
	}
	st.start()
	st.intake.SetReady(true)
	// The first delivery takes numbers out of the database, which the others need to begin early.
	if _, err := st.store.Accept(t.Context(), []store.Intake{{Scenario: id}}); err != nil {
		t.Fatal(err)
	}
	st.settle() // the line of the scenario is empty, and known to be
	return st.Service, st.scenario(id), token.Path()
}

func TestAnswerThatIsOnlyComputedTakesOneCommit(t *testing.T) {
	t.Parallel()
	d := newDisk()
	var count commits
	s, sc, path := answering(t, d, &count)
	before := count.requests.Load()
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodPost, path, strings.NewReader(`{"name":"ada"}`)))
	if w.Code != 201 || w.Body.String() != "ADA" {
		t.Errorf("answer: got %d %q, want 201 ADA", w.Code, w.Body)
	}
	list, err := s.store.History(t.Context(), store.HistoryFilter{Scenario: sc.id})
	if err != nil || len(list) != 1 || list[0].Status != store.Success || list[0].Summary.Operations != 3 {
		t.Errorf("history: got %+v (%v), want one success with three operations", list, err)
	}
	if n := count.requests.Load() - before; n != 1 {
		t.Errorf("got %d writes, want one", n)
	}
	if n, _, _ := s.store.QueueTotal(1); n != 0 {
		t.Errorf("got %d payloads in the queue, want none", n)
	}
}

func TestNobodyIsAnsweredWhereTheDeliveryIsNotKept(t *testing.T) {
	t.Parallel()
	d := newDisk()
	s, sc, path := answering(t, d, nil)
	d.free.Store(0)
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodPost, path, strings.NewReader(`{"name":"ada"}`)))
	if w.Code != http.StatusInsufficientStorage || strings.Contains(w.Body.String(), "ADA") || w.Header().Get("Retry-After") == "" {
		t.Errorf("got %d %q with Retry-After %q, want 507 with a time", w.Code, w.Body, w.Header().Get("Retry-After"))
	}
	list, err := s.store.History(t.Context(), store.HistoryFilter{Scenario: sc.id})
	if err != nil || len(list) != 0 {
		t.Errorf("history: got %v (%v), want nothing", list, err)
	}
}

func TestCallerWhoDoesNotWaitFindsTheDeliveryKept(t *testing.T) {
	t.Parallel()
	d := newDisk()
	s, sc, _ := answering(t, d, nil)
	begin := func() (*store.Run, intake.Receipt) {
		t.Helper()
		in := store.Intake{Webhook: 1, Scenario: sc.id, Version: sc.version, Run: true, Received: s.clock.Now(), Input: []value.Value{value.Collection()}}
		run, ok := s.store.Begin(in, s.fence(sc.id))
		if !ok {
			t.Fatal("the execution did not begin early")
		}
		s.await(run.ID)
		s.settleLater(run)
		return run, intake.Receipt{ID: run.ID, Early: true}
	}
	run, receipt := begin()
	if _, answered, err := (*queue)(s).Await(t.Context(), receipt, 0); answered || err != nil {
		t.Errorf("got an answer %v, error %v; want neither", answered, err)
	}
	if e, err := s.store.Execution(t.Context(), run.ID); err != nil || e.Status != store.Queued {
		t.Errorf("got status %s (%v), want it to wait in the store", e.Status, err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	run, receipt = begin()
	if _, _, err := (*queue)(s).Await(gone, receipt, time.Hour); err != nil {
		t.Errorf("a caller who has gone: %v", err)
	}
	if !run.Kept() {
		t.Error("the delivery of a caller who has gone was not kept")
	}
	_, receipt = begin()
	d.free.Store(0)
	if _, _, err := (*queue)(s).Await(t.Context(), receipt, 0); !errors.Is(err, intake.ErrNotKept) || !errors.Is(err, intake.ErrStorageFull) {
		t.Errorf("with a full disk: got %v, want that it was not kept", err)
	}
}
