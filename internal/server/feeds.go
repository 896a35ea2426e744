package server

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/engine"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/runner"
	"github.com/ropeway/ropeway/internal/store"
)

// Limits of those who follow what happens.
const (
	// maxFollowers is how many streams are open at once.
	maxFollowers = 4000
	// maxWaitingEvents is how many events wait for one reader; beyond it the oldest are dropped and the reader is told.
	maxWaitingEvents = 256
	// aliveInterval is the time after which a stream says that it is still there. What was written to the store by another node
	// is found at that time at the latest.
	aliveInterval = 15 * time.Second
)

// feeds tell those who follow what happens. An execution that nobody follows costs one look at a number.
type feeds struct {
	following atomic.Int64
	mu        sync.Mutex
	readers   map[*reader]struct{}
}

// reader is one who follows. wake says that something waits.
type reader struct {
	execution int64   // 0 = all of teams
	teams     []int64 // nil = every team
	wake      chan struct{}
	mu        sync.Mutex
	waiting   []api.Event
	missed    bool
}

func newFeeds() *feeds { return &feeds{readers: map[*reader]struct{}{}} }

// join lets r be told until leave is called.
func (f *feeds) join(r *reader) (leave func(), err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.readers) >= maxFollowers {
		return nil, fault.Newf(fault.RateLimit, "[streams-many] %d streams are open already.", maxFollowers).WithHint("[hint-streams] close some of them, or ask for the state from time to time")
	}
	r.wake = make(chan struct{}, 1)
	f.readers[r] = struct{}{}
	f.following.Store(int64(len(f.readers)))
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.readers, r)
		f.following.Store(int64(len(f.readers)))
	}, nil
}

