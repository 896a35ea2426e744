package server

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/intake"
	"github.com/ropeway/ropeway/internal/notify"
	"github.com/ropeway/ropeway/internal/runner"
	"github.com/ropeway/ropeway/internal/store"
)

// Limits of a service.
const (
	// executionsAtOnce is how many executions run at the same time.
	executionsAtOnce = 256
	// scenarioAtOnce is how many executions of one scenario run at the same time, unless it is sequential.
	scenarioAtOnce = 128
	// leaseTime is how long this node owns its partitions without renewing them.
	leaseTime = 2 * time.Minute
	// page is how many rows are read at once.
	page = 500
	// blueprintsAtOnce is how many blueprints are read at once, which can be large.
	blueprintsAtOnce = 200
)

// Service runs the scenarios of a data directory: it takes webhooks in, starts what is due, and goes on with what was
// not finished. There is one for each data directory.
type Service struct {
	system     *System
	store      *store.Store
	clock      clock.Clock
	log        *slog.Logger
	dispatcher *runner.Dispatcher
	intake     *intake.Handler
	notifier   *notify.Notifier // nil tells nobody
	meter      Meter            // nil for none, as is taken
	taken      intake.Meter
	calls      *calls
	feeds      *feeds
	dataStores *dataStores
	lines      *lines
	lease      *lease
	fenced     atomic.Bool // executions have ended because the deadline of the lease was over
	role       NodeOptions
	began      time.Time
	beaten     atomic.Pointer[time.Time] // when the database last heard that this node lives
	leaving    atomic.Bool               // it takes no partitions any more
	balancing  sync.Mutex
	// takenOver, lateRenewals and heard count partitions taken, renewals that came after the deadline, and signals.
	takenOver, lateRenewals, heard atomic.Int64
	workers                        atomic.Int64  // nodes that run executions, as last seen
	leftOpen                       atomic.Bool   // an execution stopped without an end and is to be taken up again
	tookUp                         time.Time     // when that was last done; of the goroutine of the schedules
	closing                        chan struct{} // closed when the service closes
	stop                           context.CancelFunc
	loops                          sync.WaitGroup
	tending                        sync.WaitGroup // what keeps the leases, which goes on while executions leave
	untend                         context.CancelFunc
	watches                        *watches
	// loopContext ends when the service closes.
	loopContext context.Context //nolint:containedctx // the life of the service's goroutines, not of a call

	mu      sync.Mutex // guards what follows
	active  map[int64]*activeScenario
	hooks   map[intake.TokenHash]*hook
	byID    map[intake.HookID]*hook
	feeding map[int64]map[intake.HookID]*hook // webhooks by the scenario that they feed
	waiters map[int64]*waiter
	early   []int64                 // those of waiters that were answered before anybody waited, the oldest first
	closed  bool                    // no loop starts any more
	cancels map[int64]chan struct{} // of the executions that run; closed to cancel one
}

// StartService opens the data directory and starts to work. It is ready when it returns.
func StartService(ctx context.Context, system *System, data *store.Store, c clock.Clock, log *slog.Logger, options ...Option) (*Service, error) {
	s := newService(ctx, system, data, c, log, options...)
	if err := s.begin(ctx); err != nil {
		s.stop()
		return nil, err
	}
	s.run(ctx)
	return s, nil
}

// run sets the loops going.
func (s *Service) run(ctx context.Context) {
	tending, untend := context.WithCancel(context.WithoutCancel(ctx))
	s.untend = untend
	keep := s.renewLeases
	if s.store.Shared() {
		keep = s.tend
		s.goLoop(func() { s.listen(s.loopContext) })
	}
	s.tending.Go(func() { keep(tending) })
	s.goLoop(func() { s.runSchedules(s.loopContext) })
	s.intake.SetReady(!s.role.OnlyWorker)
}

