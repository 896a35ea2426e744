package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

// node is who owns the partitions in tests that do not say otherwise.
const node = "node one"

// leaseTime is how long its leases last.
const leaseTime = time.Minute

// bench is a store under test with what most tests need: a clock, and the leases.
type bench struct {
	Store
	ctx    context.Context
	clock  *clock.Fake
	leases []store.Lease

	open  Open
	place string
}

func newBench(t *testing.T, open Open) *bench {
	t.Helper()
	b := &bench{
		ctx: t.Context(), open: open, place: t.TempDir(),
		clock: clock.NewFake(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)),
	}
	b.start(t)
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return b
}

func (b *bench) start(t *testing.T) {
	t.Helper()
	s, err := b.open(t, b.place, b.clock)
	must(t, err)
	b.Store = s
	b.leases, err = s.AcquirePartitions(b.ctx, node, b.clock.Now(), leaseTime)
	must(t, err)
	if len(b.leases) != store.Partitions {
		t.Fatalf("got %d leases, want %d", len(b.leases), store.Partitions)
	}
}

// restart closes the store and opens it again.
func (b *bench) restart(t *testing.T) {
	t.Helper()
	must(t, b.Close())
	b.start(t)
}

func (b *bench) fence(scenario int64) store.Fence {
	return b.leases[store.PartitionOf(scenario)].Fence
}

// scenario saves a scenario and returns its number.
func (b *bench) scenario(t *testing.T) int64 {
	t.Helper()
	return b.scenarioOf(t, store.FirstTeam)
}

// scenarioOf makes a scenario of a team.
func (b *bench) scenarioOf(t *testing.T, team int64) int64 {
	t.Helper()
	id, _, _, err := b.SaveScenario(b.ctx, store.SaveScenario{Team: team, Name: "Test", Blueprint: []byte(`{"flow":[]}`), Author: "ann"})
	must(t, err)
	return id
}

// accept takes one delivery in.
func (b *bench) accept(t *testing.T, in store.Intake) store.Accepted {
	t.Helper()
	if in.Received.IsZero() {
		in.Received = b.clock.Now()
	}
	a, err := b.Accept(b.ctx, []store.Intake{in})
	must(t, err)
	return a[0]
}

// running starts an execution of the scenario.
func (b *bench) running(t *testing.T, scenario int64) *store.Run {
	t.Helper()
	run, err := b.StartExecution(b.ctx, b.fence(scenario), store.NewExecution{Scenario: scenario, Version: 1, Origin: store.ByHand})
	must(t, err)
	return run
}

// finished runs an execution to its end.
func (b *bench) finished(t *testing.T, scenario int64, end store.End) int64 {
	t.Helper()
	run := b.running(t, scenario)
	if end.Status == store.Queued {
		end.Status = store.Success
	}
	end.At = b.clock.Now()
	b.step(t, run, store.Step{Operations: []store.Operation{b.operation("1", bundle("x", 1))}, End: &end})
	return run.ID
}

func (b *bench) step(t *testing.T, run *store.Run, step store.Step) store.Appended {
	t.Helper()
	done, err := b.Append(b.ctx, run, step)
	must(t, err)
	return done
}

func (b *bench) operation(address string, bundles ...value.Value) store.Operation {
	return store.Operation{
		Address: address, Started: b.clock.Now(), Finished: b.clock.Now().Add(time.Millisecond), InputHash: 42, Bundles: store.List(bundles),
	}
}

func bundle(key string, n int) value.Value {
	return value.Collection(value.F(key, value.Int(n)))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("got error %v, want none", err)
	}
}

func wantError(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: got error %v, want %v", what, err, want)
	}
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func sameBundles(t *testing.T, what string, got store.Bundles, want ...value.Value) {
	t.Helper()
	if got == nil || got.Len() != len(want) {
		t.Fatalf("%s: got %v, want %d bundles", what, got, len(want))
	}
	for i, w := range want {
		v, err := got.At(i)
		must(t, err)
		if !value.Equal(v, w) {
			t.Errorf("%s: bundle %d: got %s, want %s", what, i, v.JSON(), w.JSON())
		}
	}
}
