package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"strconv"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
)

// Sizes of the steps of a sweep, so that each holds the writer up for little.
const (
	sweepExecutions = 100     // executions looked at in one commit
	sweepBytes      = 2 << 20 // bytes of journals deleted in one commit
	vacuumPages     = 256     // pages of the file given back at once
	copyEvery       = 16      // such steps between two copies of the log
)

// How long is kept what nobody has asked to keep otherwise.
const (
	// QueuedKept is how long a payload waits in the queue of a webhook for an execution.
	QueuedKept = 30 * 24 * time.Hour
	// ResolvedKept is how long an incomplete execution is kept after it was resolved.
	ResolvedKept = 30 * 24 * time.Hour
)

// Budget bounds what history keeps. Zero values bound nothing.
type Budget struct {
	Bytes int64         // of the journals of finished executions
	Age   time.Duration // since they finished
}

// Budgets are the bounds of the installation, and those of single scenarios in addition. Versions of scenarios are not
// bound by any.
type Budgets struct {
	All       Budget
	Scenarios map[int64]Budget
	// Queued and Resolved are how long payloads wait, and resolved incomplete executions stay; 0 = QueuedKept and
	// ResolvedKept, negative = for ever.
	Queued, Resolved time.Duration
}

// Swept says what a sweep has done.
type Swept struct {
	Executions int   // removed
	Bytes      int64 // of their journals
	Payloads   int   // that have waited too long for an execution
	Resolved   int   // incomplete executions
	Pages      int64 // of the database file given back to the file system
}

// Sweep removes what the budgets do not allow, the oldest first, and gives the space back to the file system. It does
// so in small steps between which others write, and stops between two of them when ctx ends.
func (s *Store) Sweep(ctx context.Context, b Budgets) (Swept, error) {
	var done Swept
	for scenario, budget := range b.Scenarios {
		if err := s.sweepHistory(ctx, scenario, budget, &done); err != nil {
			return done, err
		}
	}
	if err := s.sweepHistory(ctx, 0, b.All, &done); err != nil {
		return done, err
	}
	for _, step := range []func(context.Context, *Budgets, *Swept) error{s.sweepOrphans, s.sweepQueues, s.sweepResolved, s.forgetKeys, s.sweepPeople, s.sweepStatistics, s.sweepPending, s.sweepMarks} {
		if err := step(ctx, &b, &done); err != nil {
			return done, err
		}
	}
	if s.keeper == nil { // its vacuum sees to the space
		return done, nil
	}
	pages, err := s.shrink(ctx)
	done.Pages = pages
	return done, err
}

// sweepHistory brings the history of one scenario, or of all (0), into its budget.
func (s *Store) sweepHistory(ctx context.Context, scenario int64, b Budget, done *Swept) error {
	for behind := int64(0); ; {
		_, bytes := s.HistoryTotal(scenario)
		over := int64(0)
		if b.Bytes > 0 {
			over = bytes - b.Bytes
		}
		before := s.since(b.Age)
		if over <= 0 && before.IsZero() {
			return nil
		}
		gone, err := s.sweepStep(ctx, scenario, behind, over, before, done)
		if err != nil || len(gone) == 0 {
			return err
		}
		behind = gone[len(gone)-1].id
	}
}

// since returns the time that lies age back, the zero time when age bounds nothing.
func (s *Store) since(age time.Duration) time.Time {
	if age <= 0 {
		return time.Time{}
	}
	return s.clock.Now().Add(-age)
}

// oldest is an execution that may be removed.
type oldest struct{ id, scenario, finished, bytes int64 }

// oldestOf lists the oldest executions of a scenario, or of all (0): then those behind one that was removed, where a later one has a higher
// number.
func (s *Store) oldestOf(ctx context.Context, scenario, behind int64, limit int) ([]oldest, error) {
	q := newSelect("SELECT id, scenario, finished, bytes FROM execution WHERE status >= 2")
	q.and(notNeeded)
	order := "accepted, id"
	switch {
	case scenario != 0:
		q.and("scenario = ?", scenario)
	case s.dialect.rising:
		q.and("id > ?", behind)
		order = "id"
	}
	return list(ctx, s, q.end(" ORDER BY "+order, limit), scanOldest)
}

