package server

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"

	"github.com/ropeway/ropeway/internal/engine"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

// Names of the fields in the input of an execution that goes on with something.
const (
	retriedField = "incomplete" // number of the incomplete execution that it retries
	moduleField  = "module"     // where its bundle stopped
	bundlesField = "bundles"    // and what that module can see
	rerunField   = "rerun"      // number of the execution whose recorded results it goes on with
	fromField    = "from"       // module from which on everything is done again, 0 for none
	anewField    = "anew"       // what comes to another input than recorded is done again
)

// maxChain is how many executions may go on with one another.
const maxChain = 1000

// recall prepares an execution of the store: its journal, what it started with, and what it goes on with.
func (s *Service) recall(ctx context.Context, plan *engine.Plan, e *execution) error {
	if e.queued {
		if found, err := s.recallWaiting(ctx, e); found || err != nil {
			return err
		}
	}
	recorded, err := s.store.Load(ctx, e.id)
	if e.queued && errors.Is(err, store.ErrNotFound) { // it was deleted from its queue
		return errOver
	}
	if err != nil {
		return fmt.Errorf("load execution %d: %w", e.id, err)
	}
	if recorded.Execution.Status.Finished() {
		return errOver
	}
	if !store.Known(recorded.Execution.Mode, recorded.Execution.Origin) {
		return fault.Newf(fault.InvalidConfiguration, "[execution-newer] Execution %d is of a kind that this version does not know.", e.id).
			WithHint("[hint-execution-newer] a newer version has recorded it: it goes on when a node of that version runs its scenario")
	}
	return s.recallRecorded(ctx, plan, e, recorded)
}

// recallRecorded prepares an execution from its journal.
func (s *Service) recallRecorded(ctx context.Context, plan *engine.Plan, e *execution, recorded *store.Journal) error {
	input, err := recorded.Input(ctx)
	if err != nil {
		return fmt.Errorf("load the input of execution %d: %w", e.id, err)
	}
	e.journal = newJournal(s.store, s.dataStores, recorded.Run(e.fence))
	e.journal.recorded = []earlier{{Journal: recorded}}
	e.origin, e.mode = recorded.Execution.Origin, e.mode|recorded.Execution.Mode
	e.setRoot(&recorded.Execution, input)
	switch recorded.Execution.Origin {
	case store.ByRetry:
		e.hasInput, e.input = false, nil
		if e.retries, e.resume, err = retryOf(input); err != nil {
			return err
		}
		e.given, e.pinned, err = s.givenTo(ctx, recorded.Execution.Source)
		return err
	case store.ByRerun:
		return s.follow(ctx, plan, e, recorded.Execution.ID, input)
	default:
		return nil
	}
}

// recallWaiting prepares an execution that has waited in the queue of a webhook, with a single read: nothing is recorded of it but its
// input. It reports false for one of which there is more to know.
func (s *Service) recallWaiting(ctx context.Context, e *execution) (bool, error) {
	waiting, input, err := s.store.Waiting(ctx, e.id)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err == nil && !store.Known(waiting.Mode, store.ByWebhook) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("load the waiting execution %d: %w", e.id, err)
	}
	e.journal = newJournal(s.store, s.dataStores, waiting.Run(e.fence))
	e.root, e.seed = waiting.ID, waiting.Seed
	e.hasInput, e.input = waiting.Webhook != 0 || len(input) > 0, input
	return true, nil
}

// setRoot takes over what an execution started with. One without a webhook and without bundles runs its first module.
func (e *execution) setRoot(root *store.Execution, input []value.Value) {
	e.root, e.seed, e.started = root.ID, root.Seed, root.Started
	e.mode |= root.Mode & store.DryRun // what goes on with a dry run is one
	e.pinned, input = withoutSamples(root.Mode, input)
	var ok bool
	if e.given, ok = givenOf(input); ok {
		input = nil
	}
	e.hasInput, e.input = root.Webhook != 0 || len(input) > 0, input
}