// tell gives an event of an execution to those who follow it, or with whole to those who follow its team.
func (f *feeds) tell(execution, team int64, whole bool, event func() api.Event) {
	if f.following.Load() == 0 {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	var made *api.Event
	for r := range f.readers {
		if r.execution != execution && (r.execution != 0 || !whole || r.teams != nil && !slices.Contains(r.teams, team)) {
			continue
		}
		if made == nil {
			e := event()
			made = &e
		}
		r.add(*made)
	}
}

// add puts an event behind those that wait. Progress replaces the progress before it.
func (r *reader) add(e api.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := len(r.waiting); n > 0 && e.Name == api.EventProgress && r.waiting[n-1].Name == api.EventProgress {
		r.waiting = r.waiting[:n-1]
	}
	if len(r.waiting) == maxWaitingEvents {
		r.waiting, r.missed = r.waiting[1:], true
	}
	r.waiting = append(r.waiting, e)
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// take returns what waits.
func (r *reader) take() []api.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := r.waiting
	if r.missed {
		list = append([]api.Event{{Name: api.EventMissed, Data: struct{}{}}}, list...)
	}
	r.waiting, r.missed = nil, false
	return list
}

// errStopping ends a stream because the server stops.
var errStopping = errors.New("server: stopping")

// wait returns when something waits for r, or after a while.
func (s *Service) wait(ctx context.Context, r *reader, pause time.Duration) error {
	while, cancel := context.WithTimeout(ctx, pause)
	defer cancel()
	select {
	case <-r.wake:
	case <-while.Done():
		return ctx.Err() // nil, or the reader is gone
	case <-s.loopContext.Done():
		return errStopping
	}
	return nil
}

// followPause is how long who follows an execution waits before the next look at the store: one that runs on another node tells
// nothing here.
func (s *Service) followPause(ctx context.Context, id int64) time.Duration {
	if !s.store.Shared() {
		return aliveInterval
	}
	if e, err := s.store.Execution(ctx, id); err == nil && s.owns(e.Scenario) {
		return aliveInterval
	}
	return elsewhereInterval
}

// FollowTeams tells of the executions of teams until ctx ends.
func (s *Service) FollowTeams(ctx context.Context, teams []int64, send func(api.Event) error) error {
	r := &reader{teams: teams}
	leave, err := s.feeds.join(r)
	if err != nil {
		return err
	}
	defer leave()
	others, pause := &elsewhere{teams: teams}, aliveInterval
	if s.store.Shared() {
		pause = teamInterval
	}
	for err := send(api.Event{}); ; err = send(api.Event{}) {
		if err != nil {
			return err
		}
		if err := s.wait(ctx, r, pause); err != nil {
			return err
		}
		more, err := s.lookElsewhere(ctx, others)
		if err != nil {
			return err
		}
		for _, e := range append(r.take(), more...) {
			if err := send(e); err != nil {
				return err
			}
		}
	}
}

// FollowExecution tells of one execution until it is over. look sends what the store holds, and reports whether it is over.
func (s *Service) FollowExecution(ctx context.Context, id int64, send func(api.Event) error, look func() (over bool, err error)) error {
	r := &reader{execution: id}
	leave, err := s.feeds.join(r)
	if err != nil {
		return err
	}
	defer leave()
	if err := send(api.Event{}); err != nil {
		return err
	}
	for quiet := time.Duration(0); ; {
		for _, e := range r.take() {
			if e.Name != api.EventProgress {
				continue // what is written is read from the store
			}
			if err := send(e); err != nil {
				return err
			}
		}
		if over, err := look(); over || err != nil {
			return err
		}
		pause := s.followPause(ctx, id)
		if err := s.wait(ctx, r, pause); err != nil {
			return err
		}
		if quiet += pause; quiet < aliveInterval {
			continue
		}
		quiet = 0
		if err := send(api.Event{}); err != nil {
			return err
		}
	}
}

// Follower is the running service as those see it who follow what happens.
type Follower interface {
	FollowTeams(ctx context.Context, teams []int64, send func(api.Event) error) error
	FollowExecution(ctx context.Context, id int64, send func(api.Event) error, look func() (over bool, err error)) error
}

func (c feedControl) follower() (Follower, error) {
	if f, ok := c.Live.(Follower); ok {
		return f, nil
	}
	return nil, fault.New(fault.InvalidConfiguration, "[no-server] No server runs, so nothing happens that could be followed.").WithHint("[hint-serve] start one with ropeway serve")
}

// Teams tells of the executions of teams.
func (c feedControl) Teams(ctx context.Context, teams []int64, send func(api.Event) error) error {
	f, err := c.follower()
	if err != nil {
		return err
	}
	return f.FollowTeams(ctx, teams, send)
}

// Execution tells of one execution until it is over.
func (c feedControl) Execution(ctx context.Context, id int64, after uint32, send func(api.Event) error) error {
	f, err := c.follower()
	if err != nil {
		return err
	}
	shown := store.Status(-1)
	return f.FollowExecution(ctx, id, send, func() (bool, error) {
		e, err := c.Store.Execution(ctx, id) // before its operations: none is missing when it is over
		if err != nil {
			return false, err
		}
		for more := e.Status != store.Queued; more; {
			var list []api.Operation
			var next uint32
			if list, next, err = executionControl(c).Operations(ctx, id, api.OperationFilter{After: after, Limit: store.MaxPage}); err != nil {
				return false, err
			}
			for _, o := range list {
				after = o.Sequence
				if err := send(api.Event{Name: api.EventOperation, ID: strconv.FormatUint(uint64(o.Sequence), 10), Data: o}); err != nil {
					return false, err
				}
			}
			more = next != 0
		}
		if e.Status == shown {
			return false, nil
		}
		shown = e.Status
		return e.Status.Finished(), send(api.Event{Name: api.EventExecution, Data: executionOf(&e)})
	})
}

// progressed returns what is told of the progress of an execution.
func (s *Service) progressed(sc *activeScenario, id int64) func(runner.Progress) {
	return func(p runner.Progress) {
		s.feeds.tell(id, sc.team, false, func() api.Event {
			out := api.Progress{Execution: id, ElapsedMS: p.Elapsed.Milliseconds(), Cycle: p.Cycle, Operations: p.Operations}
			for i, m := range sc.plan.Modules() {
				out.Modules = append(out.Modules, moduleProgress(m.ID, p.Counts[i]))
			}
			return api.Event{Name: api.EventProgress, Data: out}
		})
	}
}

func moduleProgress(id int, c engine.Counts) api.ModuleProgress {
	return api.ModuleProgress{Module: id, Operations: c.Operations, In: c.In, Out: c.Out, Filtered: c.Filtered, Errors: c.Errors}
}

// tellExecution tells those who follow that an execution has begun, or is over.
func (s *Service) tellExecution(ctx context.Context, sc *activeScenario, id int64, begins bool) {
	s.feeds.tell(id, sc.team, true, func() api.Event {
		e, err := s.store.Execution(ctx, id)
		if err != nil { // it was removed at once
			e = store.Execution{ID: id, Scenario: sc.id}
		}
		if begins { // which is written with its first results
			e.Status = store.Running
		}
		return api.Event{Name: api.EventExecution, Data: executionOf(&e)}
	})
}
