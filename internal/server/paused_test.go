package server

import (
	"testing"
)

// TestPausedNodeSendsNothingThatWaited has calls wait for a connection to their host while a node is paused for longer than it owns its
// partitions: they are not sent when it goes on, since another node may have made them meanwhile.
func TestPausedNodeSendsNothingThatWaited(t *testing.T) {
	t.Parallel()
	n := newNodes(t)
	one := n.join()
	id, path := one.add(n, "", hookFlow, put(2, "slow"))
	const atOnce, more = 64, 8
	for range atOnce + more {
		if got := one.deliver(path, `{}`); got != "200 Accepted" {
			t.Fatalf("got %s", got)
		}
	}
	until(t, "as many calls as go to one host, and others that wait", func() bool {
		running, _ := one.Load()
		return n.called("/slow") == atOnce && running == atOnce+more
	})
	one.untend()
	one.tending.Wait()
	one.clock.ahead.Add(int64(sharedLeaseTime))
	for range atOnce {
		n.gate <- struct{}{}
	}
	until(t, "all have left", func() bool {
		running, _ := one.Load()
		return running == 0
	})
	if got := n.called("/slow"); got != atOnce {
		t.Errorf("got %d calls, want none after the deadline beside the %d before", got, atOnce)
	}
	for range more {
		n.gate <- struct{}{}
	}
	one.renewOnce(t.Context())
	one.finished(id, atOnce+more)
	if got := n.called("/slow"); got != atOnce+more {
		t.Errorf("got %d calls, want %d", got, atOnce+more)
	}
}