// follow adds what is recorded of the executions that this one goes on with, back to the one that they all began with.
func (s *Service) follow(ctx context.Context, plan *engine.Plan, e *execution, id int64, input []value.Value) error {
	behind := map[int]bool{} // what is done again from a module on counts no more further back in the chain either
	for range maxChain {
		next, err := rerunOf(input)
		if err != nil {
			return err
		}
		if e.retries == 0 {
			e.retries = next.incomplete
		}
		e.anew = e.anew || next.anew
		if e.keyID == "" && next.incomplete == 0 { // what a person wants done again must not be taken for what was done
			e.keyID = strconv.FormatInt(id, 10)
		}
		source, err := s.store.Load(ctx, next.source)
		if err != nil {
			return goneFault(id, next.source, err)
		}
		if input, err = source.Input(ctx); err != nil {
			return goneFault(id, next.source, err)
		}
		behind = joined(behind, plan.Behind(next.from))
		e.journal.recorded = append(e.journal.recorded, earlier{Journal: source, again: again(behind, source.Execution.Summary.FailedAt)})
		if source.Execution.Origin != store.ByRerun {
			e.setRoot(&source.Execution, input)
			return nil
		}
		id = next.source
	}
	return fault.Newf(fault.Inconsistency, "[chain-long] More than %d executions go on with one another.", maxChain)
}

func goneFault(id, source int64, err error) error {
	if !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("load execution %d: %w", source, err)
	}
	return fault.Wrapf(fault.Inconsistency, err, "[source-gone] Execution %d goes on with execution %d, whose data is not kept any more.", id, source).
		WithHint("[hint-start-scenario-anew] start the scenario anew")
}

// rerun is how an execution goes on with another one.
type rerun struct {
	incomplete int64
	source     int64
	from       int
	anew       bool
}

func (r rerun) input() []value.Value {
	return []value.Value{value.Collection(
		value.F(retriedField, value.Text(strconv.FormatInt(r.incomplete, 10))), value.F(rerunField, value.Text(strconv.FormatInt(r.source, 10))),
		value.F(fromField, value.Int(r.from)), value.F(anewField, value.Bool(r.anew)),
	)}
}

func rerunOf(input []value.Value) (rerun, error) {
	unsaid := func(err error) error {
		return fault.Wrap(fault.Inconsistency, err, "[source-unsaid] The execution does not say what it goes on with.")
	}
	if len(input) != 1 {
		return rerun{}, unsaid(nil)
	}
	incomplete, err := strconv.ParseInt(input[0].Get(retriedField).Str(), 10, 64)
	if err != nil {
		return rerun{}, unsaid(err)
	}
	source, err := strconv.ParseInt(input[0].Get(rerunField).Str(), 10, 64)
	if err != nil {
		return rerun{}, unsaid(err)
	}
	return rerun{incomplete: incomplete, source: source, from: int(input[0].Get(fromField).Float()), anew: input[0].Get(anewField).Truth()}, nil
}

// again tells the operations of a source that are done again: the one that ended it, and those of the modules behind.
func again(behind map[int]bool, failedAt string) func(string) bool {
	return func(address string) bool { return address == failedAt || behind[moduleOf(address)] }
}

// joined returns the modules of both sets.
func joined(a, b map[int]bool) map[int]bool {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

// retryOf reads what an execution retries from its input.
func retryOf(input []value.Value) (incomplete int64, resume *engine.Resume, err error) {
	if len(input) != 1 {
		return 0, nil, fault.New(fault.Inconsistency, "[retry-unsaid] The execution does not say what it retries.")
	}
	id, err := strconv.ParseInt(input[0].Get(retriedField).Str(), 10, 64)
	if err != nil {
		return 0, nil, fault.Wrap(fault.Inconsistency, err, "[retry-unsaid] The execution does not say what it retries.")
	}
	bundles := input[0].Get(bundlesField)
	return id, &engine.Resume{
		Module: int(input[0].Get(moduleField).Float()), Bundles: bundles, Output: bundles.Get(HappenedField),
	}, nil
}
