package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/intake"
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
	// nodeName is the name of the one node of an installation on SQLite.
	nodeName = "local"
	// page is how many rows are read at once.
	page = 500
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
	suspend    chan struct{}
	stop       context.CancelFunc
	loops      sync.WaitGroup
	fences     []store.Fence // by partition

	mu      sync.Mutex // guards what follows
	active  map[int64]*activeScenario
	hooks   map[intake.TokenHash]*hook
	byID    map[intake.HookID]*hook
	waiters map[int64]*waiter
}

// StartService opens the data directory and starts to work. It is ready when it returns.
func StartService(ctx context.Context, system *System, data *store.Store, c clock.Clock, log *slog.Logger) (*Service, error) {
	s := &Service{
		system: system, store: data, clock: c, log: log, dispatcher: runner.NewDispatcher(executionsAtOnce),
		suspend: make(chan struct{}), active: map[int64]*activeScenario{}, hooks: map[intake.TokenHash]*hook{},
		byID: map[intake.HookID]*hook{}, waiters: map[int64]*waiter{}, fences: make([]store.Fence, store.Partitions),
	}
	s.intake = intake.New(intake.Options{Queue: (*queue)(s), Clock: c, Responder: (*queue)(s), Log: log})
	leases, err := data.AcquirePartitions(ctx, nodeName, c.Now(), leaseTime)
	if err != nil {
		return nil, fmt.Errorf("take the partitions: %w", err)
	}
	for _, l := range leases {
		s.fences[l.Partition] = l.Fence
	}
	if err := s.load(ctx); err != nil {
		return nil, err
	}
	if err := errors.Join(s.mendRetries(ctx), s.recover(ctx), s.drain(ctx)); err != nil {
		return nil, err
	}
	loop, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	s.goLoop(func() { s.renewLeases(loop, leases) })
	s.goLoop(func() { s.runSchedules(loop) })
	s.intake.SetReady(true)
	return s, nil
}

func (s *Service) goLoop(run func()) {
	s.loops.Add(1)
	go func() {
		defer s.loops.Done()
		run()
	}()
}

// Handler answers webhooks below /hook/, and says at /healthz and /readyz whether the process lives and works.
func (s *Service) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle(intake.Path, s.intake)
	ok := func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") }
	mux.HandleFunc("GET /healthz", ok)
	mux.HandleFunc("GET /readyz", ok)
	return mux
}

// Close stops taking in, lets the running operations end and leaves everything else for the next start.
func (s *Service) Close() {
	s.intake.SetReady(false)
	s.stop()
	close(s.suspend)
	s.dispatcher.Close()
	s.loops.Wait()
}

// load reads the active scenarios and all webhooks.
func (s *Service) load(ctx context.Context) error {
	for after := int64(0); ; {
		list, err := s.store.Scenarios(ctx, after, page)
		if err != nil {
			return fmt.Errorf("read the scenarios: %w", err)
		}
		for i := range list {
			after = list[i].ID
			s.remember(ctx, &list[i])
		}
		if len(list) < page {
			break
		}
	}
	for after := int64(0); ; {
		list, err := s.store.Webhooks(ctx, after, page)
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

// recover takes up every execution that is not over, the oldest of each partition first.
func (s *Service) recover(ctx context.Context) error {
	for partition, fence := range s.fences {
		for after := int64(0); ; {
			list, err := s.store.OpenExecutions(ctx, partition, after, page)
			if err != nil {
				return fmt.Errorf("read the open executions: %w", err)
			}
			for i := range list {
				after = list[i].ID
				s.takeUp(ctx, list[i], fence)
			}
			if len(list) < page {
				break
			}
		}
	}
	return nil
}

// renewLeases keeps the partitions. Nobody else can take them while this process holds the data directory.
func (s *Service) renewLeases(ctx context.Context, leases []store.Lease) {
	for s.clock.Sleep(ctx, leaseTime/4) == nil {
		renewed, err := s.store.RenewPartitions(ctx, leases, s.clock.Now(), leaseTime)
		if err != nil && !errors.Is(err, context.Canceled) {
			s.log.ErrorContext(ctx, "the partitions could not be renewed", "error", err)
			continue
		}
		leases = renewed
	}
}
