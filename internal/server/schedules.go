package server

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/schedule"
	"github.com/ropeway/ropeway/internal/store"
)

// scheduleTick is how often the service looks for scenarios that are due.
const scheduleTick = 500 * time.Millisecond

// runSchedules starts what is due, again and again.
func (s *Service) runSchedules(ctx context.Context) {
	for s.clock.Sleep(ctx, scheduleTick) == nil {
		s.lookForWork(ctx)
	}
}

// lookForWork starts what is due now, scenarios and retries, and goes on with queues that were held up.
func (s *Service) lookForWork(ctx context.Context) {
	due, err := s.store.DueScenarios(ctx, s.store.Node(), s.clock.Now(), page)
	if err != nil {
		s.complain(ctx, "the schedules could not be read", "error", err)
	}
	for i := range due {
		if err := s.startDue(ctx, &due[i]); err != nil && !errors.Is(err, store.ErrConflict) {
			s.complain(ctx, "scheduled start failed", "scenario", due[i].ID, "error", err)
		}
	}
	s.runRetries(ctx)
	s.takeUpLeft(ctx)
	for _, scenario := range s.lines.waiting() {
		if err := s.fill(ctx, scenario); err != nil {
			s.complain(ctx, "queued executions could not be taken up; it is tried again", "scenario", scenario, "error", err)
		}
	}
}

// complain logs what went wrong while the service looked for work, unless that is the stop of the service.
func (s *Service) complain(ctx context.Context, message string, args ...any) {
	if ctx.Err() == nil {
		s.log.ErrorContext(ctx, message, args...) //nolint:sloglint // the callers write it out
	}
}

// takeUpPause is how long an execution that stopped without an end waits before it is taken up again: its cause may last.
const takeUpPause = 10 * time.Second

// takeUpLeft takes up what stopped without an end, such as for a disk that was full.
func (s *Service) takeUpLeft(ctx context.Context) {
	now := s.clock.Now()
	if now.Sub(s.tookUp) < takeUpPause || !s.leftOpen.Swap(false) {
		return
	}
	s.tookUp = now
	if err := s.recover(ctx); err != nil {
		s.leftOpen.Store(true)
		s.complain(ctx, "executions that stopped without an end could not be taken up; it is tried again", "error", err)
	}
}

// startDue starts a scenario for the times that have come, as its catch-up policy says, and plans the next. While it still runs,
// or an execution of it that has begun waits to be run again, it is not started; one that makes up for all times is later.
func (s *Service) startDue(ctx context.Context, c *store.Scenario) error {
	sc := s.scenario(c.ID)
	if sc == nil { // it becomes active right now, or cannot run until it is mended
		return nil
	}
	now, zone := s.clock.Now(), sc.plan.Zone()
	next, ok := sc.schedule.Next(now, zone)
	if !ok {
		next = time.Time{}
	}
	times := timesDue(sc, c.Due, now)
	busy, err := s.busy(ctx, sc)
	if busy && sc.catchUp == schedule.CatchUpAll { // what it misses in the meantime, or before a crash, it makes up for
		return err
	}
	if err != nil || busy || len(times) == 0 {
		return errors.Join(err, s.store.Plan(ctx, c.ID, c.Due, next))
	}
	fence := s.fence(c.ID)
	for n, planned := range times {
		after := next
		if n+1 < len(times) { // a crash here leaves the others due
			after = times[n+1]
		}
		run, err := s.store.StartExecution(ctx, fence, store.NewExecution{
			Scenario: c.ID, Version: sc.version, Origin: store.BySchedule, Planned: planned, Due: after,
		})
		if err != nil {
			return fmt.Errorf("start: %w", err)
		}
		if s.lines.take(c.ID, run.ID) {
			s.submit(sc, &execution{id: run.ID, fence: fence})
		}
	}
	return nil
}

