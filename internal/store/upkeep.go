package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"modernc.org/sqlite"

	"github.com/ropeway/ropeway/internal/fault"
)

// Sizes of the steps of a sweep, so that each holds the writer up for little.
const (
	sweepExecutions = 100     // executions looked at in one commit
	sweepBytes      = 4 << 20 // bytes of journals deleted in one commit
	vacuumPages     = 2000    // pages of the file given back at once
	resolvedKept    = 30 * 24 * time.Hour
)

// Budget bounds what history keeps. Zero values bound nothing.
type Budget struct {
	Bytes int64         // of the journals of finished executions
	Age   time.Duration // since they finished
}

// Budgets are the bounds of the installation, and those of single scenarios in addition.
type Budgets struct {
	All       Budget
	Scenarios map[int64]Budget
}

// Swept says what a sweep has done.
type Swept struct {
	Executions int   // removed
	Bytes      int64 // of their journals
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
	if err := s.sweepOrphans(ctx, &done); err != nil {
		return done, err
	}
	if err := s.forgetOld(ctx); err != nil {
		return done, err
	}
	pages, err := s.shrink(ctx)
	done.Pages = pages
	return done, err
}

// sweepHistory brings the history of one scenario, or of all (0), into its budget.
func (s *Store) sweepHistory(ctx context.Context, scenario int64, b Budget, done *Swept) error {
	for {
		_, bytes := s.HistoryTotal(scenario)
		over := int64(0)
		if b.Bytes > 0 {
			over = bytes - b.Bytes
		}
		before := time.Time{}
		if b.Age > 0 {
			before = s.clock.Now().Add(-b.Age)
		}
		if over <= 0 && before.IsZero() {
			return nil
		}
		n, err := s.sweepStep(ctx, scenario, over, before, done)
		if err != nil || n == 0 {
			return err
		}
	}
}

// oldest is an execution that may be removed.
type oldest struct{ id, scenario, finished, bytes int64 }

// sweepStep removes the oldest executions while more than over bytes are too many or they finished before the time.
func (s *Store) sweepStep(ctx context.Context, scenario, over int64, before time.Time, done *Swept) (int, error) {
	q := newSelect("SELECT id, scenario, finished, bytes FROM execution WHERE status >= 2")
	if scenario != 0 {
		q.and("scenario = ?", scenario)
	}
	candidates, err := list(ctx, s, q.end(" ORDER BY accepted, id", sweepExecutions), func(rows *sql.Rows) (o oldest, err error) {
		return o, rows.Scan(&o.id, &o.scenario, &o.finished, &o.bytes)
	})
	if err != nil {
		return 0, err
	}
	var gone []oldest
	var freed int64
	for _, o := range candidates {
		if freed >= over && o.finished >= nanos(before) || freed >= sweepBytes {
			break
		}
		gone = append(gone, o)
		freed += o.bytes
	}
	return len(gone), s.remove(ctx, gone, done)
}

// sweepOrphans removes the history of scenarios that were deleted.
func (s *Store) sweepOrphans(ctx context.Context, done *Swept) error {
	for {
		q := newSelect("SELECT e.id, e.scenario, e.finished, e.bytes FROM execution e JOIN total t ON t.owner = e.scenario "+
			"WHERE t.kind = ? AND t.number > 0 AND t.owner > 0 AND NOT EXISTS (SELECT 1 FROM scenario WHERE id = t.owner) AND e.status >= 2",
			int64(finishedOfScenario))
		gone, err := list(ctx, s, q.end("", sweepExecutions), func(rows *sql.Rows) (o oldest, err error) {
			return o, rows.Scan(&o.id, &o.scenario, &o.finished, &o.bytes)
		})
		if err != nil || len(gone) == 0 {
			return err
		}
		if err := s.remove(ctx, gone, done); err != nil {
			return err
		}
	}
}

// remove deletes finished executions with all that belongs to them.
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

// forgetOld drops keys of deliveries and resolved incomplete executions whose time is over.
func (s *Store) forgetOld(ctx context.Context) error {
	for {
		n, err := s.ForgetDeliveries(ctx)
		if err != nil {
			return err
		}
		if n < forgetAtOnce {
			break
		}
	}
	return s.update(ctx, upkeepLane, func(t *tx) error {
		_, err := t.exec("DELETE FROM incomplete WHERE id IN (SELECT id FROM incomplete WHERE state = 3 AND updated < ? LIMIT ?)",
			nanos(t.now.Add(-resolvedKept)), int64(sweepExecutions))
		return err
	})
}

