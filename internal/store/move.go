package store

import (
	"context"
	"crypto/rand"
	"database/sql/driver"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
)

// Limits of a page, which one transaction of the target writes.
const (
	movedRows     = 5000
	movedBytesMax = 4 << 20
)

// Move says which installation moves where. A place is the URL of a PostgreSQL database, as postgres://user@host/name, or a data directory;
// one of each.
type Move struct {
	From, To string
	Clock    clock.Clock
	// Repair replaces what PostgreSQL does not keep also in texts by which something is found, or that are hashed.
	Repair bool
	// Again drops what an interrupted move has brought to the target, and begins anew.
	Again bool
	// Progress is told of each page; nil for nobody. It must not wait.
	Progress func(MoveProgress)

	// pageRows is the most rows of a page, 0 = movedRows; interrupt is asked before each page is written, and without a table when
	// the source is given up and the target not usable yet; an error ends the move there. For tests.
	pageRows  int
	interrupt func(table string) error
}

// MoveProgress says how far a move has come.
type MoveProgress struct {
	Table     string
	Verifying bool  // it is read again on both sides
	Rows      int64 // of the table
	Bytes     int64 // of all tables, as they were moved or read
}

// Moved says what a move has done.
type Moved struct {
	From, To string // without passwords
	Resumed  bool   // an interrupted one went on
	Tables   []MovedTable
	Rows     int64 // moved by this call, and not by one before it
	Bytes    int64
	Copying  time.Duration
	Checking time.Duration
}

// MovedTable is a table as both databases hold it.
type MovedTable struct {
	Name   string
	From   Digest
	To     Digest
	Mended int64 // texts that were changed on the way
}

// Same reports whether both hold the same.
func (t *MovedTable) Same() bool { return t.From == t.To }

// Verified reports whether both databases hold the same.
func (m *Moved) Verified() bool {
	for i := range m.Tables {
		if !m.Tables[i].Same() {
			return false
		}
	}
	return len(m.Tables) > 0
}

// ErrDiffers says that the target of a move does not hold what its source does.
var ErrDiffers = errors.New("store: the databases differ")

// mover carries one move out.
type mover struct {
	Move
	from, to moveEnd
	notes    map[string]string // of the target
	done     Moved
	mended   map[string]int64 // texts changed on the way, by table
}

// MoveInstallation copies everything from one database to another, reads it again on both sides, and makes the target usable and the
// source unusable when they hold the same. Before that the target cannot be opened. One that was interrupted goes on where it was. It
// returns what it has done also with an error.
func MoveInstallation(ctx context.Context, m Move) (moved Moved, err error) {
	r := &mover{Move: m, mended: map[string]int64{}}
	if r.Progress == nil {
		r.Progress = func(MoveProgress) {}
	}
	if r.pageRows == 0 {
		r.pageRows = movedRows
	}
	if IsDatabaseURL(m.From) == IsDatabaseURL(m.To) {
		return r.done, fault.New(fault.InvalidConfiguration, "A move goes from a data directory to a PostgreSQL database, or back.").
			WithHint("between two of one kind, copy: ropeway backup and restore, or pg_dump and pg_restore")
	}
	if r.from, r.done.From, err = r.openEnd(ctx, m.From, false); err != nil {
		return r.done, err
	}
	defer func() { err = errors.Join(err, r.from.close()) }()
	if r.to, r.done.To, err = r.openEnd(ctx, m.To, true); err != nil {
		return r.done, err
	}
	defer func() { err = errors.Join(err, r.to.close()) }()
	err = r.begin(ctx)
	if err == nil {
		err = r.carry(ctx)
	}
	if err == nil {
		err = r.handOver(ctx)
	}
	return r.done, moveFault(err)
}

// IsDatabaseURL reports whether a place is the URL of a database and not a directory.
func IsDatabaseURL(place string) bool {
	return strings.HasPrefix(place, "postgres://") || strings.HasPrefix(place, "postgresql://")
}

func moveFault(err error) error {
	var told *fault.Error
	if err == nil || errors.As(err, &told) {
		return err
	}
	if errors.Is(err, context.Canceled) {
		return fault.Wrap(fault.Unexpected, err, "The move was stopped.").WithHint("the installation is where it was; run the same command again, which goes on where it was")
	}
	if unreachable(err) {
		return fault.Wrap(fault.Connection, errors.Join(ErrUnavailable, err), "The database cannot be reached any more.").
			WithHint("run the same command again when it can; it goes on where it was")
	}
	if full(err) {
		return fault.Wrap(fault.OutOfSpace, err, "The disk of the target is full.").WithHint("make room and run the same command again; it goes on where it was")
	}
	return fault.Wrap(fault.Unexpected, err, "The installation could not be moved.").
		WithHint("the source is as it was; run the same command again, which goes on where it was")
}

