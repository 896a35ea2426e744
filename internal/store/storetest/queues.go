package storetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

// waiting takes n deliveries of webhook 3 in, for scenario 7.
func (b *bench) waiting(t *testing.T, n int) []store.Accepted {
	t.Helper()
	var list []store.Accepted
	for i := range n {
		list = append(list, b.accept(t, store.Intake{Webhook: 3, Scenario: 7, Input: []value.Value{bundle("n", i)}}))
	}
	return list
}

func queue(t *testing.T, b *bench) {
	accepted := b.waiting(t, 3)
	begun := b.accept(t, store.Intake{Webhook: 3, Scenario: 7, Run: true})
	b.accept(t, store.Intake{Webhook: 4, Scenario: 7})
	items, err := b.Queue(b.ctx, 3, 0, 2)
	must(t, err)
	equal(t, "items of the first page", len(items), 2)
	rest, err := b.Queue(b.ctx, 3, items[1].ID, 10)
	must(t, err)
	items = append(items, rest...)
	for i, want := range append(accepted, begun) {
		equal(t, fmt.Sprintf("item %d", i), items[i].ID, want.ID)
	}
	equal(t, "begun", items[3].Begun, true)
	newest, err := b.NewestQueued(b.ctx, 3)
	must(t, err)
	equal(t, "the newest", newest.ID == begun.ID && newest.Begun, true)
	last := b.accept(t, store.Intake{Webhook: 3, Scenario: 7, Input: []value.Value{bundle("n", 9)}})
	newest, err = b.NewestQueued(b.ctx, 3)
	must(t, err)
	equal(t, "the newest that has not begun", newest.ID == last.ID && !newest.Begun, true)
	_, err = b.DeleteItems(b.ctx, 3, []int64{last.ID})
	must(t, err)
	_, err = b.NewestQueued(b.ctx, 99)
	wantError(t, "newest of nothing", err, store.ErrNotFound)
	input, err := b.ItemInput(b.ctx, accepted[1].ID)
	must(t, err)
	sameBundles(t, "input", store.List(input), bundle("n", 1))
	number, _, _ := b.QueueTotal(3)
	equal(t, "total", number, 4)

	run, err := b.StartExecution(b.ctx, b.fence(7), store.NewExecution{Scenario: 7, Version: 1, Origin: store.ByWebhook, Item: accepted[0].ID})
	must(t, err)
	j, err := b.Load(b.ctx, run.ID)
	must(t, err)
	input, err = j.Input(b.ctx)
	must(t, err)
	sameBundles(t, "input of the execution", store.List(input), bundle("n", 0))
	equal(t, "webhook of the execution", j.Execution.Webhook, 3)
	equal(t, "status of the execution", j.Execution.Status, store.Queued)
	items, err = b.Queue(b.ctx, 3, 0, 1)
	must(t, err)
	equal(t, "it waits on as begun", items[0].Begun && items[0].ID == run.ID, true)
	number, _, _ = b.QueueTotal(3)
	equal(t, "total with it", number, 4)
	b.step(t, run, store.Step{Start: &store.Start{At: b.clock.Now(), Version: 1}})
	_, err = b.StartExecution(b.ctx, b.fence(7), store.NewExecution{Scenario: 7, Item: accepted[0].ID})
	wantError(t, "start with an item twice", err, store.ErrNotFound)

	removed, err := b.DeleteItems(b.ctx, 3, []int64{accepted[1].ID, run.ID, 999})
	must(t, err)
	equal(t, "removed", removed, 1)
	removed, err = b.ClearQueue(b.ctx, 3)
	must(t, err)
	equal(t, "cleared", removed, 2)
	number, bytes, _ := b.QueueTotal(3)
	equal(t, "number and bytes after clearing", [2]int64{number, bytes}, [2]int64{0, 0})
	_, err = b.Execution(b.ctx, begun.ID)
	wantError(t, "an execution that was cleared", err, store.ErrNotFound)
	number, _, _ = b.QueueTotal(4)
	equal(t, "another webhook's queue", number, 1)
}

