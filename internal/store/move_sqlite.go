package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/ropeway/ropeway/internal/fault"
)

// Settings of the connection of a move: what a page has written reaches the disk with a later one, together with the note of it.
const (
	movedSync   = "PRAGMA synchronous = NORMAL"
	movedCopy   = "PRAGMA wal_autocheckpoint = 8192"
	movedAtOnce = 32 // rows of one statement
)

var _ moveEnd = (*sqliteEnd)(nil)

// sqliteEnd is the database of a data directory in a move. It holds the lock of the directory.
type sqliteEnd struct {
	dir     string
	repair  bool // also texts by which something is found
	lock    *conn
	conn    *conn // nil while there is no database
	inserts map[string]*multiRow
	// mended is told of texts that were changed on the way.
	mended func(table string, number int64)
}

// openSQLiteEnd takes a directory. Where target is true it is made, and needs no database.
func openSQLiteEnd(dir string, target bool) (*sqliteEnd, error) {
	e := &sqliteEnd{dir: dir, inserts: map[string]*multiRow{}, mended: func(string, int64) {}}
	if target {
		if err := os.MkdirAll(dir, dirMode); err != nil {
			return nil, fault.Wrap(fault.InvalidConfiguration, err, "The data directory could not be made.").WithHint("choose a directory that Ropeway may write to")
		}
	}
	_, missing := os.Stat(e.path())
	if missing != nil && !target {
		return nil, noDatabase(dir, missing)
	}
	var err error
	if e.lock, err = acquireLock(filepath.Join(dir, lockFile)); err != nil {
		return nil, err
	}
	if missing == nil {
		err = e.connect()
	}
	if err != nil {
		return nil, errors.Join(err, e.close())
	}
	return e, nil
}

func (e *sqliteEnd) path() string { return filepath.Join(e.dir, databaseFile) }

func (e *sqliteEnd) connect() (err error) {
	if e.conn, err = openConn(e.path()); err != nil {
		return openFault(err)
	}
	for _, setting := range []string{movedSync, movedCopy} {
		if err := e.conn.pragma(setting); err != nil {
			return openFault(err)
		}
	}
	return nil
}

func (e *sqliteEnd) form(context.Context) (now, newest int64, err error) {
	if newest, err = knownForm(); err != nil || e.conn == nil {
		return 0, newest, err
	}
	there, err := e.conn.number("SELECT count(*) FROM sqlite_master WHERE name = 'goose_db_version'")
	if err == nil && there > 0 {
		now, err = e.conn.number("SELECT max(version_id) FROM goose_db_version WHERE is_applied")
	}
	return now, newest, err
}

func (e *sqliteEnd) ask(_ context.Context, query string) ([]driver.Value, error) {
	return oneOf(e.conn, query)
}

func (e *sqliteEnd) notes(context.Context) (map[string]string, error) {
	if e.conn == nil {
		return nil, nil
	}
	there, err := e.conn.number("SELECT count(*) FROM sqlite_master WHERE name = '" + movingTable + "'")
	if err != nil || there == 0 {
		return nil, err
	}
	notes := map[string]string{}
	err = e.conn.each(func(row []driver.Value) error {
		notes[text(row[0])] = text(row[1])
		return nil
	}, "SELECT item, value FROM "+movingTable)
	return notes, err
}

// rows reads a table. The words of executions are in an index that knows which word is in which execution, not the other way round: they
// are sorted in a file of SQLite's. Old ones do not name the team of the execution yet.
func (e *sqliteEnd) rows(ctx context.Context, t *movedTable, after []driver.Value, visit func(row []driver.Value) error) error {
	if t.name == wordsTable {
		return e.words(ctx, after, visit)
	}
	return e.conn.each(func(row []driver.Value) error {
		mine := make([]driver.Value, len(row))
		copy(mine, row)
		mended, err := t.mend(mine, e.repair)
		if err != nil {
			return err
		}
		if mended > 0 {
			e.mended(t.name, mended)
		}
		return errors.Join(visit(mine), ctx.Err())
	}, t.query(after != nil, ""), after...)
}

func (e *sqliteEnd) words(ctx context.Context, after []driver.Value, visit func(row []driver.Value) error) error {
	if _, err := e.conn.exec("CREATE VIRTUAL TABLE IF NOT EXISTS temp.moving_words USING fts5vocab ('main', '" + wordsTable + "', 'instance')"); err != nil {
		return err
	}
	named, err := e.conn.number("SELECT since FROM text_team")
	if err != nil {
		return err
	}
	behind := int64(-1)
	if after != nil {
		behind = integer(after[0])
	}
	execution, words := behind, []string(nil)
	end := func() error {
		if len(words) == 0 {
			return nil
		}
		if execution < named {
			team, err := numberOf(e.conn, "SELECT team FROM execution WHERE id = ?", execution)
			if err != nil {
				return err
			}
			words = append(words, teamWord(team))
		}
		row := []driver.Value{execution, wordsOf(words)}
		words = words[:0]
		return errors.Join(visit(row), ctx.Err())
	}
	err = e.conn.each(func(row []driver.Value) error {
		if id := integer(row[0]); id != execution {
			if err := end(); err != nil {
				return err
			}
			execution = id
		}
		words = append(words, text(row[1]))
		return nil
	}, "SELECT doc, term FROM temp.moving_words WHERE doc > ? ORDER BY doc", behind)
	return errors.Join(err, end())
}

