package store

import (
	"cmp"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
)

// How long the writer bears with a database elsewhere.
const (
	// connectWait is how long a connection may take to be made.
	connectWait = 5 * time.Second
	// answerWait is how long an answer may take before the connection counts as lost.
	answerWait = 30 * time.Second
	// lostPatience is how long a commit waits for a database that was just lost: about as long as a standby takes to step in.
	lostPatience = 10 * time.Second
	// lostPause is waited between two tries to reach it.
	lostPause = 100 * time.Millisecond
	// conflictTries is how often a commit is tried that others get in the way of.
	conflictTries = 20
	// carefulTries is how often a commit is tried that relied on what is not so any more.
	carefulTries = 5
)

// slots is the number of rows that a total is spread over, so that nodes rarely wait for one another.
const slots = 8

// markEvery is how many commits leave their marks before those are removed.
const markEvery = 64

// errStale says that the commit relied on what this process knew, and something of it is not so any more.
var errStale = errors.New("what was known of an execution or a lease is not so any more")

// errReadOnly says that the database takes no changes: it is a standby, or is kept from it.
var errReadOnly = errors.New("the database only lets read")

var _ session = (*postgresSession)(nil)

// postgresSession is the writer's connection to PostgreSQL. It makes few ways of many statements: what need not be
// answered at once waits for the next one that must, and all of them go together. A commit that only adds takes one way,
// one that also changes executions two: the answers to the first say whether everything was as this process believed.
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

	patience time.Duration // with a database that was lost
}

// postgresStatement is a statement that is sent later. rows says how many it must touch: another number makes the
// commit one that is tried again more carefully; -1 = any.
type postgresStatement struct {
	query string
	args  []any
	rows  int64
}

const anyRows = -1

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
			return nil, reject(fault.New(fault.BundleValidation, "A text holds the character U+0000, or bytes that are no text; the database keeps neither.").
				WithHint("take them out of the name or key"))
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
	p.queue(query, anyRows, list...)
	if len(args) > 0 { // what has none frames the transaction
		p.writes = true
	}
	return nil
}

func (p *postgresSession) queue(query string, rows int64, args ...any) {
	p.waiting = append(p.waiting, postgresStatement{query, args, rows})
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
	stale := false
	for i, s := range waiting {
		if query != "" && i == len(waiting)-1 {
			err = last(results)
		} else {
			var tag pgconn.CommandTag
			tag, err = results.Exec()
			stale = stale || s.rows != anyRows && tag.RowsAffected() != s.rows
		}
		if err != nil && p.conn.IsClosed() {
			err = fmt.Errorf("%w: %w", errNoConnection, err)
		}
		if err != nil {
			return fmt.Errorf("run %q: %w", s.query, err)
		}
	}
	if stale {
		return errStale
	}
	return nil
}