// openEnd opens one end and keeps others out of it. shown is its place for people.
func (r *mover) openEnd(ctx context.Context, place string, target bool) (e moveEnd, shown string, err error) {
	if !IsDatabaseURL(place) {
		file, err := openSQLiteEnd(place, target)
		if err != nil {
			return nil, place, err
		}
		file.repair = r.Repair
		file.mended = func(table string, n int64) { r.mended[table] += n }
		return file, place, nil
	}
	database, err := openPostgresEnd(ctx, place)
	if err != nil {
		return nil, "", err
	}
	if err := database.keep(ctx); err != nil {
		return nil, database.place, errors.Join(err, database.close())
	}
	return database, database.place, nil
}

// begin looks whether the move is possible, and makes the target ready or finds out how far it has come.
func (r *mover) begin(ctx context.Context) error {
	if err := r.checkForms(ctx); err != nil {
		return err
	}
	theirs, err := r.from.notes(ctx)
	if err != nil {
		return err
	}
	if r.notes, err = r.to.notes(ctx); err != nil {
		return err
	}
	gone := theirs[roleItem] == roleGone && theirs[moveItem] == r.notes[moveItem] && r.notes[roleItem] == roleTarget
	if err := refuseMoving(theirs); err != nil && !gone {
		return err
	}
	state, err := sourceState(ctx, r.from)
	if err != nil {
		return err
	}
	if r.notes[roleItem] == roleTarget {
		again, err := r.takeUp(ctx, state)
		if err != nil || !again {
			return err
		}
	} else if err := r.checkEmpty(ctx); err != nil {
		return err
	}
	var random [8]byte
	_, _ = rand.Read(random[:]) // it ends the program rather than fail
	r.notes = map[string]string{
		roleItem: roleTarget, moveItem: hex.EncodeToString(random[:]), otherItem: r.done.From, sinceItem: shownTime(r.Clock.Now()), stateItem: state,
	}
	return r.to.prepare(ctx, r.notes)
}

// checkForms refuses databases whose tables are not those of this version.
func (r *mover) checkForms(ctx context.Context) error {
	now, newest, err := r.from.form(ctx)
	switch {
	case err != nil:
		return err
	case now == 0:
		return fault.New(fault.InvalidConfiguration, "There is no installation in "+r.done.From+".").WithHint("name the directory or database that ropeway serve uses")
	case now < newest:
		return fault.Newf(fault.InvalidConfiguration, "The tables in %s are those of an older version (form %d, this one knows %d).", r.done.From, now, newest).
			WithHint("start this version on it once, which brings it up to date; then move it")
	case now > newest:
		return fault.Newf(fault.InvalidConfiguration, "The tables in %s are those of a newer version (form %d, this one knows %d).", r.done.From, now, newest).WithHint("use that version")
	}
	if now, newest, err = r.to.form(ctx); err == nil && now != 0 && now != newest {
		err = refuseTarget(r.done.To, fmt.Sprintf("its tables are those of another version (form %d, this one knows %d)", now, newest), "name an empty directory or database")
	}
	return err
}

// takeUp goes on with a move that was interrupted, or reports that it is to begin anew.
func (r *mover) takeUp(ctx context.Context, state string) (again bool, err error) {
	if r.Again {
		return true, r.to.clear(ctx)
	}
	if r.notes[stateItem] != state {
		return false, refuseTarget(r.done.To, "it holds a part of another installation, or of this one as it was before something ran on it",
			"say --again: what was moved before is dropped, and the move begins anew")
	}
	r.done.Resumed = true
	return false, nil
}

// checkEmpty refuses a target in which there is something.
func (r *mover) checkEmpty(ctx context.Context) error {
	form, _, err := r.to.form(ctx)
	if err != nil || form == 0 {
		return err
	}
	hint := "name an empty directory or database"
	if r.notes[roleItem] == roleGone {
		hint += "; what is there has moved to " + r.notes[otherItem] + " on " + r.notes[sinceItem] + ", and can be put aside or removed"
	}
	table, err := occupiedBy(ctx, r.to)
	if err == nil && table != "" {
		err = refuseTarget(r.done.To, "it is not empty (there is something in the table "+table+")", hint)
	}
	return err
}

// carry moves all tables.
func (r *mover) carry(ctx context.Context) error {
	began := r.Clock.Now()
	defer func() { r.done.Copying = r.Clock.Now().Sub(began) }()
	for _, t := range movedTables() {
		note, err := readTableNote(r.notes, t.name)
		if err == nil && !note.Done {
			err = r.carryTable(ctx, &t, &note)
		}
		if err != nil {
			return err
		}
		r.done.Tables = append(r.done.Tables, MovedTable{Name: t.name, Mended: note.Mended})
	}
	return nil
}

// page is what one transaction of the target writes.
type page struct {
	rows   [][]driver.Value
	bytes  int
	mended int64 // in the table, up to the end of the page
}

