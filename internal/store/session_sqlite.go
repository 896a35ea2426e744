package store

import (
	"database/sql/driver"
	"strings"
)

var _ session = (*conn)(nil)

// Rows that one statement inserts into SQLite.
const (
	opsAtOnce    = 32
	runsAtOnce   = 16
	opColumns    = 2
	runColumns   = 15
	endedColumns = runColumns + 2
	itemColumns  = 5
)

const (
	insertOp  = "INSERT INTO op (id, data) VALUES "
	insertRun = "INSERT INTO execution (id, scenario, version, part, status, origin, webhook, source, seed, accepted, started, finished, bytes, name, mode) VALUES "
	// insertEnded inserts executions that are over.
	insertEnded = "INSERT INTO execution (id, scenario, version, part, status, origin, webhook, source, seed, accepted, started, finished, bytes, name, mode, " +
		"summary, team) VALUES "
)

// openSession opens the connection of the writer.
func openSession(path string) (*conn, error) {
	c, err := openConn(path)
	if err != nil {
		return nil, err
	}
	c.insertOps = newMultiRow(insertOp, opColumns, opsAtOnce)
	c.insertRuns = newMultiRow(insertRun, runColumns, runsAtOnce)
	c.insertEnded = newMultiRow(insertEnded, endedColumns, runsAtOnce)
	return c, nil
}

// multiRow holds the statements that insert 1, 2, 4… rows.
type multiRow struct {
	columns int
	size    []int
	query   []string
}

func newMultiRow(head string, columns, most int) multiRow {
	m := multiRow{columns: columns}
	row := "(" + strings.TrimSuffix(strings.Repeat("?,", columns), ",") + ")"
	for n := most; n > 0; n /= 2 {
		m.size = append(m.size, n)
		m.query = append(m.query, head+strings.TrimSuffix(strings.Repeat(row+",", n), ","))
	}
	return m
}

// write inserts whole rows from the front of values and returns the rest: less than the largest number of rows unless all.
func (m *multiRow) write(c *conn, values []driver.Value, all bool) ([]driver.Value, error) {
	rest := values
	for i, n := range m.size {
		if i > 0 && !all {
			break
		}
		for len(rest) >= n*m.columns {
			if _, err := c.exec(m.query[i], rest[:n*m.columns]...); err != nil {
				return nil, err
			}
			rest = rest[n*m.columns:]
		}
	}
	kept := copy(values, rest)
	clear(values[kept:])
	return values[:kept], nil
}

// later runs the statement now: there is no way to the database that could be saved.
func (c *conn) later(query string, args ...driver.Value) error {
	_, err := c.exec(query, args...)
	return err
}

func (c *conn) begin(*tx) error {
	_, err := c.exec("BEGIN IMMEDIATE")
	return err
}

func (c *conn) commit() (outcome, cause error) {
	if _, err := c.exec("COMMIT"); err != nil {
		return ErrUnknown, err
	}
	return nil, nil
}

func (c *conn) rollback() {
	// SQLite may have rolled back by itself, which makes this one fail; either way nothing is left.
	_, _ = c.exec("ROLLBACK")
}

// again never tries anything again: what a disk has refused it refuses.
func (c *conn) again(*tx, int, error) bool { return false }

// epoch needs no look into the database: nobody else can change it.
func (c *conn) epoch(t *tx, partition int, _ uint64) (uint64, error) {
	return t.memory.epochs[partition], nil
}

func (c *conn) lookUp(*tx, []int64) error { return nil }

func (c *conn) move(_ *tx, m *move) (int64, error) {
	if !m.to.Finished() {
		return c.exec("UPDATE execution SET status = ?, started = ?, version = ? WHERE id = ? AND status = ?", int64(m.to), m.started, m.version, m.id, int64(m.from))
	}
	return c.exec("UPDATE execution SET status = ?, started = ?, version = ?, finished = ?, bytes = ?, summary = ?, team = ? WHERE id = ? AND status = ?",
		int64(m.to), m.started, m.version, m.finished, m.bytes, m.summary, m.team, m.id, int64(m.from))
}

// gathered inserts rows as soon as they fill the largest statement.
func (c *conn) gathered(t *tx) (err error) {
	if len(t.items) > 0 {
		if err := c.putItems(t); err != nil {
			return err
		}
	}
	for _, scenario := range t.resets {
		if _, err := c.exec("UPDATE scenario SET errors = 0 WHERE id = ? AND errors <> 0", scenario); err != nil {
			return err
		}
	}
	t.resets = t.resets[:0]
	if len(t.ops) >= opsAtOnce*opColumns {
		if t.ops, err = c.insertOps.write(c, t.ops, false); err != nil {
			return err
		}
	}
	if len(t.runs) >= runsAtOnce*runColumns {
		if t.runs, err = c.insertRuns.write(c, t.runs, false); err != nil {
			return err
		}
	}
	if len(t.ended) >= runsAtOnce*endedColumns {
		t.ended, err = c.insertEnded.write(c, t.ended, false)
	}
	return err
}

func (c *conn) putItems(t *tx) error {
	for values := t.items; len(values) > 0; values = values[itemColumns:] {
		if _, err := c.exec("INSERT INTO item (id, webhook, scenario, received, bytes, claim) VALUES (?, ?, ?, ?, ?, 0)", values[:itemColumns]...); err != nil {
			return err
		}
	}
	t.items = t.items[:0]
	return nil
}

func (c *conn) flush(t *tx) (err error) {
	if len(t.ops) > 0 {
		if t.ops, err = c.insertOps.write(c, t.ops, true); err != nil {
			return err
		}
	}
	if len(t.runs) > 0 {
		if t.runs, err = c.insertRuns.write(c, t.runs, true); err != nil {
			return err
		}
	}
	if len(t.ended) > 0 {
		t.ended, err = c.insertEnded.write(c, t.ended, true)
	}
	return err
}

// finish writes sums, not differences: nobody else has changed them.
func (c *conn) finish(t *tx) error {
	if err := c.flush(t); err != nil {
		return err
	}
	for k, d := range t.totals {
		if d == (total{}) {
			continue
		}
		sum := t.memory.total(k).plus(d)
		if _, err := c.exec("INSERT INTO total (kind, owner, number, bytes) VALUES (?, ?, ?, ?) "+
			"ON CONFLICT (kind, owner) DO UPDATE SET number = excluded.number, bytes = excluded.bytes",
			int64(k.kind), k.owner, sum.Number, sum.Bytes); err != nil {
			return err
		}
	}
	for k, sum := range t.statistics {
		if _, err := c.exec("INSERT INTO statistic (owner, at, status, took, number, operations) VALUES (?, ?, ?, ?, ?, ?) "+
			"ON CONFLICT (owner, at, status, took) DO UPDATE SET number = statistic.number + excluded.number, operations = statistic.operations + excluded.operations",
			k.owner, k.quarter, int64(k.status), k.class, sum.number, sum.operations); err != nil {
			return err
		}
	}
	for _, g := range t.told() {
		if _, err := c.exec("INSERT INTO signal (node, part, kind, thing, at) VALUES ('', ?, ?, ?, ?)", int64(g.part), int64(g.kind), g.thing, nanos(t.now)); err != nil {
			return err
		}
	}
	return nil
}

// overwrite has the pages of deleted rows overwritten with zeros. Without it those of large payloads keep their content until they
// are used again or given back.
func (c *conn) overwrite(on bool) error {
	if on {
		return c.pragma("PRAGMA secure_delete = ON")
	}
	return c.pragma("PRAGMA secure_delete = FAST")
}
