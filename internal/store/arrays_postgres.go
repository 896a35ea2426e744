package store

import (
	"cmp"
	"database/sql/driver"
	"errors"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"
)

// exactly fails where its rows are not as many as its first argument says. Every database has that error for nothing else that is asked here.
const exactly = "SELECT 1 / CAST(count(*) = ?1 AS INTEGER) FROM "

// unlike reports whether a statement failed because rows were not as many as they had to be.
func unlike(err error) bool {
	var refused *pgconn.PgError
	return errors.As(err, &refused) && refused.Code == "22012" // a division by zero
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
	p.queue(exactly+"(SELECT l.part FROM unnest(CAST(?2 AS BIGINT[]), CAST(?3 AS BIGINT[])) AS x (part, epoch) "+
		"JOIN lease AS l ON l.part = x.part AND l.epoch = x.epoch FOR SHARE OF l) AS held", int64(len(parts)), numbers, epochs)
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
		p.slot, kinds, owners, numbers, bytes)
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
		p.slot, columns[0], columns[1], columns[2], columns[3], columns[4], columns[5])
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
		"FROM unnest(CAST(?2 AS BIGINT[]), CAST(?3 AS BIGINT[]), CAST(?4 AS BIGINT[])) AS x (part, kind, thing)", nanos(t.now), parts, kinds, things)
}

// queueGathered turns what is gathered into a statement for each table.
func (p *postgresSession) queueGathered(t *tx) {
	if len(t.ops) > 0 {
		ids, data := numbersIn(t.ops, opColumns, 0), bytesIn(t.ops, opColumns, 1)
		p.queue("INSERT INTO op (id, data) SELECT id, data FROM unnest(CAST(? AS BIGINT[]), CAST(? AS BYTEA[])) AS x (id, data)", ids, data)
	}
	p.queueRuns(t)
	p.queueEnded(t)
	if len(t.items) > 0 {
		c := make([]any, itemColumns)
		for i := range c {
			c[i] = numbersIn(t.items, itemColumns, i)
		}
		p.queue("INSERT INTO item (id, webhook, scenario, received, bytes, claim) SELECT id, webhook, scenario, received, bytes, 0 "+
			"FROM unnest(CAST(? AS BIGINT[]), CAST(? AS BIGINT[]), CAST(? AS BIGINT[]), CAST(? AS BIGINT[]), CAST(? AS BIGINT[])) AS x (id, webhook, scenario, received, bytes)",
			c...)
	}
	p.queueMoves(t.moves)
	if len(t.resets) > 0 { // nearly every execution asks for it, and nearly never there is something to do
		slices.Sort(t.resets)
		p.queue("UPDATE scenario SET errors = 0 WHERE id = ANY(CAST(? AS BIGINT[])) AND errors <> 0", slices.Compact(slices.Clone(t.resets)))
	}
	p.writes = p.writes || len(t.ops)+len(t.runs)+len(t.ended)+len(t.items)+len(t.moves)+len(t.resets) > 0
	t.forget()
}

// nameColumn is the one of an execution that is no number.
const nameColumn = 13

func (p *postgresSession) queueRuns(t *tx) {
	if len(t.runs) == 0 {
		return
	}
	p.queue("INSERT INTO execution (id, scenario, version, part, status, origin, webhook, source, seed, accepted, started, finished, bytes, name, mode) "+
		"SELECT id, scenario, version, part, status, origin, webhook, source, seed, accepted, started, finished, bytes, nullif(name, ''), mode "+
		"FROM unnest(CAST(? AS BIGINT[]), CAST(? AS BIGINT[]), CAST(? AS BIGINT[]), CAST(? AS BIGINT[]), CAST(? AS BIGINT[]), CAST(? AS BIGINT[]), "+
		"CAST(? AS BIGINT[]), CAST(? AS BIGINT[]), CAST(? AS BIGINT[]), CAST(? AS BIGINT[]), CAST(? AS BIGINT[]), CAST(? AS BIGINT[]), "+
		"CAST(? AS BIGINT[]), CAST(? AS TEXT[]), CAST(? AS BIGINT[])) "+
		"AS x (id, scenario, version, part, status, origin, webhook, source, seed, accepted, started, finished, bytes, name, mode)",
		columnsOfRuns(t.runs, runColumns)...)
}

// queueEnded inserts executions whose delivery is kept with their end.
func (p *postgresSession) queueEnded(t *tx) {
	if len(t.ended) == 0 {
		return
	}
	columns := append(columnsOfRuns(t.ended, endedColumns), bytesIn(t.ended, endedColumns, runColumns), numbersIn(t.ended, endedColumns, runColumns+1))
	p.queue("INSERT INTO execution (id, scenario, version, part, status, origin, webhook, source, seed, accepted, started, finished, bytes, name, mode, summary, team) "+
		"SELECT id, scenario, version, part, status, origin, webhook, source, seed, accepted, started, finished, bytes, nullif(name, ''), mode, summary, team "+
		"FROM unnest(CAST(? AS BIGINT[]), CAST(? AS BIGINT[]), CAST(? AS BIGINT[]), CAST(? AS BIGINT[]), CAST(? AS BIGINT[]), CAST(? AS BIGINT[]), "+
		"CAST(? AS BIGINT[]), CAST(? AS BIGINT[]), CAST(? AS BIGINT[]), CAST(? AS BIGINT[]), CAST(? AS BIGINT[]), CAST(? AS BIGINT[]), "+
		"CAST(? AS BIGINT[]), CAST(? AS TEXT[]), CAST(? AS BIGINT[]), CAST(? AS BYTEA[]), CAST(? AS BIGINT[])) "+
		"AS x (id, scenario, version, part, status, origin, webhook, source, seed, accepted, started, finished, bytes, name, mode, summary, team)",
		columns...)
}

// columnsOfRuns returns the columns of executions that they have when they wait.
func columnsOfRuns(rows []driver.Value, width int) []any {
	columns := make([]any, runColumns, endedColumns)
	for i := range columns {
		if i == nameColumn {
			columns[i] = textsIn(rows, width, i)
		} else {
			columns[i] = numbersIn(rows, width, i)
		}
	}
	return columns
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
		p.queue("WITH moved AS (UPDATE execution AS e SET status = x.status, started = x.started, version = x.version "+
			"FROM unnest(CAST(?2 AS BIGINT[]), CAST(?3 AS BIGINT[]), CAST(?4 AS BIGINT[]), CAST(?5 AS BIGINT[]), CAST(?6 AS BIGINT[])) "+
			"AS x (id, was, status, started, version) WHERE e.id = x.id AND e.status = x.was RETURNING e.id) "+exactly+"moved",
			int64(n), begins[0], begins[1], begins[2], begins[3], begins[4])
	}
	if n := len(ends[0]); n > 0 {
		p.queue("WITH moved AS (UPDATE execution AS e SET status = x.status, started = x.started, version = x.version, finished = x.finished, bytes = x.bytes, "+
			"team = x.team, summary = x.summary FROM unnest(CAST(?2 AS BIGINT[]), CAST(?3 AS BIGINT[]), CAST(?4 AS BIGINT[]), CAST(?5 AS BIGINT[]), "+
			"CAST(?6 AS BIGINT[]), CAST(?7 AS BIGINT[]), CAST(?8 AS BIGINT[]), CAST(?9 AS BIGINT[]), CAST(?10 AS BYTEA[])) "+
			"AS x (id, was, status, started, version, finished, bytes, team, summary) WHERE e.id = x.id AND e.status = x.was RETURNING e.id) "+exactly+"moved",
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
