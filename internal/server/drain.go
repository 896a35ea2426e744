package server

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ropeway/ropeway/internal/store"
)

// drain starts the executions of what the webhooks of the active scenarios have queued while these were not active, the oldest
// first. Scenarios on a schedule work their queue off when they are due.
func (s *Service) drain(ctx context.Context) error {
	s.mu.Lock()
	immediate := make([]*activeScenario, 0, len(s.active))
	for _, sc := range s.active {
		if sc.immediately {
			immediate = append(immediate, sc)
		}
	}
	s.mu.Unlock()
	for _, sc := range immediate {
		for _, h := range s.hooksOf(sc.id) {
			for after, more := int64(0), true; more; {
				var err error
				if after, more, err = s.startQueued(ctx, sc, h, after, page); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// startQueued starts an execution for each of the next payloads in the queue of a webhook, behind the one with number after and up
// to limit. It returns the number of the last one and whether there may be more. They are recorded side by side, so that many share
// a commit, and run in their order.
func (s *Service) startQueued(ctx context.Context, sc *activeScenario, h *hook, after int64, limit int) (last int64, more bool, err error) {
	items, err := s.store.Queue(ctx, int64(h.ID), after, limit)
	if err != nil {
		return after, false, fmt.Errorf("read the queue of webhook %d: %w", h.ID, err)
	}
	more = len(items) == limit
	if len(items) > 0 {
		after = items[len(items)-1].ID
	}
	fence := s.fences[store.PartitionOf(sc.id)]
	items = slices.DeleteFunc(items, func(i store.Item) bool { return i.Begun || i.Claim != 0 })
	runs, errs := make([]*store.Run, len(items)), make([]error, len(items))
	var all sync.WaitGroup
	for i := range items {
		all.Add(1)
		go func() {
			defer all.Done()
			runs[i], errs[i] = s.store.StartExecution(ctx, fence, store.NewExecution{
				Scenario: sc.id, Version: sc.version, Origin: store.ByWebhook, Item: items[i].ID,
			})
		}()
	}
	all.Wait()
	for _, run := range runs {
		if run != nil {
			s.submit(sc, &execution{id: run.ID, seed: run.Seed, fence: fence, hasInput: true})
		}
	}
	return after, more, errors.Join(errs...)
}

// startQueuedDue works off as many payloads as the scenario has cycles, and plans the next time.
func (s *Service) startQueuedDue(ctx context.Context, sc *activeScenario, planned, next time.Time) error {
	for _, h := range s.hooksOf(sc.id) {
		if _, _, err := s.startQueued(ctx, sc, h, 0, max(1, sc.plan.Settings.Roundtrips)); err != nil {
			return err
		}
	}
	return s.store.Plan(ctx, sc.id, planned, next)
}

// hooksOf returns the webhooks that feed a scenario.
func (s *Service) hooksOf(scenario int64) []*hook {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []*hook
	for _, h := range s.hooks {
		if h.scenario == scenario && !h.paused {
			list = append(list, h)
		}
	}
	return list
}
