package server

import (
	"context"
	"fmt"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/store"
)

// Cancel ends an execution, on whichever node it is: after the operations that run, or at once where it waits for its turn. One whose
// last operation ends at this very moment may still end by itself.
func (s *Service) Cancel(ctx context.Context, id int64) error {
	e, err := s.store.Execution(ctx, id)
	if err != nil {
		return fmt.Errorf("read execution %d: %w", id, err)
	}
	if e.Status.Finished() {
		return fault.Newf(fault.Data, "[execution-number-over] Execution %d is over.", id)
	}
	if s.runsElsewhere(e.Scenario) {
		return s.tell(ctx, e.Scenario, store.CancelSignal, id)
	}
	return s.cancelHere(ctx, id)
}

// cancelHere ends an execution of this node. One that waits has its turn at once, and finds that it is cancelled.
func (s *Service) cancelHere(ctx context.Context, id int64) error {
	e, err := s.store.Execution(ctx, id)
	if err != nil || e.Status.Finished() {
		return err
	}
	if s.cancel(id) {
		return nil
	}
	line := lineOf(e.Scenario, e.Mode)
	if j, waits := s.dispatcher.Take(line, id); waits {
		s.goLoop(func() { j.Run(context.WithoutCancel(s.loopContext)) }) //nolint:contextcheck // it ends with the service, not with the call
		return nil
	}
	sc, err := s.boundTo(ctx, store.OpenExecution{ID: id, Scenario: e.Scenario, Version: e.Version})
	if err != nil {
		return err
	}
	if s.lines.take(line, id) { // it waits in the store alone; otherwise it is about to begin
		j := s.job(sc, &execution{id: id, fence: s.fence(e.Scenario), mode: e.Mode, queued: e.Status == store.Queued && e.Webhook != 0})
		s.goLoop(func() { j.Run(context.WithoutCancel(s.loopContext)) }) //nolint:contextcheck // it ends with the service, not with the call
	}
	return nil
}

// cancel has an execution end that runs, and reports whether one does; one that does not ends when it begins.
func (s *Service) cancel(id int64) (runs bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.cancels[id]
	if runs = c != nil; !runs {
		c = make(chan struct{})
		s.cancels[id] = c
	}
	if !isClosed(c) {
		close(c)
	}
	return runs
}

// mayCancel returns what is closed to cancel an execution that begins.
func (s *Service) mayCancel(id int64) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.cancels[id]
	if c == nil {
		c = make(chan struct{})
		s.cancels[id] = c
	}
	return c
}

// cancelled reports whether an execution is to end.
func (s *Service) cancelled(id int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.cancels[id]
	return c != nil && isClosed(c)
}

// forgetCancel says that an execution has left. One that waits in the store again is still to be cancelled: by its next owner, where that
// is another node.
func (s *Service) forgetCancel(ctx context.Context, scenario, id int64, stored bool) {
	elsewhere := stored && s.runsElsewhere(scenario)
	s.mu.Lock()
	c := s.cancels[id]
	open := c != nil && isClosed(c) && stored
	if c != nil && (!open || elsewhere) {
		delete(s.cancels, id)
	}
	s.mu.Unlock()
	if open && elsewhere {
		s.report(ctx, "another node does not know that an execution is cancelled", s.tell(ctx, scenario, store.CancelSignal, id))
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// Cleared says that some of what waits for a scenario was deleted: whoever runs it looks anew, before something begins that is gone.
func (s *Service) Cleared(ctx context.Context, scenario int64) error {
	if s.runsElsewhere(scenario) {
		return s.tell(ctx, scenario, store.ClearedSignal, scenario)
	}
	s.lineUpAnew(scenario)
	return nil
}

// lineUpAnew takes what waits for a scenario out of memory, and what of it is still in the store in again.
func (s *Service) lineUpAnew(scenario int64) {
	s.lines.leave(scenario, true, s.dispatcher.Drop(scenario)...)
	s.goFill(scenario)
}
