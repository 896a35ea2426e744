package server

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/ropeway/ropeway/internal/intake"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

// Limits of the queue of one webhook.
const (
	maxQueued      = 10_000_000
	maxQueuedBytes = 8 << 30
)

// hook is a webhook with the scenario that it feeds.
type hook struct {
	intake.Hook
	scenario int64
	paused   bool
	samples  *sync.Mutex // held while one is learned from
}

// addHook makes a stored webhook known. Its settings were checked when it was saved; if they cannot be read now, it
// answers nobody rather than everybody.
func (s *Service) addHook(w *store.Webhook) error {
	parsed, err := s.system.OpenWebhookSettings(w)
	if err != nil {
		return err
	}
	learning, err := DecodeLearning(w.Learning)
	if err != nil {
		return err
	}
	h := &hook{Hook: intake.Hook{ID: intake.HookID(w.ID), Gone: w.Gone, Settings: parsed}, scenario: w.Scenario, paused: w.Paused}
	h.Learning, h.samples = learning.Active(s.clock.Now()), &sync.Mutex{}
	copy(h.Address[:], w.TokenHash)
	s.mu.Lock()
	defer s.mu.Unlock()
	if sc := s.active[w.Scenario]; sc != nil {
		h.Responds = sc.responds
	}
	if old := s.byID[h.ID]; old != nil {
		h.samples = old.samples
		s.drop(old)
	}
	s.put(h)
	return nil
}

// put makes a webhook the one with its address and number. The caller holds the lock.
func (s *Service) put(h *hook) {
	s.hooks[h.Address] = h
	s.byID[h.ID] = h
	if h.scenario == 0 {
		return
	}
	if s.feeding[h.scenario] == nil {
		s.feeding[h.scenario] = map[intake.HookID]*hook{}
	}
	s.feeding[h.scenario][h.ID] = h
}

// forgetHook forgets a webhook if it is known.
func (s *Service) forgetHook(id intake.HookID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h := s.byID[id]; h != nil {
		s.drop(h)
	}
}

// drop forgets a webhook. The caller holds the lock.
func (s *Service) drop(h *hook) {
	delete(s.hooks, h.Address)
	delete(s.byID, h.ID)
	if delete(s.feeding[h.scenario], h.ID); len(s.feeding[h.scenario]) == 0 {
		delete(s.feeding, h.scenario)
	}
}

// with returns a changed copy: handlers may still work with the webhook itself.
func (h *hook) with(change func(*hook)) *hook {
	c := *h
	change(&c)
	return &c
}

// hooksOf returns the webhooks that feed a scenario and are not paused.
func (s *Service) hooksOf(scenario int64) []*hook {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []*hook
	for _, h := range s.feeding[scenario] {
		if !h.paused {
			list = append(list, h)
		}
	}
	return list
}

// queue is the service as package intake sees it.
type queue Service

var (
	_ intake.Queue     = (*queue)(nil)
	_ intake.Responder = (*queue)(nil)
)

// Webhook returns the webhook with the address.
func (q *queue) Webhook(ctx context.Context, address intake.TokenHash) (*intake.Hook, error) {
	q.mu.Lock()
	h := q.hooks[address]
	q.mu.Unlock()
	if h == nil && q.store.Shared() {
		var err error
		if h, err = (*Service)(q).findHook(ctx, address); err != nil {
			return nil, err
		}
	}
	if h == nil {
		return nil, intake.ErrNoWebhook
	}
	return &h.Hook, nil
}

// Accept stores the item, and starts the execution that it is for when its scenario runs at once.
func (q *queue) Accept(ctx context.Context, id intake.HookID, item intake.Item) (intake.Receipt, error) {
	s := (*Service)(q)
	s.mu.Lock()
	h := s.byID[id]
	var sc *activeScenario
	if h != nil && !h.paused {
		sc = s.active[h.scenario]
	}
	s.mu.Unlock()
	if h == nil {
		return intake.Receipt{}, intake.ErrNoWebhook
	}
	in := store.Intake{
		Webhook: int64(id), Scenario: h.scenario, Received: item.Received, Input: []value.Value{item.Bundle}, Window: item.Window,
		Limits: store.QueueLimits{Number: maxQueued, Bytes: maxQueuedBytes},
	}
	if item.Key != (intake.Key{}) {
		in.Key = item.Key[:]
	}
	if sc != nil && sc.immediately {
		in.Run, in.Version = true, sc.version
	}
	if s.runsElsewhere(h.scenario) {
		in.Tell, in.Awaited = true, in.Run && item.Responds
	}
	if in.Run && sc.computes && item.Responds {
		if receipt, begun, err := s.beginEarly(ctx, sc, in); begun {
			return receipt, err
		}
	}
	accepted, err := s.store.Accept(ctx, []store.Intake{in})
	if err != nil {
		return intake.Receipt{}, queueError(err)
	}
	s.tellQueue(h, accepted[0].Waiting)
	receipt := intake.Receipt{ID: accepted[0].ID, Duplicate: accepted[0].Duplicate}
	switch {
	case receipt.Duplicate:
	case in.Tell || s.runsElsewhere(h.scenario):
		s.leaveTo(ctx, &in, receipt)
	case !in.Run:
		if sc := s.scenario(h.scenario); sc != nil && sc.immediately { // it was started in the meantime
			s.goFill(sc.id)
		}
	default:
		if item.Responds {
			s.await(receipt.ID)
		}
		if sc.plan.Settings.Sequential { // deliveries of the same moment come here in any order, and out of the store in theirs
			if s.lines.stale(sc.id) {
				s.goFill(sc.id)
			}
		} else if s.lines.join(sc.id, receipt.ID) {
			s.submit(sc, s.accepted(sc, accepted[0], in.Input))
		}
	}
	return receipt, nil
}

// runsElsewhere reports whether another node runs the executions of a scenario.
func (s *Service) runsElsewhere(scenario int64) bool {
	return scenario != 0 && s.store.Shared() && !s.owns(scenario)
}

// leaveTo leaves a delivery to the node that runs the scenario. Where this one did when it took it in, it tells the other one now;
// that it is taken in is true, and found by a search where nobody could be told.
func (s *Service) leaveTo(ctx context.Context, in *store.Intake, r intake.Receipt) {
	if in.Awaited {
		s.awaitElsewhere(r.ID)
	}
	if !in.Tell {
		s.report(ctx, "another node does not know of a delivery yet", s.tell(ctx, in.Scenario, store.QueueSignal, in.Scenario))
	}
}

// accepted is the execution of a payload that was just stored: nothing of it need be read.
func (s *Service) accepted(sc *activeScenario, a store.Accepted, input []value.Value) *execution {
	fence := s.fence(sc.id)
	return &execution{
		id: a.ID, root: a.ID, origin: store.ByWebhook, seed: a.Seed, fence: fence, queued: true, input: input, hasInput: true,
		journal: newJournal(s.store, s.dataStores, a.Run(sc.id, fence)),
	}
}

// queueError tells package intake what to answer.
func queueError(err error) error {
	switch {
	case errors.Is(err, store.ErrQueueFull):
		return fmt.Errorf("%w: %w", intake.ErrQueueFull, err)
	case errors.Is(err, store.ErrDiskFull):
		return fmt.Errorf("%w: %w", intake.ErrStorageFull, err)
	}
	return err
}

// Learn adds to what was learned of the data structure of a webhook.
func (q *queue) Learn(ctx context.Context, id intake.HookID, add func(intake.Learning) intake.Learning) error {
	return (*Service)(q).learn(ctx, id, add)
}
