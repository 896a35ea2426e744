package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
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
	back    bool               // some went back to the store: for those that must keep their order, all behind them do
	filling bool
	unseen  bool  // its partition was taken over and nobody has looked yet what waits: nothing is filled until then
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

// stale says that there may be executions of a scenario in the store which are older than what arrives from now on. It
// reports whether the line should be filled up.
func (q *lines) stale(scenario int64) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	l := q.of(scenario)
	l.more = true
	return l.wantsMore()
}

// taken says that the partitions of scenarios were taken over: what is in the store comes before what arrives from now on.
func (q *lines) taken(scenarios []int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, scenario := range scenarios {
		l := q.of(scenario)
		l.more, l.unseen = true, true
	}
}

// seen says that somebody looks what waits in partitions.
func (q *lines) seen(within map[int]bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for scenario, l := range q.byScenario {
		if l.unseen && within[store.PartitionOf(scenario)] {
			l.unseen = false
		}
	}
}

// join takes an execution into memory that was just stored; false where it stays in the store until the line moves on.
func (q *lines) join(scenario, id int64) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	l := q.of(scenario)
	if id <= l.filled { // most likely it was taken from the store in the meantime; the next look there shows
		_, known := l.known[id]
		l.more = l.more || !known
		return false
	}
	if l.more || l.filling || len(l.known) >= lineLength {
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
	if stored && len(ids) > 0 {
		l.more, l.back = true, true
	}
	return !stored && l.wantsMore()
}

// wentBack reports whether executions of the scenario have gone back to the store and were not taken out again.
func (q *lines) wentBack(scenario int64) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.of(scenario).back
}

func (l *line) wantsMore() bool {
	return l.more && !l.filling && !l.unseen && len(l.known) <= lineLength/2
}

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

// begin starts to fill a line; room is how many rows to look at, 0 where nothing is to be done. A line that keeps its order is
// filled when those have left that are to go back behind the ones that went back.
func (q *lines) begin(scenario int64, ordered bool) (room int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	l := q.of(scenario)
	if l.filling || l.unseen || len(l.known) >= lineLength || ordered && l.back && len(l.known) > 0 {
		l.more = true
		return 0
	}
	l.filling, l.more, l.back = true, false, false
	return store.MaxPage
}

// end says how far the filling has come, and whether there may be more. What joined in the meantime has said so itself. It reports
// whether to fill again at once.
func (q *lines) end(scenario int64, more bool, upTo int64) (again bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	l := q.of(scenario)
	l.filling = false
	again = l.more && !more
	l.more = l.more || more
	l.filled = max(l.filled, upTo)
	return again && l.wantsMore()
}

// fill takes the next executions of a scenario out of the store, the oldest first: those that wait for their turn, and payloads
// that its webhooks have queued while it was not active. A scenario that is not active, runs on a schedule or is held up by an
// incomplete execution is left alone.
func (s *Service) fill(ctx context.Context, scenario int64) error {
	for again := true; again; {
		sc := s.scenario(scenario)
		if sc == nil || !sc.immediately || !s.owns(scenario) || s.heldUp(sc) {
			return nil
		}
		room := s.lines.begin(scenario, sc.plan.Settings.Sequential)
		if room == 0 {
			return nil
		}
		more, upTo, err := s.takeFrom(ctx, sc, room)
		again = s.lines.end(scenario, more || err != nil, upTo)
		if err != nil {
			return err
		}
	}
	return nil
}

// takeFrom takes up to so many executions out of the queues of a scenario's webhooks, and reports whether there may be more, and the
// highest number that it has seen. Where one queue holds more than that, what has a higher number in another waits with it, so
// that the order of arrival counts.
func (s *Service) takeFrom(ctx context.Context, sc *activeScenario, room int) (more bool, upTo int64, err error) {
	var all []store.Item
	last := int64(math.MaxInt64)
	for _, h := range s.hooksOf(sc.id) {
		items, err := s.store.Queue(ctx, int64(h.ID), 0, room)
		if err != nil {
			return true, 0, fmt.Errorf("read the queue of webhook %d: %w", h.ID, err)
		}
		if len(items) == room {
			more, last = true, min(last, items[room-1].ID)
		}
		all = append(all, items...)
	}
	all = slices.DeleteFunc(all, func(i store.Item) bool { return i.ID > last })
	slices.SortFunc(all, func(a, b store.Item) int { return cmp.Compare(a.ID, b.ID) })
	if len(all) > 0 {
		upTo = all[len(all)-1].ID
	}
	return more, upTo, s.takeIn(ctx, sc, all)
}

// takeIn submits queued executions. Payloads without one get it first, side by side, so that many share a commit.
func (s *Service) takeIn(ctx context.Context, sc *activeScenario, items []store.Item) error {
	fence := s.fence(sc.id)
	errs := make([]error, len(items))
	var all sync.WaitGroup
	for i, item := range items {
		if item.Taken() {
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