// clearedBeforeBegin takes an execution out of the queue between its acceptance and its beginning: nothing of it comes back.
func clearedBeforeBegin(t *testing.T, b *bench) {
	for _, end := range []*store.End{nil, {At: b.clock.Now(), Status: store.Success}} {
		accepted := b.accept(t, store.Intake{Webhook: 3, Scenario: 7, Run: true})
		run := accepted.Run(7, b.fence(7))
		must2(t)(b.ClearQueue(b.ctx, 3))
		step := store.Step{Start: &store.Start{At: b.clock.Now(), Version: 1}, Operations: []store.Operation{{Address: "1/1"}}, End: end}
		for range 2 {
			_, err := b.Append(b.ctx, run, step)
			wantError(t, "the beginning of an execution that is gone", err, store.ErrNotFound)
		}
		number, _, _ := b.QueueTotal(3)
		equal(t, "number that waits", number, 0)
		_, err := b.Load(b.ctx, run.ID)
		wantError(t, "its journal", err, store.ErrNotFound)
	}
}

func queueLimits(t *testing.T, b *bench) {
	limited := store.Intake{Webhook: 3, Scenario: 7, Received: b.clock.Now(), Limits: store.QueueLimits{Number: 3}}
	for range 3 {
		b.accept(t, limited)
	}
	_, err := b.Accept(b.ctx, []store.Intake{limited})
	wantError(t, "one past the limit", err, store.ErrQueueFull)
	equal(t, "its kind", fault.KindOf(err), fault.OutOfSpace)
	fresh := limited
	fresh.Webhook = 4
	_, err = b.Accept(b.ctx, []store.Intake{fresh, fresh, limited})
	wantError(t, "a list with one too many", err, store.ErrQueueFull)
	number, _, _ := b.QueueTotal(4)
	equal(t, "kept of a refused list", number, 0)

	large := store.Intake{Webhook: 5, Received: b.clock.Now(), Input: []value.Value{value.Buffer(incompressible(1000), "binary")}}
	b.accept(t, large)
	_, bytes, _ := b.QueueTotal(5)
	large.Limits.Bytes = 2 * bytes
	b.accept(t, large)
	_, err = b.Accept(b.ctx, []store.Intake{large})
	wantError(t, "one payload past the bytes", err, store.ErrQueueFull)

	must2(t)(b.ClearQueue(b.ctx, 3))
	b.accept(t, limited)
}

func must2(t *testing.T) func(n int, err error) {
	t.Helper()
	return func(_ int, err error) {
		t.Helper()
		must(t, err)
	}
}

func duplicates(t *testing.T, b *bench) {
	in := store.Intake{Webhook: 3, Scenario: 7, Run: true, Key: []byte("delivery 1"), Window: time.Hour}
	first := b.accept(t, in)
	again := b.accept(t, in)
	equal(t, "duplicate", again.Duplicate, true)
	equal(t, "first delivery", again.ID, first.ID)
	other := in
	other.Webhook = 4
	equal(t, "the same key of another webhook", b.accept(t, other).Duplicate, false)
	list, err := b.Accept(b.ctx, []store.Intake{withKey(in, "a"), withKey(in, "b"), withKey(in, "a")})
	must(t, err)
	equal(t, "duplicate in one list", list[2].Duplicate && list[2].ID == list[0].ID, true)
	number, _, suppressed := b.QueueTotal(3)
	equal(t, "kept and suppressed", [2]int64{number, suppressed}, [2]int64{3, 2})

	b.restart(t)
	equal(t, "duplicate after reopening", b.accept(t, in).Duplicate, true)
	found, _, err := b.Delivered(b.ctx, 3, in.Key)
	must(t, err)
	equal(t, "found by its key", found, first.ID)
	b.clock.Advance(time.Hour)
	_, known, err := b.Delivered(b.ctx, 3, in.Key)
	must(t, err)
	equal(t, "found at the end of the window", known, false)
	equal(t, "at the end of the window", b.accept(t, in).Duplicate, false)
}

