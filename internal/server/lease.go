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

// lease is the right of this node to its partitions, each until a deadline that only its own clock decides: a process that was
// paused finds it over before it calls anything.
type lease struct {
	clock clock.Clock
	// term is how long the partitions are owned without renewing them.
	term time.Duration
	// agreed returns the time that all nodes agree on.
	agreed func(ctx context.Context) (time.Time, error)

	mu   sync.Mutex
	held [store.Partitions]*holding
}

// holding is a partition that this node owns. What is in it is guarded by the lease, but for suspend.
type holding struct {
	lease   store.Lease
	until   time.Time     // with its monotonic reading
	suspend chan struct{} // closed when its executions are to leave
	giving  bool          // it is given up when nothing of it runs any more; nothing begins
	gone    bool          // it was given up, or lost
	loaded  bool          // what was not over in it is taken up
	running int           // executions
}

func newLease(c clock.Clock, data *store.Store) *lease {
	l := &lease{clock: c, term: leaseTime, agreed: data.Time}
	if data.Shared() {
		l.term = sharedLeaseTime
	}
	return l
}

// acquireAll takes all partitions, where nobody else may have any.
func (l *lease) acquireAll(ctx context.Context, data *store.Store) error {
	now := l.clock.Now()
	held, err := data.AcquirePartitions(ctx, data.Node(), now, l.term)
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

// take asks for partitions, and returns the leases of those that were there to be had, and from when their deadline counts.
func (l *lease) take(ctx context.Context, data *store.Store, wanted []int) (taken []store.Lease, since time.Time, err error) {
	since = l.clock.Now()
	now, err := l.agreed(ctx)
	if err == nil {
		taken, err = data.AcquirePartitions(ctx, data.Node(), now, l.term, wanted...)
	}
	if err != nil {
		return nil, since, fmt.Errorf("take partitions: %w", err)
	}
	return taken, since, nil
}

// renew keeps the partitions, and reports whether the deadline of one was over in the meantime, and how many are lost.
func (l *lease) renew(ctx context.Context, data *store.Store) (late bool, lost int, err error) {
	since := l.clock.Now()
	held := l.leases(func(*holding) bool { return true })
	late = len(l.leases(func(h *holding) bool { return !since.Before(h.until) })) > 0
	if len(held) == 0 {
		return false, 0, nil
	}
	now, err := l.agreed(ctx)
	if err != nil {
		return late, 0, fmt.Errorf("ask for the time: %w", err)
	}
	renewed, err := data.RenewPartitions(ctx, held, now, l.term)
	if err != nil {
		return late, 0, fmt.Errorf("renew the partitions: %w", err)
	}
	kept := l.prolong(renewed, since)
	for _, h := range held {
		if !kept[h.Partition] && l.drop(h.Fence) {
			lost++
		}
	}
	return late, lost, nil
}

// keep notes what was taken at a time; the deadline counts from before the store was asked.
func (l *lease) keep(leases []store.Lease, since time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range leases {
		if before := l.held[r.Partition]; before != nil {
			before.end()
		}
		l.held[r.Partition] = &holding{lease: r, until: since.Add(l.term), suspend: make(chan struct{})}
	}
}

// prolong notes what was renewed, and returns the partitions. What was given up while the answer was under way stays so.
func (l *lease) prolong(leases []store.Lease, since time.Time) map[int]bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	kept := map[int]bool{}
	for _, r := range leases {
		kept[r.Partition] = true
		if h := l.held[r.Partition]; h != nil && h.lease.Fence == r.Fence {
			h.lease, h.until = r, since.Add(l.term)
		}
	}
	return kept
}

// end has what runs leave. The caller holds the lock.
func (h *holding) end() {
	if !h.giving && !h.gone {
		close(h.suspend)
	}
	h.gone = true
}

// drop says that a partition is not owned any more; false where that is known.
func (l *lease) drop(f store.Fence) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.held[f.Partition]
	if h == nil || h.lease.Fence != f {
		return false
	}
	h.end()
	l.held[f.Partition] = nil
	return true
}

// give says that partitions are to be given up: nothing of them begins from now on, and what runs leaves.
func (l *lease) give(partitions []int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range partitions {
		if h := l.held[p]; h != nil && !h.giving {
			close(h.suspend)
			h.giving = true
		}
	}
}

