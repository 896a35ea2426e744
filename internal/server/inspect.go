package server

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/engine"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/runner"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

// Limits of going through an execution again to show what went into its operations.
const (
	inspectionTime  = 10 * time.Second
	inspectionSteps = 1000 // of the engine, before it is asked whether enough was seen
)

// inspection goes through an execution again by what is recorded of it. Nothing is called and nothing is written: where a result is
// missing, it ends.
type inspection struct {
	ctx       context.Context //nolint:containedctx // of the one call that it serves; the engine's callbacks have no room for one
	plan      *engine.Plan
	journal   *journal
	execution int64
	over      bool
	changed   map[string]bool                  // addresses of operations whose input is not the recorded one
	open      map[string]bool                  // of those that have no result
	see       func(engine.Event) (enough bool) // of operations that ended, and then of those that have no result
	enough    bool
	err       error
}

// inspect prepares going through an execution. nil says that there is nothing to go through: it has not begun, or its data is gone.
func (c *Control) inspect(ctx context.Context, id int64) (*inspection, engine.Config, error) {
	j, err := c.Store.Load(ctx, id)
	if err != nil || j.Execution.Started.IsZero() {
		return nil, engine.Config{}, err
	}
	s := &Service{system: c.System, store: c.Store, clock: c.Clock, dataStores: newDataStores(c.Store)}
	sc, err := s.prepare(ctx, j.Execution.Scenario, j.Execution.Version, "", "")
	if err != nil {
		return nil, engine.Config{}, err
	}
	if sc.plan.Settings.Confidential && j.Execution.Status.Finished() {
		return nil, engine.Config{}, nil
	}
	e := &execution{id: id}
	if err := s.recallRecorded(ctx, sc.plan, e, j); err != nil {
		return nil, engine.Config{}, err
	}
	if sc.receive != nil && e.hasInput && len(e.input) == 1 {
		if e.input, err = sc.receive(e.input[0], e.started, e.seed); err != nil {
			return nil, engine.Config{}, err
		}
	}
	config, err := s.config(ctx, sc, e)
	return &inspection{
		ctx: ctx, plan: sc.plan, journal: e.journal, execution: id, over: j.Execution.Status.Finished(), changed: map[string]bool{}, open: map[string]bool{},
	}, config, err
}

// walk calls see for every operation in the order in which they happened, until that has seen enough.
func (i *inspection) walk(config engine.Config, see func(engine.Event) (enough bool)) error {
	ctx, cancel := context.WithTimeout(i.ctx, inspectionTime)
	defer cancel()
	i.see = see
	config.RunChanged = true
	config.Recorded = i.recorded
	config.Observe = func(e engine.Event) {
		if !i.enough && (e.Kind == engine.OperationDone || e.Kind == engine.OperationFailed) {
			i.enough = i.see(e)
		}
	}
	machine := i.plan.Start(config)
	for !machine.Done() && !i.enough && i.err == nil {
		tasks, more := machine.Advance(config.Started, inspectionSteps)
		for _, t := range tasks {
			i.answer(machine, t)
		}
		if len(tasks) == 0 && !more {
			break // what is left waits for operations without a result
		}
		if ctx.Err() != nil {
			return fault.Wrap(fault.ScenarioTimeout, ctx.Err(), "[inspect-many] The execution has too many operations to go through them again.").
				WithHint("[hint-journal] look at the journal, which shows what each of them gave")
		}
	}
	return i.err
}

// recorded finds the result of an operation. One that is not known is left out: it ends the walk there.
func (i *inspection) recorded(address string) (engine.Recorded, bool) {
	r, found, err := i.journal.Find(i.ctx, address)
	if err != nil && i.err == nil {
		i.err = err
	}
	if !r.Announced {
		return r.Recorded, found
	}
	r.Result.Err, r.Result.Finished = runner.OutcomeUnknown(), r.Started
	return r.Recorded, i.over
}

// answer completes what the engine asks for. An operation that it asks for although a result is there has come to another input; one
// without a result stays out.
func (i *inspection) answer(machine *engine.Execution, t *engine.Task) {
	if t.Kind != engine.RunOperation {
		machine.Complete(t, engine.Result{})
		return
	}
	if r, found := i.recorded(t.Operation.Address); found {
		i.changed[t.Operation.Address] = true
		machine.Complete(t, r.Result)
		return
	}
	i.open[t.Operation.Address] = true
	if !i.enough && !i.over { // of one that is over it was never begun
		i.enough = i.see(engine.Event{Kind: engine.OperationDone, Module: t.Operation.ModuleID, Operation: t.Operation, Cycle: t.Cycle.Number})
	}
}

