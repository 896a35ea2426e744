package server

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/store"
)

// TestQueueIsPausedAtAnyNode pauses a webhook at the node that does not run its scenario, and lets it go on there.
func TestQueueIsPausedAtAnyNode(t *testing.T) {
	t.Parallel()
	n := newNodes(t)
	one, two := n.join(), n.join()
	until(t, "two nodes share", func() bool { return shared(one, two) })
	id, path := one.add(n, "", hookFlow, put(2, "call"))
	owner, other := ownerOf(t, id, one, two)
	until(t, "both know of the webhook", func() bool { return len(owner.hooksOf(id)) == 1 && len(other.hooksOf(id)) == 1 })
	hooks := other.control().Services().Webhooks
	hook := int64(other.hooksOf(id)[0].ID)
	pause := func(on bool) {
		t.Helper()
		w, err := hooks.Get(t.Context(), hook)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := hooks.Change(t.Context(), hook, w.Revision, api.WebhookChange{Paused: &on}); err != nil {
			t.Fatal(err)
		}
		until(t, "the owner hears of it", func() bool { return (len(owner.hooksOf(id)) == 0) == on })
	}
	pause(true)
	for _, m := range []*member{owner, other} {
		if got := m.deliver(path, `{}`); got != "200 Accepted" {
			t.Errorf("a webhook that is paused answered %s, want that it takes in", got)
		}
	}
	queue, err := owner.control().Services().Queues.List(t.Context(), hook, 0, 10)
	if err != nil || len(queue) != 2 || n.called("/call") != 0 {
		t.Errorf("got %d payloads (%v) and %d calls, want two that wait", len(queue), err, n.called("/call"))
	}
	pause(false)
	owner.finished(id, 2)
	if got := n.called("/call"); got != 2 {
		t.Errorf("got %d calls, want 2", got)
	}
}

// TestDecisionsAtAnyNode retries what was set aside, and repeats an execution, at the node that does not run the scenario.
func TestDecisionsAtAnyNode(t *testing.T) {
	t.Parallel()
	const set = `{"id":2,"module":"http:ActionSendData","version":3,"parameters":{"handleErrors":true},"mapper":{"url":"UP/broken","method":"put",` +
		`"bodyType":"raw","contentType":"text/plain","data":"x"},"onerror":[{"id":9,"module":"builtin:Break","version":1,"mapper":{"retry":false}}]}`
	n := newNodes(t)
	one, two := n.join(), n.join()
	until(t, "two nodes share", func() bool { return shared(one, two) })
	id, path := one.add(n, `"dlq":true`, hookFlow, set, put(3, "after"))
	owner, other := ownerOf(t, id, one, two)
	const sent = 3
	for range sent {
		if got := owner.deliver(path, `{}`); got != "200 Accepted" {
			t.Fatalf("got %s", got)
		}
	}
	over := func(number int) (list []store.Execution) {
		t.Helper()
		until(t, fmt.Sprint(number, " executions are over"), func() bool {
			var err error
			if list, err = owner.store.History(t.Context(), store.HistoryFilter{Scenario: id, Limit: store.MaxPage}); err != nil {
				t.Fatal(err)
			}
			return len(list) == number
		})
		return list
	}
	over(sent)
	services := other.control().Services()
	list, err := services.Incompletes.List(t.Context(), api.IncompleteFilter{Scenario: id, Limit: 10})
	if err != nil || len(list) != sent {
		t.Fatalf("got %d incomplete executions (%v), want %d", len(list), err, sent)
	}
	n.mended.Store(true)
	if _, err := services.Incompletes.Decide(t.Context(), list[0].ID, list[0].Revision, api.Decision{Action: "retry"}); err != nil {
		t.Fatal(err)
	}
	over(sent + 1)
	done, err := services.Incompletes.RetryMany(t.Context(), api.RetryMany{IDs: []int64{list[1].ID, list[2].ID}})
	if err != nil {
		t.Fatal(err)
	}
	all := over(2 * sent)
	if got := n.called("/after"); got != sent {
		said, _ := json.Marshal(done)
		t.Errorf("got %d calls behind what was set aside, want %d: %s", got, sent, said)
	}
	for i := range all {
		if all[i].Origin == store.ByRetry && all[i].Status != store.Success {
			t.Errorf("a retry ended as %s", all[i].Status)
		}
	}
	until(t, "nothing is left of what was set aside", func() bool {
		left, err := owner.control().Services().Incompletes.List(t.Context(), api.IncompleteFilter{Scenario: id, Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		return len(left) == 0
	})

	started, err := services.Executions.Replay(t.Context(), all[len(all)-1].ID, api.Replay{Newest: true}) // of the first delivery
	if err != nil {
		t.Fatal(err)
	}
	over(2*sent + 1)
	e, err := owner.store.Execution(t.Context(), started.Execution)
	if err != nil || e.Status != store.Success || e.Origin != store.ByReplay {
		t.Errorf("got %+v (%v), want a repetition that succeeded", e, err)
	}
}
