package server

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/ropeway/ropeway/internal/engine"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/runner"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

// retryWaitTable is how long to wait before each automatic retry where the scenario does not say (integrator reference,
// section 7.1, back-off with incomplete executions on).
var retryWaitTable = []time.Duration{
	time.Minute, 10 * time.Minute, 10 * time.Minute, 30 * time.Minute, 30 * time.Minute, 30 * time.Minute, 3 * time.Hour, 3 * time.Hour,
}

// retryWait returns the wait before the retry with the number attempt (from 0), and whether there is one.
func retryWait(attempt, most int, interval time.Duration) (time.Duration, bool) {
	if interval > 0 {
		return interval, attempt < most
	}
	if attempt >= len(retryWaitTable) {
		return 0, false
	}
	return retryWaitTable[attempt], true
}

// HappenedField is the field of an incomplete execution's data that holds the output of its module where a person has said that
// the operation happened. It is no module number, so it is no bundle.
const HappenedField = "happened"

// Names of the fields in the input of an execution that retries an incomplete one.
const (
	retriedField = "incomplete"
	moduleField  = "module"
	bundlesField = "bundles"
)

// retryOf reads what an execution retries from its input.
func retryOf(input []value.Value) (incomplete int64, resume *engine.Resume, err error) {
	if len(input) != 1 {
		return 0, nil, fault.New(fault.Inconsistency, "The execution does not say what it retries.")
	}
	id, err := strconv.ParseInt(input[0].Get(retriedField).Str(), 10, 64)
	if err != nil {
		return 0, nil, fault.Wrap(fault.Inconsistency, err, "The execution does not say what it retries.")
	}
	bundles := input[0].Get(bundlesField)
	return id, &engine.Resume{
		Module: int(input[0].Get(moduleField).Float()), Bundles: bundles, Output: bundles.Get(HappenedField),
	}, nil
}

// runRetries starts the automatic retries that are due.
func (s *Service) runRetries(ctx context.Context) {
	due, err := s.store.DueIncompletes(ctx, s.clock.Now(), page)
	if err != nil {
		s.log.ErrorContext(ctx, "the retries could not be read", "error", err)
		return
	}
	for i := range due {
		if err := s.startRetry(ctx, &due[i]); err != nil && !errors.Is(err, store.ErrConflict) {
			s.log.ErrorContext(ctx, "retry failed to start", "incomplete", due[i].ID, "scenario", due[i].Scenario, "error", err)
		}
	}
}

// startRetry goes on with an incomplete execution, by the blueprint that it stopped in. While the scenario is not active it
// waits. The order of the writes never lets two executions retry the same bundle: a crash in between leaves it marked as in
// progress, which the next start mends.
func (s *Service) startRetry(ctx context.Context, i *store.Incomplete) error {
	s.mu.Lock()
	sc := s.active[i.Scenario]
	s.mu.Unlock()
	if sc == nil {
		return nil
	}
	full, err := s.store.Incomplete(ctx, i.ID)
	if err != nil {
		return fmt.Errorf("read its bundles: %w", err)
	}
	if sc.version != i.Version {
		if sc, err = s.prepare(ctx, i.Scenario, i.Version, ""); err != nil {
			return err
		}
	}
	revision, err := s.store.ChangeIncomplete(ctx, store.ChangeIncomplete{
		ID: i.ID, Revision: i.Revision, State: store.InProgress, Attempts: i.Attempts + 1,
	})
	if err != nil {
		return fmt.Errorf("mark it: %w", err)
	}
	fence := s.fences[store.PartitionOf(i.Scenario)]
	run, err := s.store.StartExecution(ctx, fence, store.NewExecution{
		Scenario: i.Scenario, Version: i.Version, Origin: store.ByRetry, Source: i.Execution, Input: []value.Value{value.Collection(
			value.F(retriedField, value.Text(strconv.FormatInt(i.ID, 10))), value.F(moduleField, value.Int(i.Module)), value.F(bundlesField, full.Data))},
	})
	if err != nil {
		return fmt.Errorf("start: %w", err)
	}
	_, err = s.store.ChangeIncomplete(ctx, store.ChangeIncomplete{
		ID: i.ID, Revision: revision, State: store.InProgress, Attempts: i.Attempts + 1, Execution: run.ID,
	})
	if err != nil {
		return fmt.Errorf("note its execution: %w", err)
	}
	s.submit(sc, &execution{id: run.ID, seed: run.Seed, fence: fence})
	return nil
}

