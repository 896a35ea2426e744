package storetest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

func leases(t *testing.T, b *bench) {
	now := b.clock.Now()
	other, err := b.AcquirePartitions(b.ctx, "node two", now, leaseTime)
	must(t, err)
	equal(t, "leases of another node while they are held", len(other), 0)

	renewed, err := b.RenewPartitions(b.ctx, b.leases[:100], now.Add(leaseTime/2), leaseTime)
	must(t, err)
	equal(t, "renewed", len(renewed), 100)

	must(t, b.ReleasePartitions(b.ctx, b.leases[200:]))
	other, err = b.AcquirePartitions(b.ctx, "node two", now, leaseTime)
	must(t, err)
	equal(t, "leases of another node after a release", len(other), store.Partitions-200)

	other, err = b.AcquirePartitions(b.ctx, "node two", now.Add(leaseTime), leaseTime)
	must(t, err)
	equal(t, "leases of another node after the end of those not renewed", len(other), store.Partitions-100)
	for _, l := range other[:100] {
		if old := b.leases[l.Partition].Epoch; l.Epoch <= old {
			t.Errorf("partition %d: got epoch %d, want more than %d", l.Partition, l.Epoch, old)
		}
	}
	renewed, err = b.RenewPartitions(b.ctx, b.leases, now.Add(leaseTime), leaseTime)
	must(t, err)
	equal(t, "renewed after the loss of the rest", len(renewed), 100)
}

func fencing(t *testing.T, b *bench) {
	run, kept := b.running(t, 1), b.running(t, 2)
	b.clock.Advance(2 * leaseTime)
	_, err := b.AcquirePartitions(b.ctx, "node two", b.clock.Now(), leaseTime)
	must(t, err)

	_, err = b.Append(b.ctx, run, store.Step{Operations: []store.Operation{b.operation("1")}})
	wantError(t, "append with a lost lease", err, store.ErrFenced)
	_, err = b.Append(b.ctx, kept, store.Step{End: &store.End{Status: store.Success, At: b.clock.Now()}})
	wantError(t, "end with a lost lease", err, store.ErrFenced)
	_, err = b.StartExecution(b.ctx, b.fence(1), store.NewExecution{Scenario: 1})
	wantError(t, "start with a lost lease", err, store.ErrFenced)

	j, err := b.Load(b.ctx, run.ID)
	must(t, err)
	equal(t, "results after a refused append", j.Len(), 0)
	equal(t, "status after a refused end", j.Execution.Status, store.Running)
	_, err = b.StartExecution(b.ctx, store.Fence{}, store.NewExecution{Scenario: 1})
	wantError(t, "start without a lease", err, store.ErrFenced)
}

func acceptance(t *testing.T, b *bench) {
	in := store.Intake{Webhook: 3, Scenario: 7, Version: 2, Received: b.clock.Now(), Input: []value.Value{bundle("n", 1)}, Run: true, Name: "first"}
	list, err := b.Accept(b.ctx, []store.Intake{in, in, in})
	must(t, err)
	for i := 1; i < len(list); i++ {
		if list[i].ID <= list[i-1].ID {
			t.Errorf("got number %d after %d, want them to rise in the order of arrival", list[i].ID, list[i-1].ID)
		}
	}
	waiting, err := b.Queue(b.ctx, 3, 0, 0)
	must(t, err)
	equal(t, "waiting executions", len(waiting), 3)
	equal(t, "their order", waiting[0].ID, list[0].ID)
	byHand := b.accept(t, store.Intake{Scenario: 7, Version: 2, Run: true, Origin: store.ByHand})
	open, err := b.OpenExecutions(b.ctx, store.PartitionOf(7), 0, 0)
	must(t, err)
	equal(t, "open executions without a webhook", len(open), 1)
	equal(t, "their number", open[0].ID, byHand.ID)
	equal(t, "their status", open[0].Status, store.Queued)
	equal(t, "their seed", open[0].Seed, byHand.Seed)
	partitions, err := b.OpenPartitions(b.ctx, node)
	must(t, err)
	equal(t, "partitions with open executions", fmt.Sprint(partitions), fmt.Sprint([]int{store.PartitionOf(7)}))

	j, err := b.Load(b.ctx, list[1].ID)
	must(t, err)
	input, err := j.Input(b.ctx)
	must(t, err)
	sameBundles(t, "input", store.List(input), bundle("n", 1))
	equal(t, "name", j.Execution.Name, "first")
	equal(t, "time", j.Execution.Accepted.Equal(in.Received), true)
	waits, input, err := b.Waiting(b.ctx, list[1].ID)
	must(t, err)
	sameBundles(t, "input of what waits", store.List(input), bundle("n", 1))
	equal(t, "what waits", fmt.Sprint(waits.ID, waits.Scenario, waits.Version, waits.Webhook, waits.Seed), fmt.Sprint(list[1].ID, 7, 2, 3, list[1].Seed))

	run := list[0].Run(7, b.fence(7))
	b.step(t, run, store.Step{Start: &store.Start{At: b.clock.Now(), Version: 5}, Operations: []store.Operation{b.operation("1", bundle("y", 2))}})
	number, _, _ := b.QueueTotal(3)
	equal(t, "payloads that wait after one has begun", number, 2)
	e, err := b.Execution(b.ctx, run.ID)
	must(t, err)
	equal(t, "status after the start", e.Status, store.Running)
	equal(t, "version after the start", e.Version, 5)
	_, _, err = b.Waiting(b.ctx, run.ID)
	wantError(t, "one that has begun does not wait", err, store.ErrNotFound)
}

