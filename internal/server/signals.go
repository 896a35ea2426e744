package server

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/intake"
	"github.com/ropeway/ropeway/internal/store"
)

// How often a node looks whether others have told it something: while there is much, and while there is nothing.
const (
	hearInterval     = 50 * time.Millisecond
	hearIntervalIdle = 250 * time.Millisecond
)

// errTwins says that two processes use the name of one node.
func errTwins(err error) error {
	return fault.Wrap(fault.InvalidConfiguration, err, "Another process serves under the name of this node.").
		WithHint("give each node a data directory of its own; one that was copied from another node has its name, in the file \"node\": delete that file")
}

// tellNodes tells the other nodes of a change. One that does not hear of it finds out with its next start: whoever made the change is
// not failed for it.
func (s *Service) tellNodes(ctx context.Context, kind store.SignalKind, thing int64) {
	if s.store.Shared() {
		s.report(ctx, "other nodes do not know of a change yet", s.store.TellNodes(context.WithoutCancel(ctx), kind, thing))
	}
}

// tell tells whoever owns the partition of a scenario.
func (s *Service) tell(ctx context.Context, scenario int64, kind store.SignalKind, thing int64) error {
	if err := s.store.Tell(context.WithoutCancel(ctx), scenario, kind, thing); err != nil {
		return fmt.Errorf("tell the node that runs scenario %d: %w", scenario, err)
	}
	return nil
}

// listen acts on what other nodes tell, until ctx ends.
func (s *Service) listen(ctx context.Context) {
	pause := hearInterval
	for s.clock.Sleep(ctx, pause) == nil {
		heard, err := s.hear(ctx)
		s.report(ctx, "what other nodes tell could not be read", err)
		pause = min(2*pause, hearIntervalIdle)
		if heard > 0 {
			pause = hearInterval
		}
	}
}

// hear acts on what other nodes have told, and returns how much that was. A look that finds nothing writes nothing. What was told and
// not acted on before a crash is told to the next owner.
func (s *Service) hear(ctx context.Context) (int, error) {
	list, err := s.store.Signals(ctx, s.store.Node(), store.MaxPage)
	if err != nil || len(list) == 0 {
		return 0, err
	}
	list = slices.DeleteFunc(list, func(g store.Signal) bool { return g.Part >= 0 && !s.lease.owns(g.Part) }) // its next owner hears it
	if len(list) == 0 {
		return 0, nil
	}
	done := map[store.Signal]bool{}
	for _, g := range list {
		what := store.Signal{Kind: g.Kind, Thing: g.Thing}
		if done[what] {
			continue
		}
		done[what] = true
		if err := s.act(ctx, g); err != nil && !errors.Is(err, store.ErrNotFound) {
			s.complain(ctx, "what another node tells could not be done", "kind", int64(g.Kind), "thing", g.Thing, "error", err)
		}
	}
	s.heard.Add(int64(len(list)))
	return len(list), s.store.ForgetSignals(ctx, list)
}

func (s *Service) act(ctx context.Context, g store.Signal) error {
	switch g.Kind {
	case store.QueueSignal:
		s.goFill(g.Thing)
	case store.SubmitSignal:
		return s.submitHere(ctx, g.Thing)
	case store.CancelSignal:
		return s.cancelHere(ctx, g.Thing)
	case store.ClearedSignal:
		s.lineUpAnew(g.Thing)
	case store.ScenarioSignal:
		return s.reloadScenario(ctx, g.Thing)
	case store.WebhookSignal:
		return s.reloadWebhook(ctx, g.Thing)
	case store.FreeSignal:
		if err := s.balance(ctx); err != nil {
			return err
		}
		s.goTakeUp(s.lease.unloaded())
	}
	return nil
}

// submitHere begins an execution that another node has recorded.
func (s *Service) submitHere(ctx context.Context, id int64) error {
	e, err := s.store.Execution(ctx, id)
	if err != nil || e.Status.Finished() {
		return err
	}
	return s.takeUp(ctx, store.OpenExecution{ID: e.ID, Scenario: e.Scenario, Version: e.Version, Webhook: e.Webhook, Status: e.Status, Mode: e.Mode})
}

// fedBy returns the scenario that a webhook feeds, 0 for none.
func (s *Service) fedBy(webhook int64) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h := s.byID[intake.HookID(webhook)]; h != nil {
		return h.scenario
	}
	return 0
}

// findHook looks for a webhook that this node has not heard of yet.
func (s *Service) findHook(ctx context.Context, address intake.TokenHash) (*hook, error) {
	w, err := s.store.WebhookByToken(ctx, address[:])
	if errors.Is(err, store.ErrNotFound) {
		return nil, intake.ErrNoWebhook
	}
	if err != nil {
		return nil, fmt.Errorf("look for the webhook: %w", err)
	}
	if w.Scenario != 0 && s.scenario(w.Scenario) == nil {
		s.report(ctx, "the scenario of a webhook cannot run; it queues", s.reloadScenario(ctx, w.Scenario))
	}
	if err := s.addHook(&w); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hooks[address], nil
}
