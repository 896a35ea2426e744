package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

// pair is two nodes with a store of their own each, open on the same place.
type pair struct{ one, two *bench }

// RunShared tests that stores which two nodes have open at once keep the contract between them. It is for stores that several
// processes may open: others refuse the second.
func RunShared(t *testing.T, open Open) {
	t.Helper()
	tests := []struct {
		name string
		test func(t *testing.T, p pair)
	}{
		{"take-over", takeOver},
		{"release", releaseToOther},
		{"race for leases", raceForLeases},
		{"ownership of partitions", sharedOwnership},
		{"time", sharedTime},
		{"a run that was taken over", runTakenOver},
		{"an early execution that was taken over", earlyTakenOver},
		{"identities", sharedIdentities},
		{"order of arrival", sharedOrder},
		{"duplicates", sharedDuplicates},
		{"totals", sharedTotals},
		{"queue cleared while it is worked off", clearedMeanwhile},
		{"records", sharedRecords},
		{"edits", sharedEdits},
		{"schedules", sharedSchedules},
		{"incomplete executions", sharedIncompletes},
		{"large payloads", sharedPayloads},
		{"audit log", sharedAudit},
		{"people", sharedPeople},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			one := newBench(t, open) // it has all leases
			two := &bench{ctx: one.ctx, open: open, place: one.place, clock: one.clock}
			s, err := open(t, two.place, two.clock)
			must(t, err)
			two.Store = s
			t.Cleanup(func() { must(t, s.Close()) })
			tc.test(t, pair{one, two})
		})
	}
}

// both does something on both nodes at the same time.
func (p pair) both(do func(b *bench) error) (one, two error) {
	var wg sync.WaitGroup
	wg.Go(func() { one = do(p.one) })
	wg.Go(func() { two = do(p.two) })
	wg.Wait()
	return one, two
}

// takeOver gives all leases to the second node, once those of the first one have ended.
func (p pair) takeOver(t *testing.T) {
	t.Helper()
	p.one.clock.Advance(leaseTime)
	var err error
	p.two.leases, err = p.two.AcquirePartitions(p.two.ctx, "node two", p.two.clock.Now(), leaseTime)
	must(t, err)
	equal(t, "leases of the second node", len(p.two.leases), store.Partitions)
}

func takeOver(t *testing.T, p pair) {
	none, err := p.two.AcquirePartitions(p.two.ctx, "node two", p.two.clock.Now(), leaseTime)
	must(t, err)
	equal(t, "leases while the first node holds them", len(none), 0)
	p.takeOver(t)

	renewed, err := p.one.RenewPartitions(p.one.ctx, p.one.leases, p.one.clock.Now(), leaseTime)
	must(t, err)
	equal(t, "renewed by the first node", len(renewed), 0)
	must(t, p.one.ReleasePartitions(p.one.ctx, p.one.leases))
	_, err = p.one.StartExecution(p.one.ctx, p.one.fence(1), store.NewExecution{Scenario: 1})
	wantError(t, "start by the first node", err, store.ErrFenced)
	p.two.running(t, 1)
}

func releaseToOther(t *testing.T, p pair) {
	must(t, p.one.ReleasePartitions(p.one.ctx, p.one.leases[:50]))
	got, err := p.two.AcquirePartitions(p.two.ctx, "node two", p.two.clock.Now(), leaseTime)
	must(t, err)
	equal(t, "leases after a release", len(got), 50)
	back, err := p.one.AcquirePartitions(p.one.ctx, node, p.one.clock.Now(), leaseTime)
	must(t, err)
	equal(t, "leases that are left for the first node", len(back), store.Partitions-50)
}

func raceForLeases(t *testing.T, p pair) {
	for round := range 10 {
		p.one.clock.Advance(2 * leaseTime)
		got := map[*bench][]store.Lease{}
		var mu sync.Mutex
		one, two := p.both(func(b *bench) error {
			name := "node one"
			if b == p.two {
				name = "node two"
			}
			list, err := b.AcquirePartitions(b.ctx, name, b.clock.Now(), leaseTime)
			mu.Lock()
			defer mu.Unlock()
			got[b] = list
			return err
		})
		must(t, errors.Join(one, two))
		owners := map[int]int{}
		for _, list := range got {
			for _, l := range list {
				owners[l.Partition]++
			}
		}
		equal(t, fmt.Sprintf("round %d: partitions with an owner", round), len(owners), store.Partitions)
		equal(t, fmt.Sprintf("round %d: leases", round), len(got[p.one])+len(got[p.two]), store.Partitions)
	}
}