// carryTable reads a table from behind the last row that was moved, and writes it page by page. The next page is read meanwhile.
func (r *mover) carryTable(ctx context.Context, t *movedTable, note *tableNote) error {
	var after []driver.Value
	if note.Key != "" {
		var err error
		if after, err = t.readKey(note.Key); err != nil {
			return err
		}
	}
	reading, stop := context.WithCancel(ctx)
	defer stop()
	pages, failed := make(chan page, 1), make(chan error, 1)
	go func() {
		defer close(pages)
		failed <- r.readPages(reading, t, after, pages)
	}()
	var err error
	before := note.Mended
	for p := range pages {
		if err == nil {
			note.Mended = before + p.mended
			err = r.writePage(ctx, t, p, note)
		}
		if err != nil {
			stop()
		}
	}
	if reading := <-failed; err == nil {
		err = reading
	}
	if err != nil {
		return err
	}
	note.Done = true
	return r.to.write(ctx, t, nil, tableItem+t.name, note.text())
}

// readPages hands the rows of a table on, page by page.
func (r *mover) readPages(ctx context.Context, t *movedTable, after []driver.Value, pages chan<- page) error {
	r.mended[t.name] = 0
	var p page
	send := func() error {
		p.mended = r.mended[t.name]
		select {
		case pages <- p:
		case <-ctx.Done():
			return ctx.Err()
		}
		p = page{}
		return nil
	}
	err := r.from.rows(ctx, t, after, func(row []driver.Value) error {
		p.rows = append(p.rows, row)
		p.bytes += bytesInRow(row)
		if len(p.rows) < r.pageRows && p.bytes < movedBytesMax {
			return nil
		}
		return send()
	})
	if err == nil && len(p.rows) > 0 {
		err = send()
	}
	return err
}

func (r *mover) writePage(ctx context.Context, t *movedTable, p page, note *tableNote) error {
	if r.interrupt != nil {
		if err := r.interrupt(t.name); err != nil {
			return err
		}
	}
	note.Rows += int64(len(p.rows))
	note.Bytes += int64(p.bytes)
	note.Key = t.keyText(p.rows[len(p.rows)-1])
	if err := r.to.write(ctx, t, p.rows, tableItem+t.name, note.text()); err != nil {
		return err
	}
	r.done.Rows += int64(len(p.rows))
	r.done.Bytes += int64(p.bytes)
	r.Progress(MoveProgress{Table: t.name, Rows: note.Rows, Bytes: r.done.Bytes})
	return nil
}

// handOver compares the databases, and lets the installation go on in the target and nowhere else. The source is given up first: at
// no time are both usable.
func (r *mover) handOver(ctx context.Context) error {
	began := r.Clock.Now()
	err := r.verify(ctx)
	r.done.Checking = r.Clock.Now().Sub(began)
	if err != nil {
		return err
	}
	if err := r.from.leave(ctx, map[string]string{
		roleItem: roleGone, moveItem: r.notes[moveItem], otherItem: r.done.To, sinceItem: shownTime(r.Clock.Now()),
	}); err != nil {
		return err
	}
	if r.interrupt != nil {
		if err := r.interrupt(""); err != nil {
			return err
		}
	}
	return r.to.finish(ctx)
}

// verify reads every table on both sides.
func (r *mover) verify(ctx context.Context) error {
	var bytes int64
	for i, t := range movedTables() {
		m := &r.done.Tables[i]
		var errs [2]error
		var both sync.WaitGroup
		both.Go(func() { m.From, errs[0] = digestOf(ctx, r.from, &t, nil) })
		both.Go(func() {
			m.To, errs[1] = digestOf(ctx, r.to, &t, func(d Digest) {
				r.Progress(MoveProgress{Table: t.name, Verifying: true, Rows: d.Rows, Bytes: bytes + d.Bytes})
			})
		})
		both.Wait()
		if err := errors.Join(errs[0], errs[1]); err != nil {
			return err
		}
		bytes += m.To.Bytes
	}
	if !r.done.Verified() {
		return fault.Wrap(fault.Data, ErrDiffers, "The databases do not hold the same; the installation stays where it was.").
			WithHint("see that nothing has worked on either meanwhile, then move again with --again")
	}
	return nil
}

// digestOf reads a table. progress is told every few thousand rows.
func digestOf(ctx context.Context, e moveEnd, t *movedTable, progress func(Digest)) (Digest, error) {
	d := newDigester()
	err := e.rows(ctx, t, nil, func(row []driver.Value) error {
		d.add(row)
		if progress != nil && d.sum.Rows%movedRows == 0 {
			progress(d.sum)
		}
		return ctx.Err()
	})
	return d.digest(), err
}

// ReleaseInstallation makes a database usable again from which the installation was moved elsewhere.
func ReleaseInstallation(ctx context.Context, place string) (err error) {
	r := &mover{}
	e, shown, err := r.openEnd(ctx, place, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.close()) }()
	notes, err := e.notes(ctx)
	if err != nil {
		return moveFault(err)
	}
	if notes[roleItem] != roleGone {
		return fault.New(fault.InvalidConfiguration, "No installation was moved away from "+shown+".").WithHint("nothing is to be released")
	}
	return moveFault(e.finish(ctx))
}