// newService makes a service that has not begun.
func newService(ctx context.Context, system *System, data *store.Store, c clock.Clock, log *slog.Logger, options ...Option) *Service {
	s := &Service{
		system: system, store: data, clock: c, log: log, dispatcher: runner.NewDispatcher(executionsAtOnce),
		lines: newLines(), calls: newCalls(), dataStores: newDataStores(data), lease: newLease(c, data), feeds: newFeeds(), watches: &watches{},
		began: c.Now(), closing: make(chan struct{}), active: map[int64]*activeScenario{}, hooks: map[intake.TokenHash]*hook{},
		byID: map[intake.HookID]*hook{}, feeding: map[int64]map[intake.HookID]*hook{}, waiters: map[int64]*waiter{}, cancels: map[int64]chan struct{}{},
	}
	s.loopContext, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	for _, option := range options {
		option(s)
	}
	s.intake = intake.New(intake.Options{Queue: (*queue)(s), Clock: c, Responder: (*queue)(s), Log: log, Meter: s.taken})
	system.serve(s)
	return s
}

func (s *Service) goLoop(run func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.loops.Add(1)
	go func() {
		defer s.loops.Done()
		run()
	}()
}

// Handler answers webhooks below /hook/, and says at /healthz and /readyz whether the process lives and takes work in.
func (s *Service) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle(intake.Path, s.intake)
	ok := func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") }
	mux.HandleFunc("GET /healthz", ok)
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if s.loopContext.Err() != nil {
			http.Error(w, "stopping", http.StatusServiceUnavailable)
			return
		}
		if !s.alive() {
			http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
			return
		}
		ok(w, r)
	})
	return mux
}

// Close stops taking in, lets the running operations end and leaves everything else for the next start, or for the other nodes.
func (s *Service) Close() {
	s.intake.SetReady(false)
	s.stop()
	close(s.closing)
	s.leaveAll()
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.loops.Wait()
	if s.untend != nil {
		s.untend()
	}
	s.tending.Wait()
	s.depart()
}

// load reads the active scenarios and all webhooks.
func (s *Service) load(ctx context.Context) error {
	for after := int64(0); ; {
		list, err := s.store.ActiveScenarios(ctx, after, blueprintsAtOnce)
		if err != nil {
			return fmt.Errorf("read the scenarios: %w", err)
		}
		for i := range list {
			after = list[i].ID
			s.remember(ctx, &list[i])
		}
		if len(list) < blueprintsAtOnce {
			break
		}
	}
	for after := int64(0); ; {
		list, err := s.store.Webhooks(ctx, store.Listing{After: after, Limit: page})
		if err != nil {
			return fmt.Errorf("read the webhooks: %w", err)
		}
		for i := range list {
			after = list[i].ID
			if err := s.addHook(&list[i]); err != nil {
				s.log.ErrorContext(ctx, "webhook left out", "webhook", list[i].ID, "error", err)
			}
		}
		if len(list) < page {
			return nil
		}
	}
}

// recover takes up the executions that have begun and are not over, the oldest of each partition first. Those that wait in the
// queue of a webhook follow with their scenario.
func (s *Service) recover(ctx context.Context) error {
	within := map[int]bool{}
	for _, p := range s.lease.kept() {
		within[p] = true
	}
	return s.recoverIn(ctx, within)
}

// recoverIn does so in partitions.
func (s *Service) recoverIn(ctx context.Context, within map[int]bool) error {
	partitions, err := s.store.OpenPartitions(ctx, s.store.Node())
	if err != nil {
		return fmt.Errorf("look for open executions: %w", err)
	}
	bound := map[boundVersion]*activeScenario{}
	for _, partition := range partitions {
		if !within[partition] {
			continue
		}
		for after := int64(0); ; {
			list, err := s.store.OpenExecutions(ctx, partition, after, page)
			if err != nil {
				return fmt.Errorf("read the open executions: %w", err)
			}
			for i := range list {
				after = list[i].ID
				if err := s.takeUpWith(ctx, list[i], bound); err != nil {
					s.log.ErrorContext(ctx, "execution cannot go on", "execution", list[i].ID, "scenario", list[i].Scenario, "error", err)
				}
			}
			if len(list) < page {
				break
			}
		}
	}
	return nil
}