func runTakenOver(t *testing.T, p pair) {
	run := p.one.running(t, 7)
	p.one.step(t, run, store.Step{Operations: []store.Operation{p.one.operation("1", bundle("x", 1))}})
	p.takeOver(t)
	j, err := p.two.Load(p.two.ctx, run.ID)
	must(t, err)
	equal(t, "results that the second node finds", j.Len(), 1)
	taken := j.Run(p.two.fence(7))

	// What both write at once: one of them owns the partition.
	fenced, err := p.both(func(b *bench) error {
		mine := run
		if b == p.two {
			mine = taken
		}
		_, err := b.Append(b.ctx, mine, store.Step{Operations: []store.Operation{b.operation("2", bundle("x", 2))}})
		return err
	})
	wantError(t, "append by the first node", fenced, store.ErrFenced)
	must(t, err)
	p.two.step(t, taken, store.Step{End: &store.End{Status: store.Success, At: p.two.clock.Now()}})
	_, err = p.one.Append(p.one.ctx, run, store.Step{End: &store.End{Status: store.Failed, At: p.one.clock.Now()}})
	wantError(t, "end by the first node", err, store.ErrFenced)
	e, err := p.one.Execution(p.one.ctx, run.ID)
	must(t, err)
	equal(t, "status that the first node sees", e.Status, store.Success)
}

func sharedIdentities(t *testing.T, p pair) {
	const each = 1500 // more than either reserves at once
	var mu sync.Mutex
	seen := map[int64]bool{}
	one, two := p.both(func(b *bench) error {
		for range each / 10 {
			list := make([]store.Intake, 10)
			for i := range list {
				list[i] = store.Intake{Webhook: 3, Scenario: 7, Received: b.clock.Now(), Run: i%2 == 0}
			}
			got, err := b.Accept(b.ctx, list)
			if err != nil {
				return err
			}
			mu.Lock()
			for _, a := range got {
				seen[a.ID] = true
			}
			mu.Unlock()
		}
		return nil
	})
	must(t, errors.Join(one, two))
	equal(t, "different numbers", len(seen), 2*each)
	for _, b := range []*bench{p.one, p.two} {
		number, _, _ := b.QueueTotal(3)
		equal(t, "payloads that wait", number, 2*each)
	}
}

// sharedOrder has what comes to the nodes in turn numbered in the order in which it came.
func sharedOrder(t *testing.T, p pair) {
	last := int64(0)
	for i := range 20 {
		b := []*bench{p.one, p.two}[i%2]
		a := b.accept(t, store.Intake{Webhook: 3, Scenario: 7, Received: b.clock.Now()})
		if a.ID <= last {
			t.Errorf("delivery %d has number %d and the one before it %d", i+1, a.ID, last)
		}
		last = a.ID
		b.clock.Advance(time.Second)
	}
}

func sharedDuplicates(t *testing.T, p pair) {
	const keys = 40
	var mu sync.Mutex
	first, repeats := map[int]map[int64]bool{}, 0
	one, two := p.both(func(b *bench) error {
		for i := range keys {
			in := store.Intake{Webhook: 3, Scenario: 7, Run: true, Received: b.clock.Now(), Key: fmt.Append(nil, "key ", i), Window: time.Hour}
			got, err := b.Accept(b.ctx, []store.Intake{in})
			if err != nil {
				return err
			}
			mu.Lock()
			if first[i] == nil {
				first[i] = map[int64]bool{}
			}
			first[i][got[0].ID] = true
			if got[0].Duplicate {
				repeats++
			}
			mu.Unlock()
		}
		return nil
	})
	must(t, errors.Join(one, two))
	for i, ids := range first {
		equal(t, fmt.Sprintf("numbers for key %d", i), len(ids), 1)
	}
	equal(t, "duplicates", repeats, keys)
	number, _, suppressed := p.one.QueueTotal(3)
	equal(t, "kept and suppressed", [2]int64{number, suppressed}, [2]int64{keys, keys})
}

