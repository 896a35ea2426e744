package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
)

// slots is the number of rows that a total is spread over, so that nodes and commits that are under way together rarely wait for one another.
const slots = 16

// errReadOnly says that the database takes no changes: it is a standby, or is kept from it.
var errReadOnly = errors.New("the database only lets read")

var _ session = (*postgresSession)(nil)

// postgresSession is the writer's connection to PostgreSQL. It makes few ways of many statements: what need not be
// answered at once waits for the next one that must, and all of them go together. Most commits take one way: what they rely on is
// asked by statements that fail where it is not so, and nothing behind them is done then.
type postgresSession struct {
	config    *pgx.ConnConfig
	clock     clock.Clock // real time: a database that is away comes back by nobody's leave
	translate func(string) string
	conn      *pgx.Conn // nil while there is none

	waiting []postgresStatement
	writes  bool           // there is more in waiting than the frame of a transaction
	relied  map[int]uint64 // epochs that the commit relies on and has not looked up

	writer int64 // this process, in the marks of commits
	number int64 // of the commit
	slot   int64
	lost   time.Time // when the database was lost; zero while it is there
	tired  bool      // a commit has waited for it in vain
	warned error     // what it has warned of since this was last set to nil

	patience time.Duration // with a database that was lost
}

// postgresStatement is a statement that is sent later.
type postgresStatement struct {
	query string
	args  []any
}

func (p *postgresSession) exec(query string, args ...driver.Value) (int64, error) {
	list, err := postgresArgs(args)
	if err != nil {
		return 0, err
	}
	var tag pgconn.CommandTag
	err = p.send(query, list, func(r pgx.BatchResults) (err error) {
		tag, err = r.Exec()
		return err //nolint:wrapcheck // send wraps
	})
	return tag.RowsAffected(), err
}

func (p *postgresSession) each(visit func(row []driver.Value) error, query string, args ...driver.Value) error {
	list, err := postgresArgs(args)
	if err != nil {
		return err
	}
	return p.send(query, list, func(r pgx.BatchResults) error {
		rows, err := r.Query()
		if err != nil {
			return err //nolint:wrapcheck // send wraps
		}
		defer rows.Close()
		for rows.Next() {
			values, err := rows.Values()
			if err != nil {
				return err //nolint:wrapcheck // send wraps
			}
			if err := visit(columnsOf(values)); err != nil {
				return err
			}
		}
		return rows.Err()
	})
}

// columnsOf brings the values of a row to the types that SQLite gives them.
func columnsOf(values []any) []driver.Value {
	row := make([]driver.Value, len(values))
	for i, v := range values {
		switch x := v.(type) {
		case int32:
			row[i] = int64(x)
		case bool:
			row[i] = bit(x)
		default:
			row[i] = v
		}
	}
	return row
}

// postgresArgs refuses texts that the database does not keep.
func postgresArgs(args []driver.Value) ([]any, error) {
	list := make([]any, len(args))
	for i, a := range args {
		if s, ok := a.(string); ok && (strings.IndexByte(s, 0) >= 0 || !utf8.ValidString(s)) {
			return nil, reject(fault.New(fault.BundleValidation, "[text-nul] A text holds the character U+0000, or bytes that are no text; the database keeps neither.").
				WithHint("[hint-text-nul] take them out of the name or key"))
		}
		list[i] = a
	}
	return list, nil
}

// later keeps the statement for the next way.
func (p *postgresSession) later(query string, args ...driver.Value) error {
	list, err := postgresArgs(args)
	if err != nil {
		return err
	}
	p.queue(query, list...)
	if len(args) > 0 { // what has none frames the transaction
		p.writes = true
	}
	return nil
}

func (p *postgresSession) queue(query string, args ...any) {
	p.waiting = append(p.waiting, postgresStatement{query, args})
}