func recovery(t *testing.T, b *bench) {
	a := b.accept(t, store.Intake{Scenario: 7, Version: 2, Input: []value.Value{bundle("n", 1)}, Run: true})
	run := a.Run(7, b.fence(7))
	failure := fault.New(fault.Connection, "The service is away.").WithHint("wait").WithField("url").WithDelay(time.Minute)
	broken := b.operation("2/1")
	broken.Err = failure
	broken.Exchanges = []value.Value{bundle("status", 503)}
	broken.Changes = []store.RecordChange{{Store: 4, Kind: store.PutRecord, Key: "k", Data: bundle("v", 1)}}
	b.step(t, run, store.Step{Operations: []store.Operation{b.operation("1", bundle("x", 1), bundle("x", 2)), broken}})
	b.step(t, run, store.Step{Cycle: &store.Cycle{CycleEnd: store.CycleEnd{Number: 1, RolledBack: true, At: b.clock.Now()}}})
	b.restart(t)

	open, err := b.OpenExecutions(b.ctx, store.PartitionOf(7), 0, 10)
	must(t, err)
	if len(open) != 1 || open[0].ID != a.ID {
		t.Fatalf("got open executions %v, want number %d", open, a.ID)
	}
	j, err := b.Load(b.ctx, a.ID)
	must(t, err)
	r, found, err := j.Find(b.ctx, "1")
	must(t, err)
	equal(t, "found the result", found, true)
	sameBundles(t, "result", r.Bundles, bundle("x", 1), bundle("x", 2))
	equal(t, "hash of the input", r.InputHash, 42)
	equal(t, "times", r.Started.Equal(b.clock.Now()) && r.Finished.Equal(b.clock.Now().Add(time.Millisecond)), true)
	r, _, err = j.Find(b.ctx, "2/1")
	must(t, err)
	equal(t, "failure", fmt.Sprintf("%+v", r.Err), fmt.Sprintf("%+v", failure))
	equal(t, "exchanges", len(r.Exchanges), 1)
	equal(t, "staged change", r.Changes[0].Key+r.Changes[0].Data.JSON(), `k{"v":1}`)
	if _, found, err = j.Find(b.ctx, "3"); found || err != nil {
		t.Errorf("an address without a result: got found %v, error %v", found, err)
	}
	equal(t, "recorded cycles", fmt.Sprint(j.Cycles), fmt.Sprint([]store.CycleEnd{{Number: 1, RolledBack: true, At: b.clock.Now()}}))

	again := j.Run(b.fence(7))
	b.step(t, again, store.Step{Operations: []store.Operation{b.operation("3", bundle("x", 3))}, End: &store.End{Status: store.Success, At: b.clock.Now()}})
	j, err = b.Load(b.ctx, a.ID)
	must(t, err)
	var addresses []string
	for r, err := range j.Operations(b.ctx, 0) {
		must(t, err)
		addresses = append(addresses, r.Address)
	}
	equal(t, "order of the journal", strings.Join(addresses, " "), "1 2/1 3")
	chosenOperations(t, b, a.ID)
	open, err = b.OpenExecutions(b.ctx, store.PartitionOf(7), 0, 10)
	must(t, err)
	equal(t, "open executions after the end", len(open), 0)
	partitions, err := b.OpenPartitions(b.ctx, node)
	must(t, err)
	equal(t, "partitions with open executions after the end", len(partitions), 0)
	_, err = b.Append(b.ctx, again, store.Step{End: &store.End{Status: store.Failed, At: b.clock.Now()}})
	wantError(t, "a second end", err, store.ErrNotFound)
}

