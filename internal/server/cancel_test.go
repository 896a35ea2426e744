package server

import (
	"fmt"
	"slices"
	"testing"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

// waiting lists the executions of a scenario that are not over, the oldest first, when there are so many.
func (m *member) waiting(scenario int64, number int) []int64 {
	m.t.Helper()
	var ids []int64
	until(m.t, fmt.Sprintf("%d executions of scenario %d that are not over", number, scenario), func() bool {
		open, err := m.store.OpenHistory(m.t.Context(), store.HistoryFilter{Scenario: scenario, Limit: store.MaxPage})
		if err != nil {
			m.t.Fatal(err)
		}
		ids = ids[:0]
		for i := range open {
			ids = append(ids, open[i].ID)
		}
		return len(ids) == number
	})
	slices.Sort(ids)
	return ids
}

// stopped waits until an execution is cancelled.
func (m *member) stopped(id int64) {
	m.t.Helper()
	until(m.t, fmt.Sprintf("execution %d is cancelled", id), func() bool {
		e, err := m.store.Execution(m.t.Context(), id)
		return err == nil && e.Status == store.Stopped
	})
}

// oneAfterTheOther makes two nodes that share a sequential scenario, whose only call is slow.
func oneAfterTheOther(t *testing.T, n *nodes) (scenario int64, path string, owner, other *member) {
	t.Helper()
	one, two := n.join(), n.join()
	until(t, "two nodes share", func() bool { return shared(one, two) })
	scenario, path = one.add(n, `"sequential":true`, hookFlow, put(2, "slow"))
	owner, other = ownerOf(t, scenario, one, two)
	return scenario, path, owner, other
}

// TestWhatWaitsIsCancelled cancels executions that have not begun, at the node that would run them and at the other one, while the one
// before them does not end.
func TestWhatWaitsIsCancelled(t *testing.T) {
	t.Parallel()
	n := newNodes(t)
	id, path, owner, other := oneAfterTheOther(t, n)
	if got := owner.deliver(path, `{}`); got != "200 Accepted" {
		t.Fatalf("got %s", got)
	}
	until(t, "the first call", func() bool { return n.called("/slow") == 1 })
	const more = lineLength + 10 // the last ones wait in the store alone
	bundle := value.Collection()
	for range more { // past the limits of a webhook
		if _, err := owner.control().Services().Queues.Test(t.Context(), int64(owner.hooksOf(id)[0].ID), api.Sample{Bundle: &bundle}); err != nil {
			t.Fatal(err)
		}
	}
	all := owner.waiting(id, more+1)
	for i, at := range []*member{owner, other, other} {
		execution := all[[]int{1, 2, more}[i]]
		if err := at.Cancel(t.Context(), execution); err != nil {
			t.Fatal(err)
		}
		other.stopped(execution)
	}
	if got := n.called("/slow"); got != 1 {
		t.Errorf("got %d calls, want that of the one that runs", got)
	}
	for range more - 2 {
		n.gate <- struct{}{}
	}
	until(t, "the others run", func() bool { return n.called("/slow") == more-2 })
	owner.waiting(id, 0)
	until(t, "none may be cancelled when all are over", func() bool { // that is forgotten behind the end
		owner.mu.Lock()
		defer owner.mu.Unlock()
		return len(owner.cancels) == 0
	})
}

// TestWhatIsDeletedDoesNotBegin deletes at one node what waits in the memory of the other one.
func TestWhatIsDeletedDoesNotBegin(t *testing.T) {
	t.Parallel()
	n := newNodes(t)
	one, two := n.join(), n.join()
	until(t, "two nodes share", func() bool { return shared(one, two) })
	id, path := one.add(n, `"sequential":true`, hookFlow, put(2, "slow"), put(3, "after"))
	owner, other := ownerOf(t, id, one, two)
	for i := range 4 {
		if got := owner.deliver(path, fmt.Sprintf(`{"n":%d}`, i)); got != "200 Accepted" {
			t.Fatalf("got %s", got)
		}
		until(t, "the first call", func() bool { return n.called("/slow") == 1 })
	}
	all := owner.waiting(id, 4)
	hook := owner.hooksOf(id)[0]
	removed, err := other.control().Services().Queues.Delete(t.Context(), int64(hook.ID), all[1:3])
	if err != nil || removed != 2 {
		t.Fatalf("got %d removed (%v), want 2", removed, err)
	}
	until(t, "the owner hears it", func() bool {
		_, waiting := owner.dispatcher.Load(id)
		return waiting <= 1
	})
	n.gate <- struct{}{}
	n.gate <- struct{}{}
	owner.finished(id, 2)
	if slow, after := n.called("/slow"), n.called("/after"); slow != 2 || after != 2 {
		t.Errorf("got %d and %d calls, want 2 of each", slow, after)
	}
}

// TestWhatMayNotBeginIsCancelled cancels an execution of a scenario that was switched off since.
func TestWhatMayNotBeginIsCancelled(t *testing.T) {
	t.Parallel()
	n := newNodes(t)
	id, path, owner, other := oneAfterTheOther(t, n)
	for range 2 {
		if got := owner.deliver(path, `{}`); got != "200 Accepted" {
			t.Fatalf("got %s", got)
		}
	}
	all := owner.waiting(id, 2)
	if _, err := other.control().Services().Running.Stop(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	until(t, "the owner hears of the stop", func() bool { return owner.scenario(id) == nil })
	if err := other.Cancel(t.Context(), all[1]); err != nil {
		t.Fatal(err)
	}
	other.stopped(all[1])
	n.gate <- struct{}{}
	owner.waiting(id, 0)
}
