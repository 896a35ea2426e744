package server

import (
	"testing"

	"github.com/ropeway/ropeway/internal/store"
)

// TestWhatANewerVersionRecordsIsLeftToIt has executions begin that ask for what this version does not know, and tells the node what it does
// not understand: nothing is done, and nothing is lost.
func TestWhatANewerVersionRecordsIsLeftToIt(t *testing.T) {
	t.Parallel()
	n := newNodes(t)
	one := n.join()
	id, path := one.add(n, "", hookFlow, put(2, "call"))
	hook := int64(one.hooksOf(id)[0].ID)
	var all []int64
	for _, in := range []store.Intake{{Mode: 1 << 20, Origin: store.ByHand}, {Mode: 1 << 20, Webhook: hook}, {Origin: store.ByRerun + 1}} {
		in.Scenario, in.Version, in.Received, in.Run = id, 1, one.clock.Now(), true
		accepted, err := one.store.Accept(t.Context(), []store.Intake{in})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, accepted[0].ID)
		one.leftOpen.Store(false)
		if err := one.Submit(t.Context(), accepted[0].ID); err != nil {
			t.Fatal(err)
		}
		until(t, "the node has tried it", one.leftOpen.Load)
	}
	const unknown = store.SignalKind(1 << 20)
	if err := one.tell(t.Context(), id, unknown, id); err != nil {
		t.Fatal(err)
	}
	if got := one.deliver(path, `{}`); got != "200 Accepted" {
		t.Fatalf("got %s", got)
	}
	one.finished(id, 1)
	if got := n.called("/call"); got != 1 {
		t.Errorf("got %d calls, want that of the delivery", got)
	}
	for _, execution := range all {
		if e, err := one.store.Execution(t.Context(), execution); err != nil || e.Status != store.Queued {
			t.Errorf("execution %d: got %s (%v), want it to wait", execution, e.Status, err)
		}
	}
	if at, err := one.store.OldestSignal(t.Context()); err != nil || at.IsZero() {
		t.Errorf("the signal is gone (%v)", err)
	}
}
