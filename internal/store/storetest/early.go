package storetest

import (
	"errors"
	"sync"
	"testing"

	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

// early is a delivery whose execution may begin before it is kept.
func (b *bench) early() store.Intake {
	return store.Intake{Webhook: 3, Scenario: 7, Version: 2, Received: b.clock.Now(), Input: []value.Value{bundle("n", 1)}, Run: true}
}

// begin begins an execution early.
func (b *bench) begin(t *testing.T, in store.Intake) *store.Run {
	t.Helper()
	b.accept(t, store.Intake{Webhook: 3, Scenario: 7}) // so that there are numbers to take
	run, ok := b.Begin(in, b.fence(7))
	if !ok {
		t.Fatal("the execution did not begin before its delivery was kept")
	}
	return run
}

// endStep is the end of an execution that has computed its answer.
func (b *bench) endStep() store.Step {
	return store.Step{
		Start: &store.Start{At: b.clock.Now(), Version: 2}, Operations: []store.Operation{b.operation("3", bundle("status", 200))},
		End: &store.End{Status: store.Success, At: b.clock.Now(), Summary: store.Summary{Operations: 2, Cycles: 1}},
	}
}

func earlyExecutions(t *testing.T, b *bench) {
	in := b.early()
	run := b.begin(t, in)
	_, err := b.Execution(b.ctx, run.ID)
	wantError(t, "an execution of which nothing is written", err, store.ErrNotFound)
	equal(t, "kept before its end", run.Kept(), false)
	b.step(t, run, b.endStep())
	equal(t, "kept with its end", run.Kept(), true)
	b.checkEnded(t, run)

	for name, refused := range map[string]store.Intake{
		"a delivery with a key": withKey(in, "a"), "one that waits in the queue": {Webhook: 3, Scenario: 7}, "one for another node": {Scenario: 7, Run: true, Tell: true},
	} {
		if _, ok := b.Begin(refused, b.fence(7)); ok {
			t.Errorf("%s began before it was kept", name)
		}
	}

	kept := b.begin(t, in)
	must(t, b.Keep(b.ctx, kept))
	must(t, b.Keep(b.ctx, kept))
	waiting, _, err := b.Waiting(b.ctx, kept.ID)
	must(t, err)
	equal(t, "status of one that is kept", waiting.Status, store.Queued)
	before, _, _ := b.QueueTotal(3)
	b.step(t, kept, b.endStep())
	after, _, _ := b.QueueTotal(3)
	equal(t, "payloads that wait less after its end", before-after, 1)
	b.checkEnded(t, kept)

	longer := b.begin(t, in)
	b.step(t, longer, store.Step{Operations: []store.Operation{b.operation("1", bundle("x", 1))}})
	equal(t, "kept with what it writes before its end", longer.Kept(), true)
	b.step(t, longer, b.endStep())
	b.checkEnded(t, longer)

	limited := in
	limited.Limits.Number = 1
	full := b.begin(t, limited)
	_, err = b.Append(b.ctx, full, b.endStep())
	wantError(t, "an end for whose delivery there is no room", err, store.ErrQueueFull)
	wantError(t, "a delivery that there is no room for", b.Keep(b.ctx, full), store.ErrQueueFull)
	_, err = b.Execution(b.ctx, full.ID)
	wantError(t, "what is left of it", err, store.ErrNotFound)

	lost, ok := b.Begin(in, store.Fence{Partition: store.PartitionOf(7), Epoch: 99})
	equal(t, "begun without a lease", ok, true)
	_, err = b.Append(b.ctx, lost, b.endStep())
	wantError(t, "an end without a lease", err, store.ErrFenced)

	secret := b.begin(t, in)
	end := b.endStep()
	end.End.DropData = true
	b.step(t, secret, end)
	j, err := b.Load(b.ctx, secret.ID)
	must(t, err)
	_, err = j.Input(b.ctx)
	wantError(t, "the input of what is confidential", err, store.ErrNotFound)
}

// checkEnded looks at an execution that ended as endStep says, now and after a restart.
func (b *bench) checkEnded(t *testing.T, run *store.Run) {
	t.Helper()
	for range 2 {
		j, err := b.Load(b.ctx, run.ID)
		must(t, err)
		e := j.Execution
		equal(t, "status", e.Status, store.Success)
		equal(t, "webhook", e.Webhook, 3)
		equal(t, "seed", e.Seed, run.Seed)
		equal(t, "operations", e.Summary.Operations, 2)
		equal(t, "whether it began", e.Started.IsZero(), false)
		input, err := j.Input(b.ctx)
		must(t, err)
		sameBundles(t, "input", store.List(input), bundle("n", 1))
		list, err := b.History(b.ctx, store.HistoryFilter{Scenario: 7})
		must(t, err)
		equal(t, "the newest in the history", list[0].ID, run.ID)
		_, bytes := b.HistoryTotal(7)
		if e.Bytes == 0 || bytes < e.Bytes {
			t.Errorf("got %d bytes of the execution and %d of the history, want the first within the second", e.Bytes, bytes)
		}
		b.restart(t)
	}
}

// endBesideDelivery has deliveries kept and their executions ended at the same time, in whichever order and in one commit or two.
func endBesideDelivery(t *testing.T, b *bench) {
	const executions = 200
	before, _, _ := b.QueueTotal(3)
	var wg sync.WaitGroup
	errs := make([]error, 2*executions)
	runs := make([]*store.Run, executions)
	for i := range runs {
		run, ok := b.Begin(b.early(), b.fence(7))
		if !ok {
			b.accept(t, store.Intake{Webhook: 4, Scenario: 7})
			run, _ = b.Begin(b.early(), b.fence(7))
		}
		runs[i] = run
		wg.Go(func() { errs[2*i] = b.Keep(b.ctx, run) })
		wg.Go(func() { _, errs[2*i+1] = b.Append(b.ctx, run, b.endStep()) })
	}
	wg.Wait()
	must(t, errors.Join(errs...))
	seen := map[int64]bool{}
	for _, run := range runs {
		e, err := b.Execution(b.ctx, run.ID)
		must(t, err)
		equal(t, "status", e.Status, store.Success)
		seen[run.ID] = true
	}
	equal(t, "different executions", len(seen), executions)
	after, _, _ := b.QueueTotal(3)
	equal(t, "payloads that wait", after, before)
	must(t, b.Check(b.ctx))
}

// earlyTakenOver has a node lose its leases while an execution that began early computes: what it computed does not count, and the node
// that has the leases works the delivery off once that is kept.
func earlyTakenOver(t *testing.T, p pair) {
	run, left := p.one.begin(t, p.one.early()), p.one.begin(t, p.one.early())
	p.takeOver(t)
	if _, ok := p.one.Begin(p.one.early(), p.one.fence(7)); ok {
		t.Error("an execution began early with a number of a block whose time is over")
	}
	_, err := p.one.Append(p.one.ctx, run, p.one.endStep())
	wantError(t, "the end at the first node", err, store.ErrFenced)
	equal(t, "kept with it", run.Kept(), false)
	_, err = p.two.Execution(p.two.ctx, run.ID)
	wantError(t, "what the second node finds of it", err, store.ErrNotFound)

	must(t, p.one.Keep(p.one.ctx, run))
	_, err = p.one.Append(p.one.ctx, run, p.one.endStep())
	wantError(t, "the end at the first node behind the delivery", err, store.ErrFenced)
	j, err := p.two.Load(p.two.ctx, run.ID)
	must(t, err)
	equal(t, "status at the second node", j.Execution.Status, store.Queued)
	p.two.step(t, j.Run(p.two.fence(7)), p.two.endStep())
	e, err := p.one.Execution(p.one.ctx, run.ID)
	must(t, err)
	equal(t, "status that the first node sees", e.Status, store.Success)

	// Nothing was said of the other one, and nothing is there.
	_, err = p.two.Execution(p.two.ctx, left.ID)
	wantError(t, "one that nobody kept", err, store.ErrNotFound)
}