func scanOldest(rows *sql.Rows) (o oldest, err error) {
	return o, rows.Scan(&o.id, &o.scenario, &o.finished, &o.bytes) //nolint:wrapcheck // list wraps
}

// notNeeded leaves out executions with which another one goes on, or may yet.
const notNeeded = "NOT EXISTS (SELECT 1 FROM incomplete i WHERE i.execution = execution.id AND i.state < 3) AND " +
	"NOT EXISTS (SELECT 1 FROM execution c WHERE c.source = execution.id AND c.source > 0 AND c.status < 2)"

// sweepStep removes the oldest executions while more than over bytes are too many or they finished before the time.
func (s *Store) sweepStep(ctx context.Context, scenario, behind, over int64, before time.Time, done *Swept) ([]oldest, error) {
	candidates, err := s.oldestOf(ctx, scenario, behind, sweepExecutions)
	if err != nil {
		return nil, err
	}
	var gone []oldest
	var freed int64
	for _, o := range candidates {
		if freed >= sweepBytes {
			break
		}
		// The order is that of acceptance: one that took long may stand before others that finished earlier.
		if freed < over || o.finished < nanos(before) {
			gone = append(gone, o)
			freed += o.bytes
		}
	}
	return gone, s.remove(ctx, gone, done)
}

// sweepOrphans removes the history of scenarios that were deleted.
func (s *Store) sweepOrphans(ctx context.Context, _ *Budgets, done *Swept) error {
	for {
		q := newSelect("SELECT id, scenario, finished, bytes FROM execution WHERE status >= 2 AND scenario IN (SELECT owner FROM total t "+
			"WHERE kind = ? AND owner > 0 AND NOT EXISTS (SELECT 1 FROM scenario s WHERE s.id = t.owner) GROUP BY owner HAVING sum(number) > 0)",
			int64(finishedOfScenario))
		gone, err := list(ctx, s, q.end("", sweepExecutions), scanOldest)
		if err != nil || len(gone) == 0 {
			return err
		}
		if err := s.remove(ctx, gone, done); err != nil {
			return err
		}
	}
}