func sharedTotals(t *testing.T, p pair) {
	team := p.one.scenario(t)
	for range 3 {
		p.one.finished(t, team, store.End{Summary: store.Summary{Operations: 2}})
	}
	a := p.two.accept(t, store.Intake{Webhook: 3, Scenario: team, Input: []value.Value{bundle("n", 1)}})
	b := p.one.accept(t, store.Intake{Webhook: 3, Scenario: team, Input: []value.Value{bundle("n", 2)}})
	p.takeOver(t)
	for range 2 {
		p.two.finished(t, team, store.End{Summary: store.Summary{Operations: 2}})
	}
	number, bytes := p.one.HistoryTotal(team)
	other, otherBytes := p.two.HistoryTotal(team)
	equal(t, "history", [2]int64{number, bytes}, [2]int64{other, otherBytes})
	equal(t, "finished executions", number, 5)
	all, allBytes := p.one.HistoryTotal(0)
	equal(t, "history of all", [2]int64{all, allBytes}, [2]int64{number, bytes})
	n, err := p.one.DeleteItems(p.one.ctx, 3, []int64{a.ID, b.ID})
	must(t, err)
	equal(t, "removed", n, 2)
	waiting, left, _ := p.two.QueueTotal(3)
	equal(t, "what is left", [2]int64{waiting, left}, [2]int64{})
	_, sum, err := p.one.Statistics(p.one.ctx, store.StatisticFilter{From: p.one.clock.Now().Add(-time.Hour), Until: p.one.clock.Now().Add(time.Hour), Step: time.Hour})
	must(t, err)
	equal(t, "counted ends and operations", [2]int64{sum.Ended[store.Success], sum.Operations}, [2]int64{5, 10})

	swept, err := p.two.Sweep(p.two.ctx, store.Budgets{All: store.Budget{Bytes: 1}})
	must(t, err)
	equal(t, "swept", swept.Executions, 5)
	number, bytes = p.one.HistoryTotal(0)
	equal(t, "history after the sweep", [2]int64{number, bytes}, [2]int64{})
}

// clearedMeanwhile has one node begin with what the other one removes from the queue: each payload goes one way.
func clearedMeanwhile(t *testing.T, p pair) {
	const payloads = 40
	accepted := make([]store.Accepted, payloads)
	for i := range accepted {
		accepted[i] = p.two.accept(t, store.Intake{Webhook: 3, Scenario: 7, Run: true, Input: []value.Value{bundle("n", i)}})
	}
	begun, removed := 0, 0
	one, two := p.both(func(b *bench) error {
		if b == p.two {
			n, err := b.ClearQueue(b.ctx, 3)
			removed = n
			return err
		}
		for i := range accepted {
			run := accepted[i].Run(7, b.fence(7))
			_, err := b.Append(b.ctx, run, store.Step{Start: &store.Start{At: b.clock.Now(), Version: 1}, Operations: []store.Operation{b.operation("1", bundle("x", i))}})
			if err == nil {
				begun++
			} else if !errors.Is(err, store.ErrNotFound) {
				return err
			}
		}
		return nil
	})
	must(t, errors.Join(one, two))
	equal(t, "begun and removed", begun+removed, payloads)
	open, err := p.one.OpenExecutions(p.one.ctx, store.PartitionOf(7), 0, store.MaxPage)
	must(t, err)
	equal(t, "open executions", len(open), begun)
	number, bytes, _ := p.one.QueueTotal(3)
	equal(t, "what waits", [2]int64{number, bytes}, [2]int64{})
}

func sharedRecords(t *testing.T, p pair) {
	ds, err := p.one.SaveDataStore(p.one.ctx, store.DataStore{Name: "Contacts"})
	must(t, err)
	const keys = 30
	inserted := map[*bench]int{}
	var mu sync.Mutex
	one, two := p.both(func(b *bench) error {
		for i := range keys {
			key := fmt.Sprint("key ", i)
			err := b.ChangeRecords(b.ctx, []store.RecordChange{{Store: ds.ID, Kind: store.InsertRecord, Key: key, Data: bundle("n", i)}})
			if err == nil {
				mu.Lock()
				inserted[b]++
				mu.Unlock()
			} else if !errors.Is(err, store.ErrConflict) {
				return err
			}
			if err := b.ChangeRecords(b.ctx, []store.RecordChange{{Store: ds.ID, Kind: store.PutRecord, Key: key + "!", Data: value.Bool(b == p.two)}}); err != nil {
				return err
			}
		}
		return nil
	})
	must(t, errors.Join(one, two))
	equal(t, "inserted", inserted[p.one]+inserted[p.two], keys)
	number, _ := p.two.DataStoreTotal(ds.ID)
	equal(t, "records", number, 2*keys)
	one, two = p.both(func(b *bench) error {
		return b.ChangeRecords(b.ctx, []store.RecordChange{{Store: ds.ID, Kind: store.RemoveRecords}})
	})
	must(t, errors.Join(one, two))
	number, bytes := p.one.DataStoreTotal(ds.ID)
	equal(t, "after all are removed", [2]int64{number, bytes}, [2]int64{})
}

// oneOf tells that exactly one of two was let through, and the other one refused.
func oneOf(t *testing.T, what string, one, two error) {
	t.Helper()
	refused := errors.Join(one, two)
	if (one == nil) == (two == nil) || !errors.Is(refused, store.ErrConflict) {
		t.Errorf("%s: got errors %v and %v, want one and only one of them refused", what, one, two)
	}
}