// send sends what waits, and one statement behind it whose answer last reads; "" for none.
func (p *postgresSession) send(query string, args []any, last func(pgx.BatchResults) error) (err error) {
	if p.conn == nil {
		return errNoConnection
	}
	waiting := p.waiting
	p.waiting, p.writes = nil, false
	if query != "" {
		waiting = append(waiting, postgresStatement{query: query, args: args})
	}
	batch := &pgx.Batch{}
	for _, s := range waiting {
		batch.Queue(p.translate(s.query), s.args...)
	}
	ctx, cancel := context.WithTimeout(context.Background(), answerWait)
	defer cancel()
	results := p.conn.SendBatch(ctx, batch)
	defer func() {
		if closing := results.Close(); err == nil && closing != nil {
			err = fmt.Errorf("run a transaction: %w", closing)
		}
	}()
	for i, s := range waiting {
		if query != "" && i == len(waiting)-1 {
			err = last(results)
		} else {
			_, err = results.Exec()
		}
		switch {
		case err == nil:
			continue
		case p.conn.IsClosed():
			err = fmt.Errorf("%w: %w", errNoConnection, err)
		case unlike(err):
			err = fmt.Errorf("%w: %w", errStale, err)
		}
		return fmt.Errorf("run %q: %w", s.query, err)
	}
	return nil
}

func (p *postgresSession) begin(*tx) error {
	p.reset()
	if err := p.connect(); err != nil {
		return err
	}
	p.queue("BEGIN ISOLATION LEVEL READ COMMITTED")
	return nil
}

func (p *postgresSession) reset() {
	p.waiting, p.writes = nil, false
	clear(p.relied)
}

func (p *postgresSession) rollback() {
	p.reset()
	if p.conn == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), connectWait)
	defer cancel()
	if _, err := p.conn.Exec(ctx, "ROLLBACK"); err != nil {
		p.drop()
	}
}

// drop gives the connection up. The database takes back what was under way in it.
func (p *postgresSession) drop() {
	if p.conn == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), connectWait)
	defer cancel()
	_ = p.conn.Close(ctx) // it may be closed already
	p.conn = nil
}

// epoch believes that a lease is still as this process got it, which is looked up before the commit.
func (p *postgresSession) epoch(t *tx, partition int, wanted uint64) (uint64, error) {
	if wanted != 0 && t.memory.epochs[partition] == wanted && !t.careful {
		p.relied[partition] = wanted
		return wanted, nil
	}
	n, err := t.number("SELECT epoch FROM lease WHERE part = ? FOR SHARE", int64(partition))
	t.epochs[partition] = uint64(n)
	return uint64(n), err
}

func (p *postgresSession) lookUp(t *tx, partitions []int64) error {
	return p.each(func(row []driver.Value) error {
		t.epochs[int(integer(row[0]))] = uint64(integer(row[1]))
		return nil
	}, "SELECT part, epoch FROM lease WHERE part = ANY(CAST(? AS BIGINT[])) ORDER BY part FOR UPDATE", partitions)
}

// move keeps the change for the next way, and believes that the row is as this process knows it.
func (p *postgresSession) move(t *tx, m *move) (int64, error) {
	if !t.careful {
		t.moves = append(t.moves, *m)
		return 1, nil
	}
	if err := p.flush(t); err != nil { // it may be among those gathered
		return 0, err
	}
	if !m.to.Finished() {
		return p.exec("UPDATE execution SET status = ?, started = ?, version = ? WHERE id = ? AND status = ?", int64(m.to), m.started, m.version, m.id, int64(m.from))
	}
	return p.exec("UPDATE execution SET status = ?, started = ?, version = ?, finished = ?, bytes = ?, summary = ?, team = ? WHERE id = ? AND status = ?",
		int64(m.to), m.started, m.version, m.finished, m.bytes, m.summary, m.team, m.id, int64(m.from))
}

func (p *postgresSession) gathered(*tx) error { return nil }

// flush sends what is gathered, if there is anything.
func (p *postgresSession) flush(t *tx) error {
	p.queueGathered(t)
	if !p.writes {
		return nil
	}
	return p.send("", nil, nil)
}

// finish leaves what is to be written to the commit itself. What the commit relies on comes before what others wait for.
func (p *postgresSession) finish(t *tx) error {
	p.queueGathered(t)
	p.queueRelied()
	p.queueTotals(t)
	p.queueStatistics(t)
	p.queueSignals(t)
	return nil
}

// overwrite does nothing: what was deleted is overwritten when the database uses its place again.
func (p *postgresSession) overwrite(bool) error { return nil }

func (p *postgresSession) written() int { return 0 }

func (p *postgresSession) close() error {
	if p.conn == nil {
		return nil
	}
	_, err := p.exec("DELETE FROM commit_mark WHERE writer = ? AND kept = 1", p.writer)
	p.drop()
	if unreachable(err) { // others remove the marks when they are old
		return nil
	}
	return err
}
