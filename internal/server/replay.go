package server

import (
	"context"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/store"
)

// Replay says how an execution is run again.
type Replay struct {
	Execution int64
	From      int  // module; 0 = from the trigger
	Newest    bool // by the newest version of the scenario
}

// StartReplay records an execution that runs a finished one again, from the same input, and returns its number.
func StartReplay(ctx context.Context, data *store.Store, r Replay) (int64, error) {
	if r.From != 0 || r.Newest {
		return 0, fault.New(fault.InvalidConfiguration, "An execution can only be run again from its trigger, by the version that it ran with.")
	}
	j, err := data.Load(ctx, r.Execution)
	if err != nil {
		return 0, err
	}
	e := &j.Execution
	if !e.Status.Finished() {
		return 0, fault.Wrap(fault.Data, store.ErrConflict, "The execution is not over yet.").WithHint("wait for its end, or cancel it")
	}
	input, err := j.Input(ctx)
	if err != nil {
		return 0, err
	}
	return accept(ctx, data, store.Intake{
		Scenario: e.Scenario, Version: e.Version, Received: e.Accepted, Input: input, Name: e.Name, Origin: store.ByReplay, Source: e.ID,
	})
}