func withKey(in store.Intake, key string) store.Intake {
	in.Received, in.Key = time.Unix(0, 1), []byte(key)
	return in
}

func claims(t *testing.T, b *bench) {
	accepted := b.waiting(t, 5)
	run := b.running(t, 7)
	items, err := b.ClaimItems(b.ctx, run, 3, 3)
	must(t, err)
	equal(t, "claimed", len(items), 3)
	equal(t, "the oldest", items[0].ID, accepted[0].ID)
	other := b.running(t, 7)
	rest, err := b.ClaimItems(b.ctx, other, 3, 10)
	must(t, err)
	equal(t, "claimed by another one", len(rest), 2)
	must(t, b.ReleaseItems(b.ctx, other))

	b.step(t, run, store.Step{Cycle: &store.Cycle{CycleEnd: store.CycleEnd{Number: 1, At: b.clock.Now()}, Items: []int64{items[0].ID}}})
	b.step(t, run, store.Step{Cycle: &store.Cycle{CycleEnd: store.CycleEnd{Number: 2, RolledBack: true, At: b.clock.Now()}, Items: []int64{items[1].ID}}})
	number, _, _ := b.QueueTotal(3)
	equal(t, "waiting after one cycle and one rollback", number, 4)
	b.step(t, run, store.Step{End: &store.End{Status: store.Failed, At: b.clock.Now()}})
	rest, err = b.ClaimItems(b.ctx, other, 3, 10)
	must(t, err)
	equal(t, "free after the end", len(rest), 4)
	equal(t, "in the order of arrival", rest[0].ID, accepted[1].ID)
}

func cycles(t *testing.T, b *bench) {
	ds, err := b.SaveDataStore(b.ctx, store.DataStore{Name: "Contacts"})
	must(t, err)
	id := b.scenario(t)
	item := b.accept(t, store.Intake{Webhook: 3, Scenario: id})
	run := b.running(t, id)
	put := func(kind store.ChangeKind, key string, n int) store.RecordChange {
		return store.RecordChange{Store: ds.ID, Kind: kind, Key: key, Data: bundle("n", n)}
	}
	b.step(t, run, store.Step{Cycle: &store.Cycle{
		CycleEnd: store.CycleEnd{Number: 1, At: b.clock.Now()},
		Cursors:  []store.Cursor{{Module: 1, Data: []byte("cursor 1")}},
		Records:  []store.RecordChange{put(store.InsertRecord, "a", 1), put(store.PutRecord, "b", 2)},
	}})
	// The second insert of "a" is refused, and with it everything of its cycle.
	_, err = b.Append(b.ctx, run, store.Step{
		Operations: []store.Operation{b.operation("9")},
		Cycle: &store.Cycle{
			CycleEnd: store.CycleEnd{Number: 2, At: b.clock.Now()},
			Items:    []int64{item.ID},
			Cursors:  []store.Cursor{{Module: 1, Data: []byte("cursor 2")}},
			Records:  []store.RecordChange{put(store.PutRecord, "c", 3), put(store.InsertRecord, "a", 4)},
		},
	})
	wantError(t, "a cycle that inserts a key twice", err, store.ErrConflict)
	equal(t, "its kind", fault.KindOf(err), fault.DuplicateData)
	cursor, err := b.TriggerCursor(b.ctx, id, 1)
	must(t, err)
	equal(t, "cursor", string(cursor), "cursor 1")
	records, err := b.Records(b.ctx, ds.ID, "", 10)
	must(t, err)
	equal(t, "records", len(records), 2)
	number, _, _ := b.QueueTotal(3)
	equal(t, "payloads", number, 1)
	total, _ := b.DataStoreTotal(ds.ID)
	equal(t, "number of records", total, 2)
	j, err := b.Load(b.ctx, run.ID)
	must(t, err)
	equal(t, "recorded of the refused step", j.Len(), 0)
	equal(t, "recorded cycles", len(j.Cycles), 1)

	b.step(t, run, store.Step{Cycle: &store.Cycle{
		CycleEnd: store.CycleEnd{Number: 2, RolledBack: true, At: b.clock.Now()},
		Records:  []store.RecordChange{{Store: ds.ID, Kind: store.RemoveRecords}},
	}})
	total, _ = b.DataStoreTotal(ds.ID)
	equal(t, "records after a rollback", total, 2)
}

