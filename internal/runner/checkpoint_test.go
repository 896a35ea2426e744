package runner_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/engine"
	"github.com/ropeway/ropeway/internal/runner"
)

// checkpointJournal keeps checkpoints besides, and fails with the first write behind one.
type checkpointJournal struct {
	memoryJournal
	checkpoint []byte
	refused    error
	crash      bool
}

var _ runner.Checkpoints = (*checkpointJournal)(nil)

func (j *checkpointJournal) Checkpoint(context.Context) ([]byte, error) { return j.checkpoint, nil }

func (j *checkpointJournal) Refused(cause error) { j.refused = cause }

func (j *checkpointJournal) Write(ctx context.Context, step runner.Step) error {
	if j.crash && j.checkpoint != nil {
		return os.ErrClosed
	}
	if err := j.memoryJournal.Write(ctx, step); err != nil {
		return err
	}
	if step.Checkpoint != nil {
		j.checkpoint = step.Checkpoint
	}
	return nil
}

// TestACheckpointStandsForNothingUnwritten ends executions with the first write behind a checkpoint. Going on from there, every result is
// in the journal in the end: none was taken for written that was not.
func TestACheckpointStandsForNothingUnwritten(t *testing.T) {
	t.Parallel()
	const bundles = 3000
	flow := fmt.Sprintf(`[{"id":1,"module":"test:Many","version":1,"mapper":{"count":%d}},{"id":2,"module":"test:Act","version":1,"mapper":{"i":"{{1.i}}"}}]`, bundles)
	for _, atOnce := range []int{1, 16} {
		t.Run(fmt.Sprintf("%d at once", atOnce), func(t *testing.T) {
			t.Parallel()
			p := compile(t, catalog{"test:Many": many, "test:Act": echo}, flow, fmt.Sprintf(`{"bundlesAtOnce":%d}`, atOnce))
			r := &runner.Runner{Clock: clock.NewFake(start)}
			j := &checkpointJournal{memoryJournal: memoryJournal{results: map[string]runner.Entry{}}, crash: true}
			o := runner.Options{Journal: j, Config: engine.Config{ID: "1", Seed: 1, Started: start}}
			if _, err := r.Run(context.Background(), p, o); !errors.Is(err, os.ErrClosed) || j.checkpoint == nil || len(j.results) >= bundles {
				t.Fatalf("got %v, with %d results and a checkpoint of %d bytes; want a crash behind a checkpoint", err, len(j.results), len(j.checkpoint))
			}
			j.crash = false
			report := run(t, r, p, o)
			if report.Modules[1].Operations != bundles || len(j.results) != bundles+1 || j.refused != nil {
				t.Errorf("got %d operations, %d results, refusal %v; want %d, %d and none", report.Modules[1].Operations, len(j.results), j.refused, bundles, bundles+1)
			}
		})
	}
}

func TestARefusedCheckpointIsReplayed(t *testing.T) {
	t.Parallel()
	p := compile(t, catalog{"test:Many": many, "test:Act": echo}, `[{"id":1,"module":"test:Many","version":1,"mapper":{"count":3}}]`, `{}`)
	j := &checkpointJournal{memoryJournal: memoryJournal{results: map[string]runner.Entry{}}, checkpoint: []byte("another")}
	report := run(t, &runner.Runner{Clock: clock.NewFake(start)}, p, runner.Options{Journal: j})
	if report.Operations != 1 || j.refused == nil {
		t.Errorf("got %d operations, refusal %v; want 1 and a reason", report.Operations, j.refused)
	}
}

// TestARestartBringsTheNextCheckpointNearer ends an execution twice before it has a thousand results of its own: what the second life has
// found recorded counts, so that however short lives are, there is a checkpoint.
func TestARestartBringsTheNextCheckpointNearer(t *testing.T) {
	t.Parallel()
	p := compile(t, catalog{"test:Many": many, "test:Act": echo},
		`[{"id":1,"module":"test:Many","version":1,"mapper":{"count":3000}},{"id":2,"module":"test:Act","version":1,"mapper":{"i":"{{1.i}}"}}]`, `{}`)
	j := &checkpointJournal{memoryJournal: memoryJournal{results: map[string]runner.Entry{}}}
	o := runner.Options{Journal: j, Config: engine.Config{ID: "1", Seed: 1, Started: start}}
	for life, checkpoint := range []bool{false, true} {
		j.failAt = j.writes + 700
		if _, err := (&runner.Runner{Clock: clock.NewFake(start)}).Run(t.Context(), p, o); !errors.Is(err, os.ErrClosed) || (j.checkpoint != nil) != checkpoint {
			t.Errorf("life %d: got %v, a checkpoint %v; want a crash and %v", life, err, j.checkpoint != nil, checkpoint)
		}
	}
}
