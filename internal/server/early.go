package server

import (
	"context"
	"fmt"

	"github.com/ropeway/ropeway/internal/intake"
	"github.com/ropeway/ropeway/internal/store"
)

// beginEarly starts the execution of a delivery before that is kept, and reports whether it has. It is for scenarios that do nothing but
// compute an answer: the delivery is kept in the same commit as the end of its execution, and the caller hears of neither before. Where
// it does not come to that soon, settle keeps the delivery by itself.
func (s *Service) beginEarly(ctx context.Context, sc *activeScenario, in store.Intake) (intake.Receipt, bool, error) {
	fence := s.fence(sc.id)
	run, ok := s.store.Begin(in, fence)
	if !ok {
		return intake.Receipt{}, false, nil
	}
	receipt := intake.Receipt{ID: run.ID, Early: true}
	e := &execution{
		id: run.ID, root: run.ID, origin: store.ByWebhook, seed: run.Seed, fence: fence, queued: true, input: in.Input, hasInput: true,
		journal: newJournal(s.store, s.dataStores, run),
	}
	s.await(run.ID)
	if s.lines.join(sc.id, run.ID) {
		s.settleLater(run)
		s.submit(sc, e)
		return receipt, true, nil
	}
	receipt.Early = false
	if err := s.keep(ctx, run); err != nil {
		s.forgetWaiter(run.ID)
		return receipt, true, queueError(err)
	}
	if s.lines.stale(sc.id) { // what was looked for in the store may have gone past its number
		s.goFill(sc.id)
	}
	return receipt, true, nil
}

// settleLater has who waits for an execution keep its delivery before anything else is answered.
func (s *Service) settleLater(run *store.Run) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if w := s.waiters[run.ID]; w != nil {
		w.early = run
	}
}

// settle keeps the delivery that a caller is about to be told of as taken in.
func (s *Service) settle(ctx context.Context, w *waiter) error {
	if w.early == nil {
		return nil
	}
	if err := s.keep(ctx, w.early); err != nil {
		return fmt.Errorf("%w: %w", intake.ErrNotKept, queueError(err))
	}
	return nil
}

// keep keeps a delivery by itself. The node that runs the scenario is told of it where that is another one by now.
func (s *Service) keep(ctx context.Context, run *store.Run) error {
	ctx = context.WithoutCancel(ctx)
	if err := s.store.Keep(ctx, run); err != nil {
		return err
	}
	if s.runsElsewhere(run.Scenario) {
		s.leaveTo(ctx, &store.Intake{Scenario: run.Scenario}, intake.Receipt{ID: run.ID})
	}
	return nil
}

// leaveEarly keeps the delivery of an execution that is not to go on now. Where that fails the caller is told, and nothing is left.
func (s *Service) leaveEarly(ctx context.Context, sc *activeScenario, e *execution) {
	if !e.early() {
		return
	}
	if err := s.keep(ctx, e.journal.run); err != nil {
		s.refuseEarly(ctx, sc, e, err)
	}
}

// refuseEarly answers who sent a delivery that could not be kept.
func (s *Service) refuseEarly(ctx context.Context, sc *activeScenario, e *execution, cause error) {
	s.answer(ctx, sc, e, answer{err: fmt.Errorf("%w: %w", intake.ErrNotKept, queueError(cause))})
}

// early reports whether nothing is kept of the execution yet.
func (e *execution) early() bool { return e.journal != nil && !e.journal.run.Kept() }
