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

// retryWaits is how long to wait before each automatic retry where the scenario does not say (integrator reference,
// section 7.1, back-off with incomplete executions on).
func retryWaits() []time.Duration {
	return []time.Duration{
		time.Minute, 10 * time.Minute, 10 * time.Minute, 30 * time.Minute, 30 * time.Minute, 30 * time.Minute, 3 * time.Hour, 3 * time.Hour,
	}
}

// rerunWaits are the waits before a whole execution is run again (there, without incomplete executions).
func rerunWaits() []time.Duration {
	return []time.Duration{
		time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, time.Hour, 3 * time.Hour, 12 * time.Hour, 24 * time.Hour,
	}
}

// retryWait returns the wait before the retry with the number attempt (from 0), and whether there is one.
func retryWait(attempt, most int, interval time.Duration) (time.Duration, bool) {
	if interval > 0 {
		return interval, attempt < most
	}
	waits := retryWaits()
	if attempt >= len(waits) {
		return 0, false
	}
	return waits[attempt], true
}

// HappenedField is the field of an incomplete execution's data that holds the output of its module where a person has said that
// the operation happened. It is no module number, so it is no bundle.
const HappenedField = "happened"

// runRetries starts the automatic retries that are due.
func (s *Service) runRetries(ctx context.Context) {
	due, err := s.store.DueIncompletes(ctx, s.store.Node(), s.clock.Now(), page)
	if err != nil {
		s.complain(ctx, "the retries could not be read", "error", err)
		return
	}
	for i := range due {
		if err := s.startRetry(ctx, &due[i]); err != nil && !errors.Is(err, store.ErrConflict) {
			s.complain(ctx, "retry failed to start", "incomplete", due[i].ID, "scenario", due[i].Scenario, "error", err)
		}
	}
}

// startRetry goes on with an incomplete execution, by the blueprint in which it stopped. While the scenario is not active it
// waits.
func (s *Service) startRetry(ctx context.Context, i *store.Incomplete) error {
	sc := s.scenario(i.Scenario)
	if sc == nil {
		return nil
	}
	full, err := s.store.Incomplete(ctx, i.ID)
	if err != nil {
		return fmt.Errorf("read its bundles: %w", err)
	}
	if full.Revision != i.Revision { // another look for retries, or a person, was faster
		return store.ErrConflict
	}
	if sc.version != i.Version {
		atOnce := sc.atOnce
		if sc, err = s.prepare(ctx, i.Scenario, i.Version, "", ""); err != nil {
			return err
		}
		sc.atOnce = atOnce
	}
	fence := s.fence(i.Scenario)
	run, err := s.store.StartExecution(ctx, fence, newRetry(&full))
	if err != nil {
		return fmt.Errorf("start: %w", err)
	}
	if s.meter != nil {
		s.meter.Retried(true)
	}
	if s.lines.take(i.Scenario, run.ID) {
		s.submit(sc, &execution{id: run.ID, fence: fence})
	}
	return nil
}

// newRetry describes the execution that retries an incomplete one: from the module at which its bundle stopped, or, for a whole
// execution, with everything that is recorded of it.
func newRetry(i *store.Incomplete) store.NewExecution {
	n := store.NewExecution{
		Scenario: i.Scenario, Version: i.Version, Origin: store.ByRetry, Source: i.Execution, Incomplete: i.ID, Revision: i.Revision,
	}
	if i.Module == 0 {
		n.Origin, n.Input = store.ByRerun, rerun{incomplete: i.ID, source: i.Execution}.input()
		return n
	}
	n.Input = []value.Value{value.Collection(
		value.F(retriedField, value.Text(strconv.FormatInt(i.ID, 10))), value.F(moduleField, value.Int(i.Module)), value.F(bundlesField, i.Data))}
	return n
}

// finishRetry says of an incomplete execution how its retry ended: resolved, or to be tried again, or left to a person. A scenario
// whose executions fail however often they are run again is switched off.
func (s *Service) finishRetry(ctx context.Context, incomplete, execution int64, reason *fault.Error) error {
	i, err := s.store.Incomplete(ctx, incomplete)
	if err != nil {
		return fmt.Errorf("read incomplete execution %d: %w", incomplete, err)
	}
	c := store.ChangeIncomplete{ID: i.ID, Revision: i.Revision, Attempts: i.Attempts, Reason: reason, Execution: execution}
	wait, again := nextRetry(&i, reason)
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
	if c.State != store.Unresolved {
		return nil
	}
	if sc := s.scenario(i.Scenario); sc != nil {
		s.tellWaiting(ctx, sc, i.ID, reason)
	}
	if i.Module == 0 {
		return s.giveUp(ctx, &i, reason)
	}
	return nil
}

// nextRetry returns the wait before the next automatic retry, and whether there is one. A whole execution is only run again for
// failures that pass by themselves.
func nextRetry(i *store.Incomplete, reason *fault.Error) (time.Duration, bool) {
	if i.Module != 0 {
		return retryWait(i.Attempts, i.AttemptsMax, i.Interval)
	}
	waits := rerunWaits()
	if reason == nil || i.Attempts >= len(waits) || !passes(reason.Kind) {
		return 0, false
	}
	return max(waits[i.Attempts], reason.Delay), true
}

// passes tells the kinds of failure after which an execution is run again by itself (integrator reference, section 7.1).
func passes(k fault.Kind) bool {
	return k == fault.Connection || k == fault.RateLimit || k == fault.ModuleTimeout
}

// giveUp switches a scenario off whose execution did not succeed however often it was run again.
func (s *Service) giveUp(ctx context.Context, i *store.Incomplete, reason *fault.Error) error {
	sc := s.scenario(i.Scenario)
	if sc == nil {
		return nil
	}
	if err := s.store.Activate(ctx, i.Scenario, false, time.Time{}); err != nil {
		return fmt.Errorf("deactivate scenario %d: %w", i.Scenario, err)
	}
	s.deactivated(ctx, sc, i.Execution, reason)
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

// mendRetries takes care of retries in partitions that had ended when a crash kept it from being noted.
func (s *Service) mendRetries(ctx context.Context, within map[int]bool) error {
	for f := (store.IncompleteFilter{States: []store.IncompleteState{store.InProgress}, Limit: store.MaxPage}); ; {
		list, err := s.store.Incompletes(ctx, f)
		if err != nil {
			return fmt.Errorf("read the retries in progress: %w", err)
		}
		for n := range list {
			f.After = list[n].ID
			if !within[store.PartitionOf(list[n].Scenario)] {
				continue
			}
			if err := s.mendRetry(ctx, &list[n]); err != nil {
				return fmt.Errorf("mend the retry of %d: %w", list[n].ID, err)
			}
		}
		if len(list) < store.MaxPage {
			return nil
		}
	}
}

func (s *Service) mendRetry(ctx context.Context, i *store.Incomplete) error {
	e, err := s.store.Execution(ctx, i.Execution)
	if errors.Is(err, store.ErrNotFound) {
		return s.finishRetry(ctx, i.ID, i.Execution, fault.New(fault.Inconsistency, "[retry-gone] The execution that retried it is not kept any more."))
	}
	if err != nil || !e.Status.Finished() { // it goes on with the other open executions
		return err
	}
	return s.finishRetry(ctx, i.ID, i.Execution, endOf(&e))
}

// endOf returns why a finished execution failed, nil when it did not.
func endOf(e *store.Execution) *fault.Error {
	if e.Status == store.Success || e.Status == store.Warning && e.Summary.ErrorKind == "" {
		return nil
	}
	return e.Summary.Fault()
}
