package server

import (
	"context"
	"strconv"

	"github.com/ropeway/ropeway/internal/engine"
	"github.com/ropeway/ropeway/internal/outbound"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

// dryAtOnce is how many dry runs of one scenario run at the same time. They have a line of their own, so that nothing real waits for them.
const dryAtOnce = 4

// lineOf is the line in which an execution waits for its turn: that of its scenario, or that of the dry runs of it.
func lineOf(scenario int64, mode store.Mode) int64 {
	if mode&store.DryRun != 0 {
		return -scenario
	}
	return scenario
}

// dry reports whether the execution is a dry run.
func (e *execution) dry() bool { return e.mode&store.DryRun != 0 }

// modeOf returns the mode of an execution that is to be a dry run or not.
func modeOf(dry bool) store.Mode {
	if dry {
		return store.DryRun
	}
	return 0
}

// guarded closes the door to the network for everything but reads, where the execution is a dry run.
func (e *execution) guarded(ctx context.Context) context.Context {
	if e.dry() {
		return outbound.DryRun(ctx)
	}
	return ctx
}

// Fields of the recorded input of an execution that runs with sample data.
const (
	pinnedField  = "pinned"  // bundles by the number of a module
	startedField = "started" // the input without them
)

// withSamples writes sample data into the recorded input of an execution, so that it is the same after a restart.
func withSamples(pinned map[int][]value.Value, input []value.Value) []value.Value {
	b := value.NewBuilder(len(pinned))
	for id, bundles := range pinned {
		b.Set(strconv.Itoa(id), value.Array(bundles...))
	}
	return []value.Value{value.Collection(value.F(pinnedField, b.Build()), value.F(startedField, value.Array(input...)))}
}

// withoutSamples reads what withSamples has written. Only the mode of the execution says that it has: what a webhook was sent may look like it.
func withoutSamples(mode store.Mode, input []value.Value) (pinned map[int][]value.Value, rest []value.Value) {
	if mode&store.WithSamples == 0 || len(input) != 1 {
		return nil, input
	}
	pinned = map[int][]value.Value{}
	for name, bundles := range input[0].Get(pinnedField).Fields() {
		if id, err := strconv.Atoi(name); err == nil {
			pinned[id] = bundles.Items()
		}
	}
	return pinned, input[0].Get(startedField).Items()
}

// startWithSample has a trigger put out its sample data in place of looking for something.
func (e *execution) startWithSample(plan *engine.Plan, c *engine.Config) {
	first, kind := plan.Trigger()
	if bundles, ok := e.pinned[first]; ok && kind.Waits() && !c.HasInput && c.Resume == nil {
		c.HasInput, c.Input = true, bundles
	}
}
