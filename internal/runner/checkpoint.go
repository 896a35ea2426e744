package runner

import (
	"context"
	"math"

	"github.com/ropeway/ropeway/internal/engine"
)

// begin makes the machine of an execution: from its last checkpoint where its journal has one that fits, else from its beginning.
func (e *execution) begin(ctx context.Context, config engine.Config) (*engine.Execution, error) {
	e.checkpointDue = math.MaxInt
	kept, ok := e.options.Journal.(Checkpoints)
	if !ok {
		return e.plan.Start(config), nil
	}
	e.checkpointDue = checkpointOperations
	checkpoint, err := kept.Checkpoint(ctx)
	if err != nil {
		return nil, err
	}
	if checkpoint == nil {
		return e.plan.Start(config), nil
	}
	x, err := e.plan.Restore(config, checkpoint)
	if lost := e.lostError(); lost != nil {
		return nil, lost
	}
	if err != nil {
		kept.Refused(err)
		return e.plan.Start(config), nil
	}
	return x, nil
}

// takeCheckpoint has the state of the engine written with the next results, when there are enough new ones.
func (e *execution) takeCheckpoint() {
	if e.results < e.checkpointDue {
		return
	}
	checkpoint := e.machine.Checkpoint()
	if checkpoint == nil {
		e.checkpointDue = e.results + checkpointAgain
		return
	}
	e.recorder.keep(checkpoint)
	e.checkpointDue = e.results + max(checkpointOperations, len(checkpoint)/checkpointBytes)
}
