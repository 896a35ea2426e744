package store

import (
	"database/sql/driver"
	"maps"
	"time"
)

// tx is the transaction of one commit. Rows of the tables that grow fastest are gathered and inserted together. What
// the writer keeps in memory changes when the commit is through, not before. A commit may be tried several times with the
// same requests: they must leave nothing behind but in the transaction, in onDone, and in what they assign anew.
type tx struct {
	conn   session
	store  *Store
	memory *memory
	now    time.Time

	ops    []driver.Value // id, data
	runs   []driver.Value // columns of executions that wait
	ended  []driver.Value // columns of executions that are over
	items  []driver.Value // columns of item but the last
	moves  []move         // of executions, where they are not made at once
	resets []int64        // scenarios whose number of consecutive errors is 0 from now on
	totals map[totalKey]total
	// statistics are the executions that end with the commit.
	statistics map[statisticKey]statisticSum
	epochs     map[int]uint64
	gone       map[int64]bool     // scenarios that are not there
	born       map[int64]bool     // executions that began early and are kept with this commit
	sums       map[totalKey]total // totals that were read from a database that others change
	signals    map[signalKey]struct{}
	onDone     []func()
	// reserved is the first identity that is not reserved, as this transaction sees it.
	reserved int64
	// roomErr refuses deliveries when the disk is nearly full; roomKnown says that this commit has asked.
	roomErr   error
	roomKnown bool
	// careful says that nothing is relied on which the transaction has not read itself: a commit that did so has failed.
	careful bool
}

func (t *tx) reset() {
	t.now = t.store.clock.Now()
	t.forget()
	t.onDone = t.onDone[:0]
	clear(t.totals)
	clear(t.statistics)
	clear(t.epochs)
	clear(t.sums)
	clear(t.signals)
	clear(t.gone)
	clear(t.born)
	t.reserved, t.roomKnown = t.memory.reserved.Load(), false
}

// forget drops what is gathered.
func (t *tx) forget() {
	clear(t.ops)
	clear(t.runs)
	clear(t.ended)
	clear(t.items)
	clear(t.moves)
	t.ops, t.runs, t.ended, t.items, t.moves, t.resets = t.ops[:0], t.runs[:0], t.ended[:0], t.items[:0], t.moves[:0], t.resets[:0]
}

// putOp inserts a journal row.
func (t *tx) putOp(id int64, data []byte) error {
	t.ops = append(t.ops, id, data)
	return t.conn.gathered(t)
}

// putItem inserts a payload that waits.
func (t *tx) putItem(id int64, in *Intake, bytes int64) error {
	t.items = append(t.items, id, in.Webhook, in.Scenario, nanos(in.Received), bytes)
	return t.conn.gathered(t)
}

// putRun inserts an execution.
func (t *tx) putRun(r *runRow) error {
	t.runs = append(t.runs, r.columns()...)
	return t.conn.gathered(t)
}

// columns are the values of a row as they are inserted.
func (r *runRow) columns() []driver.Value {
	var name driver.Value
	if r.name != "" {
		name = r.name
	}
	return []driver.Value{
		r.id, r.scenario, r.version, int64(PartitionOf(r.scenario)), int64(r.status), int64(r.origin),
		r.webhook, r.source, int64(r.seed), r.accepted, r.started, r.finished, r.bytes, name, int64(r.mode),
	}
}

// flush inserts the gathered rows, for what reads them in this transaction.
func (t *tx) flush() error { return t.conn.flush(t) }

// publish makes what the commit changed known to later requests and to readers of the totals.
func (t *tx) publish() {
	t.memory.add(t.totals)
	for k, d := range t.totals {
		if r, known := t.memory.recent[k]; known {
			t.memory.recent[k] = recent{r.plus(d), r.read}
		}
	}
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
	t.forget()
	t.totals, t.statistics, t.epochs, t.onDone, t.reserved = m.totals, m.statistics, m.epochs, t.onDone[:m.onDone], m.reserved
}

// count adds to a running total.
func (t *tx) count(kind totalKind, owner, number, bytes int64) {
	k := totalKey{kind, owner}
	t.totals[k] = t.totals[k].plus(total{Number: number, Bytes: bytes})
}

// total returns a running total as this transaction sees it. Where others write too, it is what they had committed when it was
// first asked for: what they have under way comes on top of any limit that is compared with it.
func (t *tx) total(kind totalKind, owner int64) (total, error) {
	k := totalKey{kind, owner}
	if !t.store.dialect.shared {
		return t.memory.total(k).plus(t.totals[k]), nil
	}
	sum, known := t.sums[k]
	if !known {
		row, err := t.one(sumOfTotal, int64(kind), owner)
		if err != nil {
			return total{}, err
		}
		sum = total{integer(row[0]), integer(row[1])}
		t.sums[k] = sum
	}
	return sum.plus(t.totals[k]), nil
}

// recentTotal returns a running total, where others write too as it was a moment ago: for limits that may be exceeded by what others
// add in such a moment. It spares a question for each commit.
func (t *tx) recentTotal(kind totalKind, owner int64) (total, error) {
	if !t.store.dialect.shared {
		return t.total(kind, owner)
	}
	k := totalKey{kind, owner}
	r, known := t.memory.recent[k]
	if !known || t.now.Sub(r.read) >= recentTotal || t.now.Before(r.read) {
		delete(t.sums, k)
		sum, err := t.total(kind, owner)
		if err != nil {
			return total{}, err
		}
		r = recent{total{sum.Number - t.totals[k].Number, sum.Bytes - t.totals[k].Bytes}, t.now}
		t.memory.recent[k] = r
	}
	return r.plus(t.totals[k]), nil
}

// freshTotal returns a running total as recentTotal does, read in this commit.
func (t *tx) freshTotal(kind totalKind, owner int64) (total, error) {
	k := totalKey{kind, owner}
	if r, known := t.memory.recent[k]; known && !r.read.Equal(t.now) {
		delete(t.memory.recent, k)
	}
	return t.recentTotal(kind, owner)
}

// check refuses a request whose node does not own the partition any more.
func (t *tx) check(f Fence) error {
	epoch, known := t.epochs[f.Partition]
	if !known {
		if f.Partition < 0 || f.Partition >= Partitions {
			return fenced()
		}
		var err error
		if epoch, err = t.conn.epoch(t, f.Partition, f.Epoch); err != nil {
			return err
		}
	}
	if epoch != f.Epoch || epoch == 0 {
		return fenced()
	}
	return nil
}

// identity hands out the next number of executions and queue items: one sequence for both, never used twice. They are taken
// from the counter in blocks; numbers that a failed commit had taken stay unused. Where several processes take them, a block is
// given up after a while, so that a later number is a later one everywhere.
func (t *tx) identity() (int64, error) {
	m, shared := t.memory, t.store.dialect.shared
	for {
		if !shared || t.now.Before(m.block.until) {
			if next, ok := m.number(t.reserved); ok {
				return next, nil
			}
		}
		size := int64(reservedIdentities)
		if shared {
			m.block = m.block.after(t.now, max(0, t.reserved-m.next.Load()))
			size = m.block.size
		}
		reserved, err := t.number("UPDATE counter SET reserved = reserved + ? WHERE name = 'execution' RETURNING reserved", size)
		if err != nil {
			return 0, err
		}
		m.skip(reserved - size)
		m.until.Store(nanos(m.block.until))
		t.reserved = reserved
		t.onDone = append(t.onDone, func() { m.reserved.Store(reserved) })
	}
}