// timesDue returns the times to start a scenario for at now, the oldest first: due, which was planned, and those after it.
func timesDue(sc *activeScenario, due, now time.Time) []time.Time {
	times := sc.schedule.Due(due, now, sc.plan.Zone(), sc.catchUp)
	late := sc.catchUp == schedule.CatchUpSkip && now.Sub(due) > schedule.Grace
	if sc.catchUp == schedule.CatchUpAll || len(times) == 0 && !late {
		times = append([]time.Time{due}, times...)
	}
	return times
}

// busy reports whether the scenario must not be started now. A new execution would do again what one that has begun and waits
// to be run again has done. One that failed at its first module has done nothing: the new one takes its place.
func (s *Service) busy(ctx context.Context, sc *activeScenario) (bool, error) {
	if running, waiting := s.dispatcher.Load(sc.id); running+waiting > 0 {
		return true, nil
	}
	if open, err := s.store.HasOpen(ctx, sc.id); open || err != nil { // one that stopped without an end
		return true, err
	}
	if n, _ := s.store.IncompleteTotal(sc.id); n == 0 {
		return false, nil
	}
	if s.heldUp(sc) {
		return true, nil
	}
	open, err := s.store.Incompletes(ctx, store.IncompleteFilter{
		Scenario: sc.id, States: []store.IncompleteState{store.Unresolved, store.Pending, store.InProgress}, Whole: true, Limit: store.MaxPage,
	})
	if err != nil {
		return false, fmt.Errorf("read the incomplete executions: %w", err)
	}
	first, _ := sc.plan.Trigger()
	for _, i := range open {
		if moduleOf(i.Address) != first {
			return true, nil
		}
		_, err := s.store.ChangeIncomplete(ctx, store.ChangeIncomplete{
			ID: i.ID, Revision: i.Revision, State: store.Resolved, Attempts: i.Attempts, Resolution: "a later execution took its place",
		})
		if err != nil && !errors.Is(err, store.ErrConflict) {
			return false, fmt.Errorf("resolve incomplete execution %d: %w", i.ID, err)
		}
	}
	return false, nil
}

// takePayloads is what an instant trigger does in an execution that a schedule has started: it takes the next payloads from the
// queues of the scenario's webhooks. They leave the queue with the commit of the cycle. A dry run only looks at them.
func (s *Service) takePayloads(ctx context.Context, op *module.Operation, _ *module.Connection, out module.Output) error {
	j := journalOf(ctx)
	limit := max(1, int(op.Parameters.Get("maxResults").Float()))
	receive := s.system.receive(op.Module)
	for _, h := range s.hooksOf(j.run.Scenario) {
		items, err := s.payloads(ctx, op, j.run, int64(h.ID), limit)
		if err != nil {
			return fmt.Errorf("take payloads from the queue: %w", err)
		}
		for _, item := range items {
			bundles, err := s.store.ItemInput(ctx, item.ID)
			if err != nil {
				return fmt.Errorf("read payload %d: %w", item.ID, err)
			}
			if receive != nil && len(bundles) == 1 {
				if bundles, err = receive(bundles[0], op.Started, op.Seed); err != nil {
					return fmt.Errorf("read what the webhook was sent: %w", err)
				}
			}
			for _, b := range bundles {
				if err := out.Bundle(b); err != nil {
					return err
				}
			}
			if !op.Dry {
				j.changes.stage(op.Address, store.RecordChange{Kind: store.TakePayload, Store: item.ID})
			}
		}
		if limit -= len(items); limit <= 0 {
			break
		}
	}
	return nil
}

// payloads returns the next payloads of a queue, for this execution alone unless it is a dry run.
func (s *Service) payloads(ctx context.Context, op *module.Operation, run *store.Run, webhook int64, limit int) ([]store.Item, error) {
	if !op.Dry {
		return s.store.ClaimItems(ctx, run, webhook, limit)
	}
	items, err := s.store.Queue(ctx, webhook, 0, page)
	items = slices.DeleteFunc(items, func(i store.Item) bool { return i.Taken() })
	return items[:min(len(items), limit)], err
}
