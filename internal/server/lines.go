package server

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/ropeway/ropeway/internal/store"
)

// lineLength is how many executions of one scenario wait in memory before the others are left in the store, and follow when half
// of these have begun, so that millions of them take no memory. It is well below a page of the store: one page always
// shows some that are not in memory.
const lineLength = 400

// line is the executions of one scenario that wait for their turn or run.
type line struct {
	known   map[int64]struct{} // in memory
	more    bool               // there may be others in the store
	filling bool
	filled  int64 // highest number that was taken from the store
}

// lines keeps a line for each scenario.
type lines struct {
	mu         sync.Mutex
	byScenario map[int64]*line
}

func newLines() *lines { return &lines{byScenario: map[int64]*line{}} }

func (q *lines) of(scenario int64) *line {
	l := q.byScenario[scenario]
	if l == nil {
		l = &line{known: map[int64]struct{}{}}
		q.byScenario[scenario] = l
	}
	return l
}

// join takes an execution into memory that was just stored; false where it stays in the store until the line moves on.
func (q *lines) join(scenario, id int64) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	l := q.of(scenario)
	if id <= l.filled { // it was taken from the store in the meantime
		return false
	}
	if l.more || len(l.known) >= lineLength {
		l.more = true
		return false
	}
	l.known[id] = struct{}{}
	return true
}

// take takes an execution into memory however long the line is; false where it is there already.
func (q *lines) take(scenario, id int64) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	l := q.of(scenario)
	if _, known := l.known[id]; known {
		return false
	}
	l.known[id] = struct{}{}
	return true
}

// leave says that executions are not in memory any more; stored says that they still wait in the store. It reports whether
// the line should be filled up.
func (q *lines) leave(scenario int64, stored bool, ids ...int64) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	l := q.of(scenario)
	for _, id := range ids {
		delete(l.known, id)
	}
	l.more = l.more || stored && len(ids) > 0
	return !stored && l.wantsMore()
}

func (l *line) wantsMore() bool { return l.more && !l.filling && len(l.known) <= lineLength/2 }

// waiting lists the scenarios whose lines should be filled up.
func (q *lines) waiting() []int64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	var list []int64
	for scenario, l := range q.byScenario {
		if l.wantsMore() {
			list = append(list, scenario)
		}
	}
	return list
}

// begin starts to fill a line; room is how many rows to look at, 0 where nothing is to be done.
func (q *lines) begin(scenario int64) (room int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	l := q.of(scenario)
	if l.filling || len(l.known) >= lineLength {
		l.more = true
		return 0
	}
	l.filling = true
	return store.MaxPage
}

// end says how far the filling has come, and whether there may be more.
func (q *lines) end(scenario int64, more bool, upTo int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	l := q.of(scenario)
	l.filling, l.more = false, more
	l.filled = max(l.filled, upTo)
}

// fill takes the next executions of a scenario out of the store, the oldest first: those that wait for their turn, and payloads
// that its webhooks have queued while it was not active. A scenario that is not active, runs on a schedule or is held up by an
// incomplete execution is left alone.
func (s *Service) fill(ctx context.Context, scenario int64) error {
	sc := s.scenario(scenario)
	if sc == nil || !sc.immediately || s.heldUp(sc) {
		return nil
	}
	room := s.lines.begin(scenario)
	if room == 0 {
		return nil
	}
	more, upTo := true, int64(0)
	defer func() { s.lines.end(scenario, more, upTo) }()
	more = false
	for _, h := range s.hooksOf(scenario) {
		items, err := s.store.Queue(ctx, int64(h.ID), 0, room)
		if err != nil {
			more = true
			return fmt.Errorf("read the queue of webhook %d: %w", h.ID, err)
		}
		more = more || len(items) == room
		if len(items) > 0 {
			upTo = max(upTo, items[len(items)-1].ID)
		}
		if err := s.takeIn(ctx, sc, items); err != nil {
			more = true
			return err
		}
	}
	return nil
}

// takeIn submits queued executions. Payloads without one get it first, side by side, so that many share a commit.
func (s *Service) takeIn(ctx context.Context, sc *activeScenario, items []store.Item) error {
	fence := s.fence(sc.id)
	errs := make([]error, len(items))
	var all sync.WaitGroup
	for i, item := range items {
		if item.Begun || item.Claim != 0 {
			continue
		}
		all.Add(1)
		go func() {
			defer all.Done()
			_, errs[i] = s.store.StartExecution(ctx, fence, store.NewExecution{
				Scenario: sc.id, Version: sc.version, Origin: store.ByWebhook, Item: item.ID,
			})
		}()
	}
	all.Wait()
	for i, item := range items {
		if errs[i] == nil && item.Claim == 0 && s.lines.take(sc.id, item.ID) {
			s.submit(sc, &execution{id: item.ID, fence: fence, queued: true})
		}
	}
	return errors.Join(errs...)
}

// heldUp reports whether a sequential scenario waits for an incomplete execution to be resolved.
func (s *Service) heldUp(sc *activeScenario) bool {
	if !sc.plan.Settings.Sequential {
		return false
	}
	n, _ := s.store.IncompleteTotal(sc.id)
	return n > 0
}
