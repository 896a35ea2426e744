package server

import (
	"context"
	"errors"
	"fmt"

	"github.com/ropeway/ropeway/internal/intake"
	"github.com/ropeway/ropeway/internal/store"
)

var _ Live = (*Service)(nil)

// ReloadScenario makes the saved state of a scenario count: its version, its schedule, and whether it is active. Executions that run go
// on by the version that they began with.
func (s *Service) ReloadScenario(ctx context.Context, id int64) error {
	s.tellNodes(ctx, store.ScenarioSignal, id)
	return s.reloadScenario(ctx, id)
}

// reloadScenario does so on this node.
func (s *Service) reloadScenario(ctx context.Context, id int64) error {
	c, err := s.store.Scenario(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && !c.Active {
		s.forget(id)
		return nil
	}
	if err != nil {
		return fmt.Errorf("read scenario %d: %w", id, err)
	}
	sc, err := s.prepare(ctx, c.ID, c.Version, c.Schedule, c.Settings)
	if err != nil {
		return fmt.Errorf("scenario %d cannot run: %w", id, err)
	}
	s.lines.stale(id) // what has queued comes before what arrives from now on
	s.mu.Lock()
	s.active[id] = sc
	for _, h := range s.feeding[id] {
		s.put(h.with(func(h *hook) { h.Responds = sc.responds }))
	}
	s.mu.Unlock()
	s.goFill(id)
	return nil
}

// ReloadWebhook makes the saved state of a webhook count: its address, its settings, whether it is paused or gone.
func (s *Service) ReloadWebhook(ctx context.Context, id int64) error {
	s.tellNodes(ctx, store.WebhookSignal, id)
	return s.reloadWebhook(ctx, id)
}

// reloadWebhook does so on this node.
func (s *Service) reloadWebhook(ctx context.Context, id int64) error {
	w, err := s.store.Webhook(ctx, id)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("read webhook %d: %w", id, err)
	}
	known := err == nil
	if known { // it takes the place of what it was, between two deliveries
		err = s.addHook(&w)
	}
	if !known || err != nil { // it is deleted, or answers nobody
		s.forgetHook(intake.HookID(id))
	}
	if !known {
		return nil
	}
	if err != nil {
		return fmt.Errorf("webhook %d cannot be used: %w", id, err)
	}
	if !w.Paused && w.Scenario != 0 {
		s.goFill(w.Scenario)
	}
	return nil
}

// Submit starts an execution that was recorded as queued by hand.
func (s *Service) Submit(ctx context.Context, id int64) error {
	e, err := s.store.Execution(ctx, id)
	if err != nil {
		return fmt.Errorf("read execution %d: %w", id, err)
	}
	return s.hand(ctx, store.OpenExecution{ID: e.ID, Scenario: e.Scenario, Version: e.Version, Webhook: e.Webhook, Status: e.Status, Mode: e.Mode})
}

// LookForRetries starts the retries of incomplete executions that are due now, without waiting for the next look.
func (s *Service) LookForRetries() {
	s.goLoop(func() { s.runRetries(s.loopContext) })
}
