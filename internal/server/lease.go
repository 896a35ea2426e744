package server

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/store"
)

// lease is the right of this node to its partitions, until a deadline that only its own clock decides: a process that was
// paused finds it over before it calls anything.
type lease struct {
	clock clock.Clock

	mu     sync.Mutex
	held   []store.Lease
	fences [store.Partitions]store.Fence
	until  time.Time // with its monotonic reading
}

func newLease(c clock.Clock) *lease { return &lease{clock: c} }

// acquire takes the partitions: all of them, since nodes do not share the work.
func (l *lease) acquire(ctx context.Context, data *store.Store) error {
	now := l.clock.Now()
	held, err := data.AcquirePartitions(ctx, data.Node(), now, leaseTime)
	if err != nil {
		return fmt.Errorf("take the partitions: %w", err)
	}
	if len(held) < store.Partitions {
		return errors.Join(anotherNode(), data.ReleasePartitions(ctx, held))
	}
	l.keep(held, now)
	return nil
}

func anotherNode() error {
	return fault.Wrap(fault.InvalidConfiguration, store.ErrInUse, "Another server runs the scenarios of this database.").
		WithHint("stop it first; one that has crashed can be started again on its own data directory at once, on another one after " + leaseTime.String())
}

// renew keeps the partitions, and reports whether the deadline was over in the meantime.
func (l *lease) renew(ctx context.Context, data *store.Store) (late bool, err error) {
	l.mu.Lock()
	held := l.held
	l.mu.Unlock()
	now := l.clock.Now()
	late = l.over()
	renewed, err := data.RenewPartitions(ctx, held, now, leaseTime)
	if err != nil {
		return late, fmt.Errorf("renew the partitions: %w", err)
	}
	l.keep(renewed, now)
	return late, nil
}

// keep notes what was taken at a time; the deadline counts from before the store was asked.
func (l *lease) keep(held []store.Lease, since time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held, l.until = held, since.Add(leaseTime)
	for _, h := range held {
		l.fences[h.Partition] = h.Fence
	}
}

func (l *lease) fence(partition int) store.Fence {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fences[partition]
}

func (l *lease) over() bool {
	now := l.clock.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	return !now.Before(l.until)
}

// fence returns the right to write to the executions of a scenario.
func (s *Service) fence(scenario int64) store.Fence {
	return s.lease.fence(store.PartitionOf(scenario))
}

// owned is asked before each call to the outside.
func (s *Service) owned() error {
	if s.lease.over() {
		return fault.Wrap(fault.Unexpected, store.ErrFenced, "This process was stopped for longer than it may own its scenarios.").
			WithHint("nothing is to be done: its executions go on by themselves")
	}
	return nil
}

// renewLeases keeps the partitions. Executions that ended here because the deadline was over are taken up again, also those that
// had an operation to end first and so came too late for the renewal.
func (s *Service) renewLeases(ctx context.Context) {
	for s.clock.Sleep(ctx, leaseTime/4) == nil {
		s.renewOnce(ctx)
	}
}

func (s *Service) renewOnce(ctx context.Context) {
	late, err := s.lease.renew(ctx, s.store)
	if err == nil && (s.fenced.Swap(false) || late) {
		err = s.recover(ctx)
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		s.log.ErrorContext(ctx, "the partitions could not be renewed", "error", err)
	}
}