func sharedEdits(t *testing.T, p pair) {
	id := p.one.scenario(t)
	for range 10 {
		c, err := p.two.Scenario(p.two.ctx, id)
		must(t, err)
		one, two := p.both(func(b *bench) error {
			_, _, _, err := b.SaveScenario(b.ctx, store.SaveScenario{Scenario: id, Revision: c.Revision, Name: "Changed", Blueprint: []byte(`{"flow":[]}`)})
			return err
		})
		oneOf(t, "two changes of one revision", one, two)
	}
	versions, err := p.one.ScenarioVersions(p.one.ctx, id, 0, store.MaxPage)
	must(t, err)
	equal(t, "versions", len(versions), 11)
	one, two := p.both(func(b *bench) error {
		_, err := b.SaveDataStore(b.ctx, store.DataStore{Name: "The same"})
		return err
	})
	oneOf(t, "two data stores of one name", one, two)
}

func sharedSchedules(t *testing.T, p pair) {
	id := p.one.scenario(t)
	planned := p.one.clock.Now().Add(time.Minute)
	p.two.leases = p.one.leases // as if both believed to own it
	one, two := p.both(func(b *bench) error {
		_, err := b.StartExecution(b.ctx, b.fence(id), store.NewExecution{Scenario: id, Origin: store.BySchedule, Planned: planned, Due: planned.Add(time.Hour)})
		return err
	})
	oneOf(t, "two starts of one time", one, two)
}

func sharedIncompletes(t *testing.T, p pair) {
	id := p.one.scenario(t)
	p.one.finished(t, id, store.End{Status: store.Warning, Incomplete: []store.NewIncomplete{{Module: 1, Address: "1", Data: bundle("x", 1)}}})
	list, err := p.two.Incompletes(p.two.ctx, store.IncompleteFilter{Scenario: id})
	must(t, err)
	equal(t, "incomplete executions that the other node sees", len(list), 1)
	one, two := p.both(func(b *bench) error {
		_, err := b.ChangeIncomplete(b.ctx, store.ChangeIncomplete{ID: list[0].ID, Revision: list[0].Revision, State: store.Resolved})
		return err
	})
	oneOf(t, "two decisions", one, two)
	number, bytes := p.one.IncompleteTotal(id)
	equal(t, "what is left", [2]int64{number, bytes}, [2]int64{})
}

// sharedPayloads has both nodes keep and drop the same large payload.
func sharedPayloads(t *testing.T, p pair) {
	large := value.Buffer(incompressible(300_000), "binary")
	for range 5 {
		accepted := map[*bench]store.Accepted{}
		var mu sync.Mutex
		one, two := p.both(func(b *bench) error {
			got, err := b.Accept(b.ctx, []store.Intake{{Webhook: 3, Scenario: 7, Received: b.clock.Now(), Input: []value.Value{large}}})
			if err == nil {
				mu.Lock()
				accepted[b] = got[0]
				mu.Unlock()
			}
			return err
		})
		must(t, errors.Join(one, two))
		_, err := p.two.DeleteItems(p.two.ctx, 3, []int64{accepted[p.one].ID})
		must(t, err)
		input, err := p.one.ItemInput(p.one.ctx, accepted[p.two].ID)
		must(t, err)
		sameBundles(t, "the payload that is left", store.List(input), large)
		one, two = p.both(func(b *bench) error {
			_, err := b.DeleteItems(b.ctx, 3, []int64{accepted[p.two].ID})
			return err
		})
		must(t, errors.Join(one, two))
	}
	number, bytes, _ := p.one.QueueTotal(3)
	equal(t, "what waits", [2]int64{number, bytes}, [2]int64{})
}

func sharedAudit(t *testing.T, p pair) {
	const each = 20
	one, two := p.both(func(b *bench) error {
		for i := range each {
			if err := b.Audit(b.ctx, store.AuditEntry{Actor: "ann", Action: "test", Subject: fmt.Sprint("thing ", i)}); err != nil {
				return err
			}
		}
		return nil
	})
	must(t, errors.Join(one, two))
	must(t, p.two.Check(p.two.ctx))
	entries, err := p.one.AuditLog(p.one.ctx, store.AuditFilter{Limit: store.MaxPage})
	must(t, err)
	equal(t, "entries", len(entries), 2*each)
}

func sharedPeople(t *testing.T, p pair) {
	one, two := p.both(func(b *bench) error {
		email := "ann@example.com"
		if b == p.two {
			email = "bob@example.com"
		}
		_, err := b.FoundInstallation(b.ctx, store.User{Email: email, Name: "First", Administrator: true}, store.Joining{Organization: store.FirstOrganization, Role: "owner"})
		return err
	})
	oneOf(t, "two first users", one, two)
	one, two = p.both(func(b *bench) error {
		_, err := b.CreateUser(b.ctx, store.User{Email: "carl@example.com", Name: "Carl"})
		return err
	})
	oneOf(t, "two users of one address", one, two)
}