func (p *postgresSession) begin(*tx) error {
	p.reset()
	if err := p.connect(); err != nil {
		return err
	}
	p.queue("BEGIN ISOLATION LEVEL READ COMMITTED", anyRows)
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

// commit leaves a mark with the transaction, by which it can be found whether it went through.
func (p *postgresSession) commit() (outcome, cause error) {
	p.number++
	p.queue("INSERT INTO commit_mark (writer, number, at) VALUES (?, ?, ?)", 1, p.writer, p.number, p.clock.Now().UnixNano())
	if p.number%markEvery == 0 {
		p.queue("DELETE FROM commit_mark WHERE writer = ? AND number < ?", anyRows, p.writer, p.number)
	}
	var tag pgconn.CommandTag
	err := p.send("COMMIT", nil, func(r pgx.BatchResults) (err error) {
		tag, err = r.Exec()
		return err //nolint:wrapcheck // send wraps
	})
	var refused *pgconn.PgError
	switch {
	case err == nil && tag.String() == "COMMIT":
		p.lost, p.tired = time.Time{}, false
		return nil, nil
	case err == nil: // it had failed before
		return ErrNotSaved, fmt.Errorf("commit: the database answered %s", tag)
	case errors.As(err, &refused) && refused.SeverityUnlocalized == "ERROR":
		return ErrNotSaved, err
	}
	return p.settle(err)
}

// settle finds out what became of a commit whose connection was lost. It puts the mark there in its place: if that is
// possible, the commit has not gone through and never will, since its own mark would be the second; if the mark is there, it
// has. While the database still works on it, this waits. One that has gone through may stand on this server alone, whose standby has
// not got it: it counts when a commit behind it has waited for the standby.
func (p *postgresSession) settle(lost error) (outcome, cause error) {
	p.drop()
	p.reset()
	until := p.clock.Now().Add(p.patience)
	for {
		n, err := p.putMark()
		if err == nil && n > 0 {
			return ErrNotSaved, lost
		}
		if err == nil {
			n, err = p.exec("UPDATE commit_mark SET at = ? WHERE writer = ? AND number = ?", p.clock.Now().UnixNano(), p.writer, p.number)
		}
		if err == nil && n > 0 {
			return nil, nil
		}
		if err == nil { // a standby has taken over that does not have it
			continue
		}
		lost = errors.Join(lost, err)
		p.drop()
		if !p.clock.Now().Before(until) || p.clock.Sleep(context.Background(), lostPause) != nil {
			p.tired = true
			return ErrUnknown, lost
		}
	}
}

func (p *postgresSession) putMark() (int64, error) {
	if err := p.connect(); err != nil {
		return 0, err
	}
	return p.exec("INSERT INTO commit_mark (writer, number, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", p.writer, p.number, p.clock.Now().UnixNano())
}

// again tries a commit again where others got in its way, where it relied on too much, and for a while where the database was
// lost. Once it has waited in vain, the next ones do not wait.
func (p *postgresSession) again(t *tx, n int, cause error) bool {
	switch {
	case errors.Is(cause, errStale), constraint(cause) && !t.careful:
		// A row that is there already may be that of a node which has taken the partition over.
		t.careful = true
		return n < carefulTries
	case conflicted(cause):
		return n < conflictTries
	case !unreachable(cause):
		return false
	}
	p.drop()
	if p.tired {
		return false
	}
	now := p.clock.Now()
	if p.lost.IsZero() {
		p.lost = now
	}
	if now.Sub(p.lost) >= p.patience || p.clock.Sleep(context.Background(), lostPause) != nil {
		p.tired = true
		return false
	}
	return true
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

// finish sends what the commit relies on, and leaves the rest to the commit itself.
func (p *postgresSession) finish(t *tx) error {
	check := len(t.moves) > 0 || len(p.relied) > 0
	p.queueGathered(t)
	p.queueRelied()
	if check {
		if err := p.send("", nil, nil); err != nil {
			return err
		}
	}
	p.queueTotals(t)
	p.queueStatistics(t)
	p.queueSignals(t)
	return nil
}

// queueRelied asks whether the epochs still hold, and keeps them so until the commit.
func (p *postgresSession) queueRelied() {
	if len(p.relied) == 0 {
		return
	}
	parts := slices.Sorted(maps.Keys(p.relied))
	epochs := make([]int64, len(parts))
	numbers := make([]int64, len(parts))
	for i, part := range parts {
		numbers[i], epochs[i] = int64(part), int64(p.relied[part])
	}
	p.queue("SELECT l.part FROM unnest(CAST(? AS BIGINT[]), CAST(? AS BIGINT[])) AS x (part, epoch) JOIN lease AS l ON l.part = x.part AND l.epoch = x.epoch FOR SHARE OF l",
		int64(len(parts)), numbers, epochs)
}

// queueTotals adds what the commit has counted to the slot of this process, in one order for everybody: who waits for a row holds none
// that others wait for.
func (p *postgresSession) queueTotals(t *tx) {
	keys := slices.SortedFunc(maps.Keys(t.totals), func(a, b totalKey) int { return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.owner, b.owner)) })
	var kinds, owners, numbers, bytes []int64
	for _, k := range keys {
		d := t.totals[k]
		if d == (total{}) || k.kind == finishedOfAll { // which is the sum of all scenarios
			continue
		}
		kinds, owners, numbers, bytes = append(kinds, int64(k.kind)), append(owners, k.owner), append(numbers, d.Number), append(bytes, d.Bytes)
	}
	if len(kinds) == 0 {
		return
	}
	p.queue("INSERT INTO total (kind, owner, slot, number, bytes) SELECT kind, owner, ?1, number, bytes "+
		"FROM unnest(CAST(?2 AS BIGINT[]), CAST(?3 AS BIGINT[]), CAST(?4 AS BIGINT[]), CAST(?5 AS BIGINT[])) AS x (kind, owner, number, bytes) "+
		"ON CONFLICT (kind, owner, slot) DO UPDATE SET number = total.number + excluded.number, bytes = total.bytes + excluded.bytes",
		anyRows, p.slot, kinds, owners, numbers, bytes)
}