// chosenOperations looks at parts of a journal with the addresses 1, 2/1 (which failed) and 3.
func chosenOperations(t *testing.T, b *bench, execution int64) {
	for filter, want := range map[store.OperationFilter]string{
		{}:                        "1 2/1 3",
		{Limit: 2}:                "1 2/1",
		{After: 1, Limit: 1}:      "2/1",
		{Module: 1}:               "1 2/1",
		{Module: 1, Failed: true}: "2/1",
		{Module: 3, Failed: true}: "",
		{Module: 9}:               "",
	} {
		list, err := b.OperationsWhere(b.ctx, execution, filter)
		must(t, err)
		var got []string
		for _, r := range list {
			got = append(got, r.Address)
			one, err := b.Operation(b.ctx, execution, r.Sequence)
			must(t, err)
			equal(t, "one operation", one.Address, r.Address)
		}
		equal(t, fmt.Sprintf("operations of %+v", filter), strings.Join(got, " "), want)
	}
	_, err := b.Operation(b.ctx, execution, 99)
	wantError(t, "an operation that is not there", err, store.ErrNotFound)
	_, err = b.Operation(b.ctx, execution, 0)
	wantError(t, "the input as an operation", err, store.ErrNotFound)
}

// many is a Bundles that is not in memory.
type many int

func (m many) Len() int { return int(m) }

func (m many) At(i int) (value.Value, error) {
	return value.Collection(value.F("i", value.Int(i)), value.F("text", value.Text(strings.Repeat("lorem ", 20)))), nil
}

func largeResults(t *testing.T, b *bench) {
	const bundles = 20_000
	large := value.Collection(value.F("file", value.Buffer(incompressible(600<<10), "binary")))
	run := b.running(t, 9)
	spread := b.operation("1")
	spread.Bundles = many(bundles)
	b.step(t, run, store.Step{Operations: []store.Operation{spread, b.operation("2", large), b.operation("3", bundle("x", 1), large)}})
	j, err := b.Load(b.ctx, run.ID)
	must(t, err)
	r, _, err := j.Find(b.ctx, "1")
	must(t, err)
	equal(t, "bundles", r.Bundles.Len(), bundles)
	for _, i := range []int{0, 1, 9_999, bundles - 1, 5} {
		got, err := r.Bundles.At(i)
		must(t, err)
		want, _ := many(bundles).At(i)
		if !value.Equal(got, want) {
			t.Errorf("bundle %d: got %s, want %s", i, got.JSON(), want.JSON())
		}
	}
	r, _, err = j.Find(b.ctx, "2")
	must(t, err)
	sameBundles(t, "a large bundle", r.Bundles, large)
	r, _, err = j.Find(b.ctx, "3")
	must(t, err)
	sameBundles(t, "a large bundle behind a small one", r.Bundles, bundle("x", 1), large)
	n := 0
	for _, err := range j.Operations(b.ctx, 0) {
		must(t, err)
		n++
	}
	equal(t, "operations in the walk", n, 3)
}

// incompressible makes bytes that no compression shortens.
func incompressible(n int) []byte {
	data := make([]byte, n)
	x := uint64(1)
	for i := range data {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		data[i] = byte(x)
	}
	return data
}

func intentsAndCheckpoints(t *testing.T, b *bench) {
	run := b.running(t, 9)
	b.step(t, run, store.Step{
		Operations: []store.Operation{b.operation("1")},
		Intents:    []store.Intent{{Address: "2", Started: b.clock.Now(), InputHash: 7, Request: bundle("body", 1)}},
		Checkpoint: []byte("first"),
	})
	b.step(t, run, store.Step{
		Operations: []store.Operation{b.operation("2")},
		Intents:    []store.Intent{{Address: "3", Started: b.clock.Now(), InputHash: 8, Request: bundle("body", 2)}},
		Checkpoint: []byte("second"),
	})
	j, err := b.Load(b.ctx, run.ID)
	must(t, err)
	equal(t, "checkpoint", string(j.Checkpoint), "second")
	open, err := j.OpenIntents(b.ctx)
	must(t, err)
	if len(open) != 1 || open[0].Address != "3" || !open[0].Intent || !value.Equal(open[0].Request, bundle("body", 2)) {
		t.Fatalf("got open intents %+v, want the one of 3", open)
	}
	r, _, err := j.Find(b.ctx, "2")
	must(t, err)
	equal(t, "a result hides its intent", r.Intent, false)
	r, _, err = j.Find(b.ctx, "3")
	must(t, err)
	equal(t, "an intent is found", r.Intent && r.InputHash == 8, true)
	b.step(t, run, store.Step{End: &store.End{Status: store.Success, At: b.clock.Now()}})
	j, err = b.Load(b.ctx, run.ID)
	must(t, err)
	equal(t, "checkpoint after the end", len(j.Checkpoint), 0)
}

