package server

import (
	"context"
	"errors"
	"fmt"
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

const answeringNodes = `{"id":2,"module":"util:ComposeTransformer","version":1,"parameters":{},"mapper":{"value":"{{upper(1.name)}}"}},` +
	`{"id":3,"module":"gateway:WebhookRespond","version":1,"parameters":{},"mapper":{"status":"201","body":"{{2.value}}"}}`

const answeringFlow = `{"name":"answers","flow":[{"id":1,"module":"gateway:CustomWebHook","version":1,"parameters":{"hook":1},"mapper":{}},` +
	answeringNodes + `],"metadata":{"version":1}}`

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

// TestAnswersOfNodes has two nodes answer what they compute: the one that runs the scenario in one write, the other by leaving it to that.
func TestAnswersOfNodes(t *testing.T) {
	t.Parallel()
	n := newNodes(t)
	one, two := n.join(), n.join()
	until(t, "two nodes share", func() bool { return shared(one, two) })
	id, path := one.add(n, "", hookFlow, answeringNodes)
	owner, other := ownerOf(t, id, one, two)
	until(t, "the other node knows of the webhook", func() bool { return other.scenario(id) != nil })
	const each = 20
	for i := range each {
		for _, m := range []*member{owner, other} {
			if got, want := m.deliver(path, fmt.Sprintf(`{"name":"ada %d"}`, i)), fmt.Sprintf("201 ADA %d", i); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		}
	}
	seen := map[int64]bool{}
	for _, e := range owner.finished(id, 2*each) {
		seen[e.ID] = e.Status == store.Success
	}
	if len(seen) != 2*each {
		t.Errorf("got %d executions, want %d", len(seen), 2*each)
	}
}

// TestEarlyExecutionOfAnotherNode takes the partition from a node between the beginning of an execution and its end: the delivery is kept,
// and the node that has the partition works it off.
func TestEarlyExecutionOfAnotherNode(t *testing.T) {
	t.Parallel()
	n := newNodes(t)
	one, two := n.join(), n.join()
	until(t, "two nodes share", func() bool { return shared(one, two) })
	id, path := one.add(n, "", hookFlow, answeringNodes)
	loser, heir := ownerOf(t, id, one, two)
	if got := loser.deliver(path, `{"name":"ada"}`); got != "201 ADA" { // there are numbers to take now
		t.Fatalf("got %s", got)
	}
	sc := loser.scenario(id)
	begin := func() *execution {
		in := store.Intake{Webhook: 1, Scenario: id, Version: sc.version, Run: true, Received: loser.clock.Now(), Input: []value.Value{value.Collection()}}
		var run *store.Run
		until(t, "an execution that begins early", func() bool {
			var ok bool
			if run, ok = loser.store.Begin(in, loser.fence(id)); !ok {
				loser.deliver(path, `{}`)
			}
			return ok
		})
		return &execution{
			id: run.ID, root: run.ID, origin: store.ByWebhook, seed: run.Seed, fence: loser.fence(id), queued: true, input: in.Input, hasInput: true,
			journal: newJournal(loser.store, loser.dataStores, run),
		}
	}
	before, computed := begin(), begin()
	h := loser.lease.enter(computed.fence)
	loser.untend() // as by SIGSTOP
	loser.tending.Wait()
	loser.clock.ahead.Add(int64(sharedLeaseTime))
	until(t, "its partitions are taken over", func() bool { return len(heir.lease.kept()) == store.Partitions })
	if !loser.perform(t.Context(), sc, before) {
		t.Error("an execution of a partition that is lost was not left in the store")
	}
	computed.holding = h
	if !loser.execute(t.Context(), sc, computed) {
		t.Error("an execution whose partition was lost while it computed was not left in the store")
	}
	for _, e := range []*execution{before, computed} {
		until(t, "the other node has worked it off", func() bool {
			found, err := heir.store.Execution(t.Context(), e.id)
			return err == nil && found.Status == store.Success
		})
	}
}