func (p *postgresSession) queueStatistics(t *tx) {
	if len(t.statistics) == 0 {
		return
	}
	keys := slices.SortedFunc(maps.Keys(t.statistics), func(a, b statisticKey) int {
		return cmp.Or(cmp.Compare(a.owner, b.owner), cmp.Compare(a.quarter, b.quarter), cmp.Compare(a.status, b.status), cmp.Compare(a.class, b.class))
	})
	var columns [6][]int64
	for _, k := range keys {
		sum := t.statistics[k]
		for i, n := range []int64{k.owner, k.quarter, int64(k.status), k.class, sum.number, sum.operations} {
			columns[i] = append(columns[i], n)
		}
	}
	p.queue("INSERT INTO statistic (owner, at, status, took, slot, number, operations) SELECT owner, at, status, took, ?1, number, operations "+
		"FROM unnest(CAST(?2 AS BIGINT[]), CAST(?3 AS BIGINT[]), CAST(?4 AS BIGINT[]), CAST(?5 AS BIGINT[]), CAST(?6 AS BIGINT[]), CAST(?7 AS BIGINT[])) "+
		"AS x (owner, at, status, took, number, operations) "+
		"ON CONFLICT (owner, at, status, took, slot) DO UPDATE SET number = statistic.number + excluded.number, operations = statistic.operations + excluded.operations",
		anyRows, p.slot, columns[0], columns[1], columns[2], columns[3], columns[4], columns[5])
}

func (p *postgresSession) queueSignals(t *tx) {
	if len(t.signals) == 0 {
		return
	}
	var parts, kinds, things []int64
	for _, g := range t.told() {
		parts, kinds, things = append(parts, int64(g.part)), append(kinds, int64(g.kind)), append(things, g.thing)
	}
	p.queue("INSERT INTO signal (node, part, kind, thing, at) SELECT '', part, kind, thing, CAST(?1 AS BIGINT) "+
		"FROM unnest(CAST(?2 AS BIGINT[]), CAST(?3 AS BIGINT[]), CAST(?4 AS BIGINT[])) AS x (part, kind, thing)", anyRows, nanos(t.now), parts, kinds, things)
}

// queueGathered turns what is gathered into a statement for each table.
func (p *postgresSession) queueGathered(t *tx) {
	if len(t.ops) > 0 {
		ids, data := numbersIn(t.ops, opColumns, 0), bytesIn(t.ops, opColumns, 1)
		p.queue("INSERT INTO op (id, data) SELECT id, data FROM unnest(CAST(? AS BIGINT[]), CAST(? AS BYTEA[])) AS x (id, data)", anyRows, ids, data)
	}
	p.queueRuns(t)
	if len(t.items) > 0 {
		c := make([]any, itemColumns)
		for i := range c {
			c[i] = numbersIn(t.items, itemColumns, i)
		}
		p.queue("INSERT INTO item (id, webhook, scenario, received, bytes, claim) SELECT id, webhook, scenario, received, bytes, 0 "+
			"FROM unnest(CAST(? AS BIGINT[]), CAST(? AS BIGINT[]), CAST(? AS BIGINT[]), CAST(? AS BIGINT[]), CAST(? AS BIGINT[])) AS x (id, webhook, scenario, received, bytes)",
			anyRows, c...)
	}
	p.queueMoves(t.moves)
	p.writes = p.writes || len(t.ops)+len(t.runs)+len(t.items)+len(t.moves) > 0
	t.forget()
}

// nameColumn is the one of an execution that is no number.
const nameColumn = 13

