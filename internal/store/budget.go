package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
)

// DefaultIncompleteBytes is how much the incomplete executions of one scenario may take while they wait.
const DefaultIncompleteBytes = 1 << 30

// ErrIncompleteFull says that the incomplete executions of a scenario take as much as they may.
var ErrIncompleteFull = errors.New("store: too many incomplete executions")

// Totals are how much there is of what grows.
type Totals struct {
	History    Counted // finished executions, and their journals
	Queued     Counted // payloads that no execution has begun with
	Incomplete Counted // not resolved
	States     map[IncompleteState]int64
}

// Totals returns how much there is of what grows, without reading it.
func (s *Store) Totals(ctx context.Context) (Totals, error) {
	t := Totals{History: Counted(s.total(finishedOfAll, 0)), States: map[IncompleteState]int64{}}
	var err error
	if t.Queued, err = s.counted(ctx, queuedOfWebhook); err != nil {
		return t, err
	}
	if t.Incomplete, err = s.counted(ctx, incompleteOf); err != nil {
		return t, err
	}
	type counted struct {
		state  IncompleteState
		number int64
	}
	q := newSelect("SELECT state, count(*) FROM incomplete WHERE state < ? GROUP BY state", int64(Resolved))
	found, err := list(ctx, s, q.end("", 0), func(rows *sql.Rows) (c counted, err error) { return c, rows.Scan(&c.state, &c.number) })
	for _, c := range found {
		t.States[c.state] = c.number
	}
	return t, err
}

// NextGone says which execution the next sweep of a history would remove first, and when its time comes.
type NextGone struct {
	Execution int64 // 0 = the history is empty
	Finished  time.Time
	Used      int64 // bytes of the history
	Over      int64 // bytes that are too many now
	// At is when the age of Execution reaches the budget; zero when none is set. With Over > 0 it goes before.
	At time.Time
}

// NextToGo says what a budget would remove next from the history of a scenario, or of all (0).
func (s *Store) NextToGo(ctx context.Context, scenario int64, b Budget) (NextGone, error) {
	var n NextGone
	_, n.Used = s.HistoryTotal(scenario)
	if b.Bytes > 0 {
		n.Over = max(0, n.Used-b.Bytes)
	}
	first, err := s.oldestOf(ctx, scenario, 0, 1)
	if err != nil || len(first) == 0 {
		return n, err
	}
	n.Execution, n.Finished = first[0].id, timeOf(first[0].finished)
	if b.Age > 0 {
		n.At = n.Finished.Add(b.Age)
	}
	return n, nil
}

// IncompleteRoom refuses with ErrIncompleteFull when the unresolved incomplete executions of a scenario would take more
// than limit bytes with more of them; limit 0 = DefaultIncompleteBytes. The scenario decides then: it drops the data and goes
// on, or it is paused.
func (s *Store) IncompleteRoom(scenario, more, limit int64) error {
	if limit <= 0 {
		limit = DefaultIncompleteBytes
	}
	number, used := s.IncompleteTotal(scenario)
	if used+more <= limit {
		return nil
	}
	return fault.Wrap(fault.OutOfSpace, ErrIncompleteFull, "[incomplete-room] The incomplete executions of the scenario take all the room that they may.").
		WithHintf("[hint-resolve-some] resolve some of the %d that wait, or let the scenario lose data when there is no room", number)
}