// prepare brings an empty file to the form of this version.
func (e *sqliteEnd) prepare(ctx context.Context, notes map[string]string) error {
	if e.conn == nil {
		if err := migrate(ctx, e.path()); err != nil {
			return err
		}
		if err := e.connect(); err != nil {
			return err
		}
	}
	return e.inTransaction(func() error {
		if _, err := e.conn.exec("DROP TABLE IF EXISTS " + movingTable); err != nil {
			return err
		}
		if _, err := e.conn.exec(createMoving); err != nil {
			return err
		}
		for table := range seededTables() {
			if _, err := e.conn.exec("DELETE FROM " + table); err != nil {
				return err
			}
		}
		return e.note(notes)
	})
}

func (e *sqliteEnd) note(notes map[string]string) error {
	for item, value := range notes {
		if _, err := e.conn.exec("INSERT INTO "+movingTable+" (item, value) VALUES (?, ?) ON CONFLICT (item) DO UPDATE SET value = excluded.value", item, value); err != nil {
			return err
		}
	}
	return nil
}

func (e *sqliteEnd) inTransaction(change func() error) error {
	if _, err := e.conn.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	err := change()
	if err == nil {
		_, err = e.conn.exec("COMMIT")
	}
	if err != nil {
		e.conn.rollback()
	}
	return err
}

func (e *sqliteEnd) clear(context.Context) error {
	err := e.conn.close()
	e.conn = nil
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if gone := os.Remove(e.path() + suffix); gone != nil && !errors.Is(gone, os.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	if err != nil {
		return fmt.Errorf("remove what was moved: %w", err)
	}
	return nil
}

func (e *sqliteEnd) write(_ context.Context, t *movedTable, rows [][]driver.Value, item, note string) error {
	insert := e.inserts[t.name]
	if insert == nil {
		m := newMultiRow("INSERT INTO "+t.name+" ("+strings.Join(t.names(), ", ")+") VALUES ", len(t.columns), movedAtOnce)
		insert, e.inserts[t.name] = &m, &m
	}
	values := make([]driver.Value, 0, len(rows)*len(t.columns))
	for _, row := range rows {
		values = append(values, row...)
	}
	return e.inTransaction(func() error {
		if err := insert.writeAll(e.conn, values); err != nil {
			return err
		}
		return e.note(map[string]string{item: note})
	})
}

// writeAll inserts rows without keeping any back, and leaves values as they are.
func (m *multiRow) writeAll(c *conn, values []driver.Value) error {
	for i, n := range m.size {
		for len(values) >= n*m.columns {
			if _, err := c.exec(m.query[i], values[:n*m.columns]...); err != nil {
				return err
			}
			values = values[n*m.columns:]
		}
	}
	return nil
}

func (e *sqliteEnd) leave(_ context.Context, notes map[string]string) error {
	err := e.inTransaction(func() error {
		if _, err := e.conn.exec("CREATE TABLE IF NOT EXISTS " + strings.TrimPrefix(createMoving, "CREATE TABLE ")); err != nil {
			return err
		}
		return e.note(notes)
	})
	return errors.Join(err, e.sync())
}

// finish also adds what PostgreSQL does not keep because everybody would change it.
func (e *sqliteEnd) finish(context.Context) error {
	err := e.inTransaction(func() error {
		if _, err := e.conn.exec("DELETE FROM total WHERE kind = ?", int64(finishedOfAll)); err != nil {
			return err
		}
		if _, err := e.conn.exec("INSERT INTO total (kind, owner, number, bytes) SELECT ?, 0, sum(number), sum(bytes) FROM total WHERE kind = ? HAVING count(*) > 0",
			int64(finishedOfAll), int64(finishedOfScenario)); err != nil {
			return err
		}
		_, err := e.conn.exec("DROP TABLE " + movingTable)
		return err
	})
	return errors.Join(err, e.sync())
}

// sync brings everything to the disk, in the database file itself.
func (e *sqliteEnd) sync() error { return copyLog(e.conn, "TRUNCATE") }

func (e *sqliteEnd) close() error {
	var errs []error
	if e.conn != nil {
		errs = append(errs, e.conn.close())
	}
	if e.lock != nil {
		errs = append(errs, e.lock.close())
	}
	return errors.Join(errs...)
}

// refuseMovingFile looks whether a database in a directory may be opened.
func refuseMovingFile(ctx context.Context, db *sql.DB) error {
	var there bool
	if err := db.QueryRowContext(ctx, "SELECT count(*) > 0 FROM sqlite_master WHERE name = '"+movingTable+"'").Scan(&there); err != nil || !there {
		return nil //nolint:nilerr // what cannot be read is told by whoever needs it
	}
	rows, err := db.QueryContext(ctx, "SELECT item, value FROM "+movingTable)
	if err != nil {
		return openFault(err)
	}
	defer rows.Close() //nolint:errcheck // Err says what went wrong
	notes := map[string]string{}
	for rows.Next() {
		var item, value string
		if err := rows.Scan(&item, &value); err != nil {
			return openFault(err)
		}
		notes[item] = value
	}
	if err := rows.Err(); err != nil {
		return openFault(err)
	}
	return refuseMoving(notes)
}