func reopening(t *testing.T, b *bench) {
	a := b.accept(t, store.Intake{Webhook: 3, Scenario: 7, Input: []value.Value{bundle("n", 1)}})
	before := b.leases[0].Epoch
	b.restart(t)
	if after := b.leases[0].Epoch; after <= before {
		t.Errorf("epoch after reopening: got %d, want more than %d", after, before)
	}
	number, bytes, _ := b.QueueTotal(3)
	if number != 1 || bytes <= 0 {
		t.Errorf("queue after reopening: got %d payloads of %d bytes, want 1", number, bytes)
	}
	next := b.accept(t, store.Intake{Webhook: 3, Scenario: 7})
	equal(t, "the next number", next.ID, a.ID+1)
	must(t, b.Check(b.ctx))
	must(t, b.Close())
	_, err := b.Accept(b.ctx, []store.Intake{{Webhook: 3}})
	wantError(t, "accept after closing", err, store.ErrClosed)
	b.start(t)
}

func givingUp(t *testing.T, b *bench) {
	ctx, cancel := context.WithCancel(b.ctx)
	cancel()
	var saved int
	for range 50 {
		a, err := b.Accept(ctx, []store.Intake{{Webhook: 3, Received: b.clock.Now()}})
		if err == nil && len(a) == 1 {
			saved++
			continue
		}
		wantError(t, "accept after giving up", err, store.ErrNotSaved)
	}
	number, _, _ := b.QueueTotal(3)
	equal(t, "payloads that are there against those acknowledged", int(number), saved)
}

func ends(t *testing.T, b *bench) {
	id := b.scenario(t)
	must(t, b.Activate(b.ctx, id, true, b.clock.Now()))
	kept := bundle("count", 5)
	run := b.running(t, id)
	done := b.step(t, run, store.Step{End: &store.End{Status: store.Failed, At: b.clock.Now(), Kept: &kept, Errors: store.CountError, ErrorsMax: 2}})
	equal(t, "deactivated at the first error", done.Deactivated, false)
	v, err := b.Kept(b.ctx, id)
	must(t, err)
	equal(t, "kept variables", v.JSON(), `{"count":5}`)
	run = b.running(t, id)
	done = b.step(t, run, store.Step{End: &store.End{Status: store.Failed, At: b.clock.Now(), Errors: store.CountError, ErrorsMax: 2}})
	equal(t, "deactivated at the second error", done.Deactivated, true)
	c, err := b.Scenario(b.ctx, id)
	must(t, err)
	equal(t, "active", c.Active, false)
	equal(t, "consecutive errors", c.Errors, 2)

	must(t, b.Activate(b.ctx, id, true, time.Time{}))
	b.finished(t, id, store.End{Status: store.Failed, Errors: store.CountError, ErrorsMax: 2})
	b.finished(t, id, store.End{Errors: store.ResetErrors})
	b.finished(t, id, store.End{Status: store.Failed, Deactivate: true, Invalid: "The connection is gone."})
	c, err = b.Scenario(b.ctx, id)
	must(t, err)
	equal(t, "consecutive errors after a success", c.Errors, 0)
	equal(t, "invalid", c.Invalid, "The connection is gone.")
	must(t, b.Activate(b.ctx, id, true, time.Time{}))
	c, err = b.Scenario(b.ctx, id)
	must(t, err)
	equal(t, "invalid after it was started again", c.Invalid, "")
}

func confidential(t *testing.T, b *bench) {
	secret := value.Collection(value.F("secret", value.Text("swordfish")))
	a := b.accept(t, store.Intake{Scenario: 7, Run: true, Input: []value.Value{secret}})
	run := a.Run(7, b.fence(7))
	b.step(t, run, store.Step{Operations: []store.Operation{b.operation("1", secret)}, Checkpoint: []byte("swordfish")})
	b.step(t, run, store.Step{Operations: []store.Operation{b.operation("2", secret)}, End: &store.End{Status: store.Success, At: b.clock.Now(), DropData: true}})
	j, err := b.Load(b.ctx, a.ID)
	must(t, err)
	equal(t, "results after the end", j.Len(), 0)
	equal(t, "checkpoint after the end", len(j.Checkpoint), 0)
	_, err = j.Input(b.ctx)
	wantError(t, "input after the end", err, store.ErrNotFound)
	equal(t, "status", j.Execution.Status, store.Success)
}