// finishRetry says of an incomplete execution how its retry ended: resolved, or to be tried again, or left to a person.
func (s *Service) finishRetry(ctx context.Context, incomplete, execution int64, reason *fault.Error) error {
	i, err := s.store.Incomplete(ctx, incomplete)
	if err != nil {
		return fmt.Errorf("read incomplete execution %d: %w", incomplete, err)
	}
	c := store.ChangeIncomplete{ID: i.ID, Revision: i.Revision, Attempts: i.Attempts, Reason: reason, Execution: execution}
	wait, again := retryWait(i.Attempts, i.AttemptsMax, i.Interval)
	switch {
	case reason == nil:
		c.State, c.Resolution = store.Resolved, "retried by execution "+strconv.FormatInt(execution, 10)
	case again:
		c.State, c.Due = store.Pending, s.clock.Now().Add(wait)
	default:
		c.State = store.Unresolved
	}
	if _, err := s.store.ChangeIncomplete(ctx, c); err != nil {
		return fmt.Errorf("note the end of the retry: %w", err)
	}
	return nil
}

// retryFailure returns why a retry did not succeed, nil when it did: the execution failed, or its bundle was set aside again.
func retryFailure(r *runner.Report, resume *engine.Resume) *fault.Error {
	if r.Status == engine.Failed {
		return r.Error
	}
	for _, inc := range r.Incomplete {
		if isRetried(inc, resume) {
			return inc.Reason
		}
	}
	return nil
}

// isRetried reports whether the bundle is the one that the execution was started to retry.
func isRetried(inc engine.Incomplete, resume *engine.Resume) bool {
	return resume != nil && inc.ModuleID == resume.Module && inc.Address == "1/"+strconv.Itoa(resume.Module)
}

// mendRetries takes care of retries that a crash cut off between two writes.
func (s *Service) mendRetries(ctx context.Context) error {
	list, err := s.store.Incompletes(ctx, store.IncompleteFilter{States: []store.IncompleteState{store.InProgress}, Limit: store.MaxPage})
	if err != nil {
		return fmt.Errorf("read the retries in progress: %w", err)
	}
	for _, i := range list {
		e, err := s.store.Execution(ctx, i.Execution)
		switch {
		case err != nil && !errors.Is(err, store.ErrNotFound):
			return fmt.Errorf("read execution %d: %w", i.Execution, err)
		case err != nil || e.Origin != store.ByRetry: // marked, and never started
			_, err = s.store.ChangeIncomplete(ctx, store.ChangeIncomplete{
				ID: i.ID, Revision: i.Revision, State: store.Pending, Attempts: i.Attempts - 1, Due: s.clock.Now(),
			})
		case e.Status.Finished(): // ended, and not noted
			err = s.finishRetry(ctx, i.ID, e.ID, endOf(&e))
		default: // it goes on with the other open executions
			continue
		}
		if err != nil {
			return fmt.Errorf("mend the retry of %d: %w", i.ID, err)
		}
	}
	return nil
}

// endOf returns why a finished execution failed, nil when it did not.
func endOf(e *store.Execution) *fault.Error {
	if e.Status == store.Success || e.Status == store.Warning && e.Summary.ErrorKind == "" {
		return nil
	}
	return fault.New(e.Summary.ErrorKind, e.Summary.ErrorMessage).WithHint(e.Summary.ErrorHint)
}