func schedules(t *testing.T, b *bench) {
	id := b.scenario(t)
	at := b.clock.Now().Add(time.Hour)
	must(t, b.Activate(b.ctx, id, true, at))
	due, err := b.DueScenarios(b.ctx, node, at.Add(-1), 10)
	must(t, err)
	equal(t, "due before the time", len(due), 0)
	next, err := b.NextDue(b.ctx)
	must(t, err)
	equal(t, "next", next.Equal(at), true)
	due, err = b.DueScenarios(b.ctx, node, at, 10)
	must(t, err)
	equal(t, "due at the time", len(due), 1)

	start := store.NewExecution{Scenario: id, Origin: store.BySchedule, Planned: at, Due: at.Add(time.Hour)}
	_, err = b.StartExecution(b.ctx, b.fence(id), start)
	must(t, err)
	_, err = b.StartExecution(b.ctx, b.fence(id), start)
	wantError(t, "the same time again", err, store.ErrConflict)
	c, err := b.Scenario(b.ctx, id)
	must(t, err)
	equal(t, "the times after the start", c.Planned.Equal(at) && c.Due.Equal(at.Add(time.Hour)), true)
	must(t, b.Activate(b.ctx, id, false, time.Time{}))
	next, err = b.NextDue(b.ctx)
	must(t, err)
	equal(t, "none is due", next.IsZero(), true)
}

// concurrentUse lets many goroutines do everything at once; the race detector watches, and the sums must fit.
func concurrentUse(t *testing.T, b *bench) {
	const workers, rounds = 8, 25
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for range rounds {
				b.oneRound(t, int64(w%3))
			}
		})
	}
	for range rounds {
		if _, err := b.History(b.ctx, store.HistoryFilter{}); err != nil {
			t.Errorf("history: %v", err)
		}
	}
	wg.Wait()
	var finished int64
	for scenario := range int64(3) {
		n, _ := b.HistoryTotal(scenario + 100)
		finished += n
	}
	equal(t, "finished executions", finished, workers*rounds)
	number, bytes, _ := b.QueueTotal(3)
	equal(t, "what waits", [2]int64{number, bytes}, [2]int64{0, 0})
	must(t, b.Check(b.ctx))
}

func (b *bench) oneRound(t *testing.T, n int64) {
	scenario := 100 + n
	a, err := b.Accept(b.ctx, []store.Intake{{Webhook: 3, Scenario: scenario, Run: true, Received: b.clock.Now(), Input: []value.Value{bundle("n", int(n))}}})
	if err != nil {
		t.Errorf("accept: %v", err)
		return
	}
	run := a[0].Run(scenario, b.fence(scenario))
	for i := range 3 {
		step := store.Step{Operations: []store.Operation{b.operation(fmt.Sprint(i), bundle("i", i))}}
		if i == 2 {
			step.End = &store.End{Status: store.Success, At: b.clock.Now(), Text: "round"}
		}
		if _, err := b.Append(b.ctx, run, step); err != nil {
			t.Errorf("append: %v", err)
		}
	}
	j, err := b.Load(b.ctx, run.ID)
	if err != nil || j.Len() != 3 {
		t.Errorf("load: got %v, error %v; want 3 results", j, err)
	}
}