// remove deletes executions with all that belongs to them.
func (s *Store) remove(ctx context.Context, gone []oldest, done *Swept) error {
	if len(gone) == 0 {
		return nil
	}
	err := s.update(ctx, upkeepLane, func(t *tx) error {
		for _, o := range gone {
			if err := t.removeExecution(o); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, o := range gone {
		done.Executions++
		done.Bytes += o.bytes
	}
	return nil
}

func (t *tx) removeExecution(o oldest) error {
	n, err := t.exec("DELETE FROM execution WHERE id = ? AND status >= 2", o.id)
	if err != nil || n == 0 {
		return err
	}
	t.count(finishedOfScenario, o.scenario, -1, -o.bytes)
	t.count(finishedOfAll, 0, -1, -o.bytes)
	if _, err := t.exec("DELETE FROM execution_text WHERE rowid = ?", o.id); err != nil {
		return err
	}
	return t.dropOps(opKey(o.id, 0), opKey(o.id, MaxSequence))
}

// kept returns the duration that counts: the default for 0, none for a negative one.
func kept(asked, otherwise time.Duration) time.Duration {
	if asked == 0 {
		return otherwise
	}
	return asked
}

// sweepQueues removes payloads that have waited too long. Numbers grow with time, so it looks at the lowest only.
func (s *Store) sweepQueues(ctx context.Context, b *Budgets, done *Swept) error {
	before := s.since(kept(b.Queued, QueuedKept))
	for !before.IsZero() {
		q := newSelect("SELECT id FROM (SELECT id, received FROM item WHERE claim = 0 ORDER BY id LIMIT ?) AS i WHERE received < ?",
			int64(sweepExecutions), nanos(before))
		gone, err := list(ctx, s, q.end("", sweepExecutions), func(rows *sql.Rows) (id int64, err error) { return id, rows.Scan(&id) })
		if err != nil || len(gone) == 0 {
			return err
		}
		n, err := s.removeItems(ctx, gone)
		done.Payloads += n
		if err != nil || n == 0 {
			return err
		}
	}
	return nil
}

// removeItems removes those of the payloads that nobody has claimed in the meantime.
func (s *Store) removeItems(ctx context.Context, ids []int64) (int, error) {
	removed := 0
	err := s.update(ctx, upkeepLane, func(t *tx) error {
		removed = 0
		for _, id := range ids {
			row, err := t.one("DELETE FROM item WHERE id = ? AND claim = 0 RETURNING webhook, bytes", id)
			if err == nil && row == nil {
				continue
			}
			if err == nil {
				err = t.dropPayload(id, integer(row[0]), integer(row[1]))
			}
			if err != nil {
				return err
			}
			removed++
		}
		return nil
	})
	return removed, err
}

// sweepResolved removes incomplete executions that were resolved long ago.
func (s *Store) sweepResolved(ctx context.Context, b *Budgets, done *Swept) error {
	before := s.since(kept(b.Resolved, ResolvedKept))
	for !before.IsZero() {
		var n int64
		err := s.update(ctx, upkeepLane, func(t *tx) (err error) {
			n, err = t.exec("DELETE FROM incomplete WHERE id IN (SELECT id FROM incomplete WHERE state = 3 AND updated < ? LIMIT ?)",
				nanos(before), int64(sweepExecutions))
			return err
		})
		done.Resolved += int(n)
		if err != nil || n == 0 {
			return err
		}
	}
	return nil
}

// forgetKeys drops keys of deliveries that do not count any more.
func (s *Store) forgetKeys(ctx context.Context, _ *Budgets, _ *Swept) error {
	for {
		n, err := s.ForgetDeliveries(ctx)
		if err != nil || n < forgetAtOnce {
			return err
		}
	}
}

// marksKept is how long the marks of commits stay of processes that have ended.
const marksKept = 24 * time.Hour

// sweepMarks removes the marks of commits that nobody asks for any more.
func (s *Store) sweepMarks(ctx context.Context, _ *Budgets, _ *Swept) error {
	if !s.dialect.shared {
		return nil
	}
	return s.update(ctx, upkeepLane, func(t *tx) error {
		_, err := t.exec("DELETE FROM commit_mark WHERE at < ?", clock.System{}.Now().Add(-marksKept).UnixNano())
		return err
	})
}

// sweepPending finishes the audit entries of other processes that have ended.
func (s *Store) sweepPending(ctx context.Context, _ *Budgets, _ *Swept) error {
	if !s.dialect.shared { // this one did when it began
		return nil
	}
	return s.finishPending(ctx)
}

// shrink gives free pages back to the file system.
func (s *Store) shrink(ctx context.Context) (int64, error) {
	var given int64
	for step := 1; ; step++ {
		before, after, err := s.vacuum(ctx)
		if err != nil {
			return given, keepFault(err)
		}
		given += before - after
		if after == 0 || after >= before {
			break
		}
		// A copy is what shortens the file; without one the log would grow by all that moves.
		if step%copyEvery == 0 {
			if err := s.keeper.copy(ctx); err != nil {
				return given, keepFault(err)
			}
		}
	}
	if given == 0 {
		return 0, nil
	}
	if err := s.keeper.copy(ctx); err != nil {
		return given, keepFault(err)
	}
	return given, keepFault(s.keeper.cut(ctx))
}

// vacuum gives some pages back, and returns how many were free before and after.
func (s *Store) vacuum(ctx context.Context) (before, after int64, err error) {
	err = s.writer.between(ctx, func(c *conn) (err error) {
		if before, err = c.number("PRAGMA freelist_count"); err != nil || before == 0 {
			return err
		}
		if err = c.each(func([]driver.Value) error { return nil }, "PRAGMA incremental_vacuum("+strconv.Itoa(vacuumPages)+")"); err != nil {
			return err
		}
		after, err = c.number("PRAGMA freelist_count")
		return err
	})
	return before, after, err
}

// keepFault makes the fault of upkeep that failed. Nothing is lost by it.
func keepFault(err error) error {
	if err == nil || errors.Is(err, ErrClosed) || errors.Is(err, ErrNotSaved) {
		return err
	}
	return fault.Wrap(fault.Unexpected, err, "Space could not be given back to the file system.").
		WithHint("see the disk of the data directory; it is tried again with the next sweep")
}
