package server

import (
	"slices"
	"testing"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/store"
)

// TestNodesAddOneKey has executions of two nodes add the same key at the same time: neither sees that of the other one, and the commit decides.
// The one that comes second fails, nothing of its cycle is written, and its scenario goes on.
func TestNodesAddOneKey(t *testing.T) {
	t.Parallel()
	n := newNodes(t)
	one, two := n.join(), n.join()
	until(t, "two nodes share", func() bool { return shared(one, two) })
	if _, err := one.store.SaveDataStore(t.Context(), store.DataStore{Name: "keys", Team: store.FirstTeam}); err != nil {
		t.Fatal(err)
	}
	add := `{"id":2,"module":"datastore:AddRecord","version":1,"parameters":{"datastore":"keys"},"mapper":{"key":"same","data":{"name":"{{1.name}}"}}}`
	own := `{"id":4,"module":"datastore:AddRecord","version":1,"parameters":{"datastore":"keys"},"mapper":{"key":"{{1.name}}","data":{"name":"{{1.name}}"}}}`
	var ids []int64
	for _, m := range []*member{one, two} {
		for {
			id, path := one.add(n, `"autoCommit":false`, hookFlow, own, add, put(3, "slow"))
			if !m.owns(id) {
				continue
			}
			ids = append(ids, id)
			if got := m.deliver(path, `{"name":"`+m.store.Node()+`"}`); got != "200 Accepted" {
				t.Fatalf("got %s", got)
			}
			break
		}
	}
	until(t, "both have added the key and not committed", func() bool { return n.called("/slow") == 2 })
	n.gate <- struct{}{}
	n.gate <- struct{}{}
	var ends []store.Execution
	until(t, "both are over", func() bool {
		ends = ends[:0]
		for _, id := range ids {
			list, err := one.store.History(t.Context(), store.HistoryFilter{Scenario: id})
			if err != nil {
				t.Fatal(err)
			}
			ends = append(ends, list...)
		}
		return len(ends) == 2
	})
	slices.SortFunc(ends, func(a, b store.Execution) int { return int(a.Status - b.Status) })
	if ends[0].Status != store.Success || ends[1].Status != store.Failed || ends[1].Summary.ErrorKind != fault.DuplicateData {
		t.Errorf("got %s and %s (%s: %s)", ends[0].Status, ends[1].Status, ends[1].Summary.ErrorKind, ends[1].Summary.ErrorMessage)
	}
	for _, id := range ids {
		if c, err := one.store.Scenario(t.Context(), id); err != nil || !c.Active {
			t.Errorf("scenario %d was switched off (%v)", id, err)
		}
	}
	data, err := one.store.DataStoreNamed(t.Context(), store.FirstTeam, "keys")
	if err != nil {
		t.Fatal(err)
	}
	records := 0
	for _, err := range one.store.EachRecord(t.Context(), data.ID) {
		if records++; err != nil {
			t.Fatal(err)
		}
	}
	if records != 2 {
		t.Errorf("got %d records, want the two of the one that came first", records)
	}
}