func (p *postgresSession) queueRuns(t *tx) {
	if len(t.runs) == 0 {
		return
	}
	columns := make([]any, runColumns)
	for i := range columns {
		if i == nameColumn {
			columns[i] = textsIn(t.runs, runColumns, i)
		} else {
			columns[i] = numbersIn(t.runs, runColumns, i)
		}
	}
	p.queue("INSERT INTO execution (id, scenario, version, part, status, origin, webhook, source, seed, accepted, started, finished, bytes, name, mode) "+
		"SELECT id, scenario, version, part, status, origin, webhook, source, seed, accepted, started, finished, bytes, nullif(name, ''), mode "+
		"FROM unnest(CAST(? AS BIGINT[]), CAST(? AS BIGINT[]), CAST(? AS BIGINT[]), CAST(? AS BIGINT[]), CAST(? AS BIGINT[]), CAST(? AS BIGINT[]), "+
		"CAST(? AS BIGINT[]), CAST(? AS BIGINT[]), CAST(? AS BIGINT[]), CAST(? AS BIGINT[]), CAST(? AS BIGINT[]), CAST(? AS BIGINT[]), "+
		"CAST(? AS BIGINT[]), CAST(? AS TEXT[]), CAST(? AS BIGINT[])) "+
		"AS x (id, scenario, version, part, status, origin, webhook, source, seed, accepted, started, finished, bytes, name, mode)", anyRows, columns...)
}

// queueMoves changes the rows of executions that begin or end. Those that are not as they are believed to be are too few then.
func (p *postgresSession) queueMoves(moves []move) {
	var begins, ends [8][]int64
	var summaries [][]byte
	for i := range moves {
		m := &moves[i]
		to := &begins
		if m.to.Finished() {
			to = &ends
			summaries = append(summaries, m.summary)
		}
		for k, n := range []int64{m.id, int64(m.from), int64(m.to), m.started, m.version, m.finished, m.bytes, m.team} {
			to[k] = append(to[k], n)
		}
	}
	if n := len(begins[0]); n > 0 {
		p.queue("UPDATE execution AS e SET status = x.status, started = x.started, version = x.version "+
			"FROM unnest(CAST(? AS BIGINT[]), CAST(? AS BIGINT[]), CAST(? AS BIGINT[]), CAST(? AS BIGINT[]), CAST(? AS BIGINT[])) "+
			"AS x (id, was, status, started, version) WHERE e.id = x.id AND e.status = x.was", int64(n), begins[0], begins[1], begins[2], begins[3], begins[4])
	}
	if n := len(ends[0]); n > 0 {
		p.queue("UPDATE execution AS e SET status = x.status, started = x.started, version = x.version, finished = x.finished, bytes = x.bytes, team = x.team, summary = x.summary "+
			"FROM unnest(CAST(? AS BIGINT[]), CAST(? AS BIGINT[]), CAST(? AS BIGINT[]), CAST(? AS BIGINT[]), CAST(? AS BIGINT[]), CAST(? AS BIGINT[]), CAST(? AS BIGINT[]), CAST(? AS BIGINT[]), CAST(? AS BYTEA[])) "+
			"AS x (id, was, status, started, version, finished, bytes, team, summary) WHERE e.id = x.id AND e.status = x.was",
			int64(n), ends[0], ends[1], ends[2], ends[3], ends[4], ends[5], ends[6], ends[7], summaries)
	}
}

// numbersIn, bytesIn and textsIn return a column of rows that stand one behind the other.
func numbersIn(rows []driver.Value, columns, column int) []int64 {
	list := make([]int64, 0, len(rows)/columns)
	for i := column; i < len(rows); i += columns {
		list = append(list, integer(rows[i]))
	}
	return list
}

func bytesIn(rows []driver.Value, columns, column int) [][]byte {
	list := make([][]byte, 0, len(rows)/columns)
	for i := column; i < len(rows); i += columns {
		list = append(list, bytesOf(rows[i]))
	}
	return list
}

// textsIn has what the database does not keep replaced: nothing is found by these texts, they are shown.
func textsIn(rows []driver.Value, columns, column int) []string {
	list := make([]string, 0, len(rows)/columns)
	for i := column; i < len(rows); i += columns {
		list = append(list, keepable(text(rows[i])))
	}
	return list
}

// overwrite does nothing: what was deleted is overwritten when the database uses its place again.
func (p *postgresSession) overwrite(bool) error { return nil }

func (p *postgresSession) written() int { return 0 }

func (p *postgresSession) close() error {
	if p.conn == nil {
		return nil
	}
	_, err := p.exec("DELETE FROM commit_mark WHERE writer = ?", p.writer)
	p.drop()
	if unreachable(err) { // others remove the marks when they are old
		return nil
	}
	return err
}