// enter notes that an execution runs, with the right that it was submitted with; nil where that holds no more.
func (l *lease) enter(f store.Fence) *holding {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.held[f.Partition]
	if h == nil || h.lease.Fence != f || h.giving {
		return nil
	}
	h.running++
	return h
}

// leave notes that it does not run any more, and reports whether the partition waits for nothing else to be given up.
func (l *lease) leave(h *holding) (idle bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h.running--
	return h.running == 0 && h.giving && !h.gone
}

// leases lists those of the partitions that meet a condition.
func (l *lease) leases(meets func(h *holding) bool) []store.Lease {
	l.mu.Lock()
	defer l.mu.Unlock()
	var list []store.Lease
	for _, h := range l.held {
		if h != nil && meets(h) {
			list = append(list, h.lease)
		}
	}
	return list
}

// idle lists what is to be given up and waits for nothing.
func (l *lease) idle() []store.Lease {
	return l.leases(func(h *holding) bool { return h.giving && h.running == 0 })
}

// kept lists the partitions that this node owns and keeps.
func (l *lease) kept() []int {
	var list []int
	for _, k := range l.leases(func(h *holding) bool { return !h.giving }) {
		list = append(list, k.Partition)
	}
	return list
}

// unloaded lists partitions whose work has not been taken up, which whoever asks does now. unload gives some back to be asked for
// again.
func (l *lease) unloaded() []int {
	var list []int
	for _, k := range l.leases(func(h *holding) bool {
		was := h.loaded
		h.loaded = true
		return !was && !h.giving
	}) {
		list = append(list, k.Partition)
	}
	return list
}

func (l *lease) unload(partitions []int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range partitions {
		if h := l.held[p]; h != nil {
			h.loaded = false
		}
	}
}

// owns reports whether the partition is this node's, to have and to keep.
func (l *lease) owns(partition int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.held[partition]
	return h != nil && !h.giving
}

// has reports whether a lease is one that this process knows to have.
func (l *lease) has(f store.Fence) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.held[f.Partition]
	return h != nil && h.lease.Fence == f
}

// fence is the right to write to a partition; one that nobody has where it is not this node's.
func (l *lease) fence(partition int) store.Fence {
	l.mu.Lock()
	defer l.mu.Unlock()
	if h := l.held[partition]; h != nil {
		return h.lease.Fence
	}
	return store.Fence{Partition: partition}
}

// over reports whether an execution of the partition may call nobody any more.
func (l *lease) over(h *holding) bool {
	now := l.clock.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	return h.gone || !now.Before(h.until)
}

// fence returns the right to write to the executions of a scenario.
func (s *Service) fence(scenario int64) store.Fence {
	return s.lease.fence(store.PartitionOf(scenario))
}

// owns reports whether this node runs the executions of a scenario.
func (s *Service) owns(scenario int64) bool {
	return s.lease.owns(store.PartitionOf(scenario))
}

// owned returns what is asked before each call to the outside.
func (s *Service) owned(h *holding) func() error {
	return func() error {
		if s.lease.over(h) {
			return fault.Wrap(fault.Unexpected, store.ErrFenced, "This process was stopped for longer than it may own its scenarios.").
				WithHint("nothing is to be done: its executions go on by themselves")
		}
		return nil
	}
}

// renewLeases keeps the partitions. Executions that ended here because the deadline was over are taken up again, also those that
// had an operation to end first and so came too late for the renewal.
func (s *Service) renewLeases(ctx context.Context) {
	for s.clock.Sleep(ctx, s.lease.term/4) == nil {
		s.renewOnce(ctx)
	}
}

func (s *Service) renewOnce(ctx context.Context) {
	late, lost, err := s.lease.renew(ctx, s.store)
	if lost > 0 {
		s.log.WarnContext(ctx, "partitions were lost to other nodes", "partitions", lost)
		s.dropLost()
	}
	if late {
		s.lateRenewals.Add(1)
	}
	if err == nil && (s.fenced.Swap(false) || late) {
		err = s.recover(ctx)
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		s.log.ErrorContext(ctx, "the partitions could not be renewed", "error", err)
	}
}
