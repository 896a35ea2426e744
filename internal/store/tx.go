package store

import (
	"database/sql/driver"
	"maps"
	"strings"
	"time"
)

// tx is the transaction of one commit. Rows of the tables that grow fastest are gathered and inserted together. What
// the writer keeps in memory changes when the commit is through, not before.
type tx struct {
	*conn
	store  *Store
	memory *memory
	now    time.Time

	ops    []driver.Value // id, data
	runs   []driver.Value // columns of execution
	totals map[totalKey]total
	// statistics are the executions that end with the commit.
	statistics map[statisticKey]statisticSum
	epochs     map[int]uint64
	onDone     []func()
	// reserved is the first identity that is not reserved, as this transaction sees it.
	reserved int64
	// roomErr refuses deliveries when the disk is nearly full; roomKnown says that this commit has asked.
	roomErr   error
	roomKnown bool
}

// Rows that one statement inserts.
const (
	opsAtOnce  = 32
	runsAtOnce = 16
	opColumns  = 2
	runColumns = 15
)

const (
	insertOp  = "INSERT INTO op (id, data) VALUES "
	insertRun = "INSERT INTO execution (id, scenario, version, part, status, origin, webhook, source, seed, accepted, started, finished, bytes, name, mode) VALUES "
)

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

func (t *tx) reset() {
	t.now = t.store.clock.Now()
	clear(t.ops)
	clear(t.runs)
	t.ops, t.runs, t.onDone = t.ops[:0], t.runs[:0], t.onDone[:0]
	clear(t.totals)
	clear(t.statistics)
	clear(t.epochs)
	t.reserved, t.roomKnown = t.memory.reserved, false
}

// putOp inserts a journal row.
func (t *tx) putOp(id int64, data []byte) error {
	t.ops = append(t.ops, id, data)
	if len(t.ops) < opsAtOnce*opColumns {
		return nil
	}
	var err error
	t.ops, err = t.memory.insertOps.write(t.conn, t.ops, false)
	return err
}

// putRun inserts an execution.
func (t *tx) putRun(r *runRow) error {
	var name driver.Value
	if r.name != "" {
		name = r.name
	}
	t.runs = append(t.runs, r.id, r.scenario, r.version, int64(PartitionOf(r.scenario)), int64(r.status), int64(r.origin),
		r.webhook, r.source, int64(r.seed), r.accepted, r.started, r.finished, r.bytes, name, int64(r.mode))
	if len(t.runs) < runsAtOnce*runColumns {
		return nil
	}
	var err error
	t.runs, err = t.memory.insertRuns.write(t.conn, t.runs, false)
	return err
}

// flush inserts the gathered rows, for what reads them in this transaction.
func (t *tx) flush() (err error) {
	if len(t.ops) > 0 {
		if t.ops, err = t.memory.insertOps.write(t.conn, t.ops, true); err != nil {
			return err
		}
	}
	if len(t.runs) > 0 {
		t.runs, err = t.memory.insertRuns.write(t.conn, t.runs, true)
	}
	return err
}

// finish writes all that was gathered, totals included.
func (t *tx) finish() error {
	if err := t.flush(); err != nil {
		return err
	}
	for k, d := range t.totals {
		if d == (total{}) {
			continue
		}
		sum := t.memory.total(k).plus(d)
		if _, err := t.exec("INSERT INTO total (kind, owner, number, bytes) VALUES (?, ?, ?, ?) "+
			"ON CONFLICT DO UPDATE SET number = excluded.number, bytes = excluded.bytes",
			int64(k.kind), k.owner, sum.Number, sum.Bytes); err != nil {
			return err
		}
	}
	return t.writeStatistics()
}

// publish makes what the commit changed known to later requests and to readers of the totals.
func (t *tx) publish() {
	t.memory.add(t.totals)
	for part, epoch := range t.epochs {
		t.memory.epochs[part] = epoch
	}
	for _, f := range t.onDone {
		f()
	}
}

// mark remembers what a request may have changed in memory, and back returns to it when the request was refused.
func (t *tx) mark() txMark {
	return txMark{totals: maps.Clone(t.totals), statistics: maps.Clone(t.statistics), epochs: maps.Clone(t.epochs), onDone: len(t.onDone), reserved: t.reserved}
}

type txMark struct {
	totals     map[totalKey]total
	statistics map[statisticKey]statisticSum
	epochs     map[int]uint64
	onDone     int
	reserved   int64
}

func (t *tx) back(m txMark) {
	clear(t.ops)
	clear(t.runs)
	t.ops, t.runs = t.ops[:0], t.runs[:0]
	t.totals, t.statistics, t.epochs, t.onDone, t.reserved = m.totals, m.statistics, m.epochs, t.onDone[:m.onDone], m.reserved
}

// count adds to a running total.
func (t *tx) count(kind totalKind, owner, number, bytes int64) {
	k := totalKey{kind, owner}
	t.totals[k] = t.totals[k].plus(total{Number: number, Bytes: bytes})
}

// total returns a running total as this transaction sees it.
func (t *tx) total(kind totalKind, owner int64) total {
	k := totalKey{kind, owner}
	return t.memory.total(k).plus(t.totals[k])
}

// check refuses a request whose node does not own the partition any more.
func (t *tx) check(f Fence) error {
	epoch, changed := t.epochs[f.Partition]
	if !changed {
		if f.Partition < 0 || f.Partition >= Partitions {
			return fenced()
		}
		epoch = t.memory.epochs[f.Partition]
	}
	if epoch != f.Epoch || epoch == 0 {
		return fenced()
	}
	return nil
}

// identity hands out the next number of executions and queue items: one sequence for both, never used twice. Numbers
// that a failed commit had taken stay unused.
func (t *tx) identity() (int64, error) {
	if t.memory.next >= t.reserved {
		reserved := t.memory.next + reservedIdentities
		if _, err := t.exec("UPDATE counter SET reserved = ? WHERE name = 'execution'", reserved); err != nil {
			return 0, err
		}
		t.reserved = reserved
		t.onDone = append(t.onDone, func() { t.memory.reserved = reserved })
	}
	t.memory.next++
	return t.memory.next - 1, nil
}