// address of an event: that of its operation, where the engine has handed it out.
func addressOf(e *engine.Event) string {
	if e.Operation != nil && e.Operation.Address != "" {
		return e.Operation.Address
	}
	return e.Address()
}

// detail shows an operation as the walk comes to it, with what is recorded of it.
func (i *inspection) detail(e *engine.Event, number int) api.OperationDetail {
	address := addressOf(e)
	d := api.OperationDetail{Number: number, Exact: !i.changed[address]}
	d.Address, d.Module, d.Finished = address, e.Module, e.Finished
	if op := e.Operation; op != nil {
		d.Name, d.Started = op.Module.FullName(), op.Started
		parameters, input := module.Mask(op.Module.Parameters, op.Parameters), module.Mask(op.Module.Expect, op.Input)
		if parameters.Kind() == value.KindCollection {
			d.Parameters = &parameters
		}
		if input.Kind() == value.KindCollection {
			d.Input = &input
		}
	}
	if e.Error != nil {
		d.Error = failureOf(e.Error)
	}
	if e.Output != nil {
		d.BundleCount, d.Bundles = shown(e.Output)
	}
	i.addRecorded(&d)
	return d
}

// addRecorded adds what the journal knows beyond the result: its place there, and the calls that were made.
func (i *inspection) addRecorded(d *api.OperationDetail) {
	for n := range i.journal.recorded {
		from := &i.journal.recorded[n]
		if from.again != nil && from.again(d.Address) {
			continue
		}
		r, found, err := from.Find(i.ctx, d.Address)
		if err != nil || !found {
			continue
		}
		o, err := operationOf(&r)
		if err != nil {
			return
		}
		if o.Announced {
			o.Error = d.Error
		}
		d.Operation, d.Note = o, ""
		if from.Execution.ID != i.execution {
			d.Sequence = 0
			d.Note = fmt.Sprintf("It was not done again: it happened in execution %d.", from.Execution.ID)
		}
		return
	}
	if i.open[d.Address] {
		d.Note = "It has not ended."
	}
}

// shown returns how many bundles there are, and the first of them.
func shown(bundles engine.Bundles) (count int, list []value.Value) {
	count = bundles.Len()
	for i := range min(count, shownBundles) {
		b, err := bundles.At(i)
		if err != nil {
			break
		}
		list = append(list, b)
	}
	return count, list
}

// Operation shows one operation of the journal. Where it is not found again, its input stays unknown.
func (c inspectionControl) Operation(ctx context.Context, id int64, sequence uint32) (api.OperationDetail, error) {
	r, err := c.Store.Operation(ctx, id, sequence)
	if err != nil {
		return api.OperationDetail{}, err
	}
	o, err := operationOf(&r)
	if err != nil {
		return api.OperationDetail{}, err
	}
	d := api.OperationDetail{Operation: o, Note: "It was not found again."}
	i, config, err := c.inspect(ctx, id)
	if i == nil || err != nil {
		d.Note = unknownInput(err)
		return d, ctx.Err()
	}
	number := 0
	err = i.walk(config, func(e engine.Event) bool {
		if e.Module == o.Module {
			number++
		}
		if addressOf(&e) != o.Address {
			return false
		}
		found := i.detail(&e, number)
		found.Operation, found.Note = o, ""
		d = found
		return true
	})
	if err != nil {
		d.Note = unknownInput(err)
	}
	return d, ctx.Err()
}

// unknownInput says why the input of an operation is not known.
func unknownInput(err error) string {
	if err == nil || errors.Is(err, store.ErrNotFound) {
		return "What the execution began with is not kept."
	}
	return "It could not be computed again: " + fault.From(err).Message
}

// Module lists the operations of a module.
func (c inspectionControl) Module(ctx context.Context, id int64, module, after, limit int) ([]api.OperationDetail, error) {
	i, config, err := c.inspect(ctx, id)
	if i == nil || err != nil {
		return nil, err
	}
	var list []api.OperationDetail
	number := 0
	err = i.walk(config, func(e engine.Event) bool {
		if e.Module != module {
			return false
		}
		if number++; number > after {
			list = append(list, i.detail(&e, number))
		}
		return len(list) == limit
	})
	return list, err
}
