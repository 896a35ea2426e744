package server

import (
	"context"
	"fmt"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/intake"
	"github.com/ropeway/ropeway/internal/notify"
	"github.com/ropeway/ropeway/internal/store"
)

// Meter counts what a service does. Each Started is followed by one Finished or Suspended.
type Meter interface {
	Started(origin store.Origin)
	Finished(origin store.Origin, status store.Status, took time.Duration)
	Suspended()
	// Operation takes one operation of a module, "app:Name".
	Operation(module string, failed bool, took time.Duration)
	Retried(automatically bool)
}

// Option is a choice at the start of a service.
type Option func(*Service)

// WithNotifier has people told what they must know.
func WithNotifier(n *notify.Notifier) Option { return func(s *Service) { s.notifier = n } }

// WithMeter has executions, operations and calls of webhooks counted.
func WithMeter(m interface {
	Meter
	intake.Meter
},
) Option {
	return func(s *Service) { s.meter, s.taken = m, m }
}

// operated returns what counts operations, nil where nobody does.
func (s *Service) operated() func(string, bool, time.Duration) {
	if s.meter == nil {
		return nil
	}
	return s.meter.Operation
}

// counted counts an execution; what it returns counts its end, or with status 0 that it was left to go on later.
func (s *Service) counted(origin store.Origin) (end func(status store.Status, took time.Duration)) {
	if s.meter == nil {
		return func(store.Status, time.Duration) {}
	}
	s.meter.Started(origin)
	return func(status store.Status, took time.Duration) {
		if status == 0 {
			s.meter.Suspended()
			return
		}
		s.meter.Finished(origin, status, took)
	}
}

func subjectOf(scenario int64, name string) string {
	return fmt.Sprintf("scenario %d (%s)", scenario, name)
}

// tellStopped says that a scenario was switched off.
func (s *Service) tellStopped(ctx context.Context, sc *activeScenario, execution int64, reason *fault.Error) {
	log := s.log
	if reason != nil {
		log = log.With("kind", string(reason.Kind), "message", reason.Error())
	}
	log.WarnContext(ctx, "scenario deactivated after errors; its webhooks queue from now on", "scenario", sc.id, "execution", execution)
	message, hint := "The scenario was switched off after errors.", ""
	if reason != nil {
		message, hint = "The scenario was switched off after errors, the last of which was: "+reason.Error(), reason.Hint
	}
	if hint == "" {
		hint = "see what failed, repair it, and start the scenario again; its webhooks queue meanwhile"
	}
	s.notifier.Tell(notify.Event{
		Kind: notify.ScenarioStopped, Subject: subjectOf(sc.id, sc.plan.Name), Message: message, Hint: hint,
		Where: fmt.Sprintf("ropeway execution show %d", execution),
	})
}

// tellWaiting says that a bundle waits for a person.
func (s *Service) tellWaiting(ctx context.Context, sc *activeScenario, incomplete int64, reason *fault.Error) {
	s.log.WarnContext(ctx, "an incomplete execution waits for a decision", "scenario", sc.id, "incomplete", incomplete)
	message := "An incomplete execution waits for a decision."
	if reason != nil {
		message = "An incomplete execution waits for a decision: " + reason.Error()
	}
	s.notifier.Tell(notify.Event{
		Kind: notify.IncompleteWaiting, Subject: subjectOf(sc.id, sc.plan.Name), Message: message,
		Hint: "retry it, say that it happened, or skip it", Where: fmt.Sprintf("ropeway execution incomplete %d", incomplete),
	})
}

// tellNoRoom says that the incomplete executions of a scenario take all the room that they may.
func (s *Service) tellNoRoom(ctx context.Context, sc *activeScenario) {
	message := "The incomplete executions of the scenario take all the room that they may. It was switched off."
	if sc.plan.Settings.DataLoss {
		message = "The incomplete executions of the scenario take all the room that they may. Further ones are dropped, as its settings say."
	}
	s.log.WarnContext(ctx, "no room for incomplete executions", "scenario", sc.id)
	s.notifier.Tell(notify.Event{
		Kind: notify.IncompleteFull, Subject: subjectOf(sc.id, sc.plan.Name), Message: message,
		Hint: "resolve some of those that wait", Where: fmt.Sprintf("ropeway execution incomplete --scenario %d", sc.id),
	})
}

// tellQueue says that the queue of a webhook is nearly full, if so much in it is.
func (s *Service) tellQueue(h *hook, waiting store.Counted) {
	if !isNearlyFull(waiting.Number, waiting.Bytes) {
		return
	}
	s.notifier.Tell(notify.Event{
		Kind: notify.QueueNearlyFull, Subject: fmt.Sprintf("webhook %d", h.ID), Message: fmt.Sprintf("%d payloads wait in the queue of the webhook; more are refused when it is full.", waiting.Number),
		Hint: "start its scenario, or let it run more often; or clear the queue", Where: fmt.Sprintf("ropeway webhook queue %d", h.ID),
	})
}

// isNearlyFull tells of a queue with so many payloads of so many bytes.
func isNearlyFull(number, bytes int64) bool {
	return number >= maxQueued/nearlyFull*(nearlyFull-1) || bytes >= maxQueuedBytes/nearlyFull*(nearlyFull-1)
}

// nearlyFull: a queue is nearly full when less than this part of it is free.
const nearlyFull = 10