// shrink gives free pages back to the file system.
func (s *Store) shrink(ctx context.Context) (int64, error) {
	var given int64
	for {
		var before, after int64
		err := s.writer.between(ctx, func(c *conn) (err error) {
			if before, err = c.number("PRAGMA freelist_count"); err != nil || before == 0 {
				return err
			}
			if err = c.each(func([]driver.Value) error { return nil }, "PRAGMA incremental_vacuum("+strconv.Itoa(vacuumPages)+")"); err != nil {
				return err
			}
			after, err = c.number("PRAGMA freelist_count")
			return err
		})
		if err != nil {
			return given, keepFault(err)
		}
		given += before - after
		// A copy is what shortens the file; without one the log would grow by all that moves.
		if err := copyLogNow(ctx, s.writer, "PASSIVE"); err != nil {
			return given, err
		}
		if after == 0 || after >= before {
			break
		}
	}
	return given, copyLogNow(ctx, s.writer, "TRUNCATE")
}

func copyLogNow(ctx context.Context, w *writer, mode string) error {
	return keepFault(w.between(ctx, func(c *conn) error { return copyLog(c, mode) }))
}

// keepFault makes the fault of upkeep that failed. Nothing is lost by it.
func keepFault(err error) error {
	if err == nil || errors.Is(err, ErrClosed) || errors.Is(err, ErrNotSaved) {
		return err
	}
	return fault.Wrap(fault.Unexpected, err, "Space could not be given back to the file system.").
		WithHint("see the disk of the data directory; it is tried again with the next sweep")
}

// Usage is the space that the store takes on disk, in bytes.
type Usage struct {
	Database int64
	Log      int64 // not yet copied into the database
	Free     int64 // of Database, to be used again or given back
}

// Usage returns the space that the store takes.
func (s *Store) Usage(ctx context.Context) (Usage, error) {
	var u Usage
	info, err := os.Stat(s.path())
	if err != nil {
		return u, readFault(err)
	}
	u.Database = info.Size()
	if info, err := os.Stat(s.path() + "-wal"); err == nil {
		u.Log = info.Size()
	}
	pages, err := s.readNumber(ctx, "PRAGMA freelist_count")
	if err != nil {
		return u, err
	}
	size, err := s.readNumber(ctx, "PRAGMA page_size")
	u.Free = pages * size
	return u, err
}

// Check reads the whole database and reports damage as ErrDamaged. It takes as long as reading takes.
func (s *Store) Check(ctx context.Context) error {
	found, err := list(ctx, s, newSelect("PRAGMA integrity_check(20)"), func(rows *sql.Rows) (line string, err error) {
		return line, rows.Scan(&line)
	})
	if err != nil {
		return err
	}
	if len(found) != 1 || found[0] != "ok" {
		return fault.Wrap(fault.Unexpected, fmt.Errorf("%w: %q", ErrDamaged, found), "The database is damaged.").
			WithHint("stop Ropeway, keep a copy of the data directory, and restore the last backup")
	}
	return s.checkAudit(ctx)
}

// Backup writes a copy of the whole database to path, which must not exist, while everything goes on. The copy is the
// state of one moment, and is on disk when Backup returns.
func (s *Store) Backup(ctx context.Context, path string) error {
	failed := func(err error) error {
		return fault.Wrap(fault.Unexpected, err, "The backup could not be written.").
			WithHint("see that the target is on a disk with room and does not exist yet")
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		return failed(errors.Join(os.ErrExist, err))
	}
	if err := s.copyTo(ctx, path); err != nil {
		return failed(err)
	}
	for _, name := range []string{path, filepath.Dir(path)} {
		if err := syncFile(name); err != nil {
			return failed(err)
		}
	}
	return nil
}

// copyTo writes a compact copy over a connection of its own: those of the readers may not even write elsewhere.
func (s *Store) copyTo(ctx context.Context, path string) error {
	connector, err := sqlite.NewConnector(source(s.path(), false))
	if err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	db := sql.OpenDB(connector)
	_, err = db.ExecContext(ctx, "VACUUM INTO ?", path)
	return errors.Join(err, db.Close())
}

func syncFile(name string) error {
	f, err := os.Open(name) //nolint:gosec // the file that was just written where the caller said
	if err != nil {
		return fmt.Errorf("open for syncing: %w", err)
	}
	defer f.Close()
	if err := f.Sync(); err != nil {
		return fmt.Errorf("sync: %w", err)
	}
	return nil
}
