package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// IncompleteState is where an incomplete execution stands.
type IncompleteState int

// The states.
const (
	Unresolved IncompleteState = iota // waits for a person
	Pending                           // waits for its next automatic retry
	InProgress                        // is being retried
	Resolved
)

// NewIncomplete is a bundle that stopped at a module and can go on from there.
type NewIncomplete struct {
	Module  int
	Address string
	Reason  *fault.Error
	// Data holds the bundles that the module can see, as the engine gives them.
	Data value.Value
	// Due is the time of the first automatic retry, zero for none; Attempts how many there are, Interval the time between.
	Due      time.Time
	Attempts int
	Interval time.Duration
}

// Incomplete is a stored incomplete execution.
type Incomplete struct {
	ID, Scenario, Version, Execution int64
	Module                           int
	Address                          string
	State                            IncompleteState
	Reason                           *fault.Error
	Attempts, AttemptsMax            int
	Interval                         time.Duration
	Due                              time.Time // zero = none
	Resolution                       string    // how it was resolved
	Revision                         int64
	Created, Updated                 time.Time
	Bytes                            int64
	Data                             value.Value // only from Incomplete, not in lists
}

// encodedIncomplete is one with everything encoded that need not wait for the writer.
type encodedIncomplete struct {
	*NewIncomplete
	reason []byte
	data   []byte
}

func (s *Store) encodeIncomplete(n *NewIncomplete) encodedIncomplete {
	return encodedIncomplete{n, encodeReason(n.Reason), s.codec.pack(value.AppendBinary([]byte{0}, n.Data))}
}

// storedReason is a fault as JSON, without its cause.
type storedReason struct {
	Message string        `json:"message"`
	Hint    string        `json:"hint,omitempty"`
	Field   string        `json:"field,omitempty"`
	Delay   time.Duration `json:"delay,omitempty"`
	Words   *fault.Words  `json:"words,omitempty"`
}

func encodeReason(e *fault.Error) []byte {
	if e == nil {
		e = &fault.Error{}
	}
	data, _ := json.Marshal(storedReason{e.Message, e.Hint, e.Field, e.Delay, e.Words}) // texts and a number always marshal
	return data
}

func decodeReason(kind string, data []byte) *fault.Error {
	var r storedReason
	_ = json.Unmarshal(data, &r) // what cannot be read is shown as an empty reason rather than hidden
	return &fault.Error{Kind: fault.Kind(kind), Message: r.Message, Hint: r.Hint, Field: r.Field, Delay: r.Delay, Words: r.Words}
}

func (t *tx) putIncompletes(run *Run, version int64, list []encodedIncomplete) ([]int64, error) {
	var ids []int64
	for _, n := range list {
		state := Unresolved
		if !n.Due.IsZero() {
			state = Pending
		}
		var kind fault.Kind
		if n.Reason != nil {
			kind = n.Reason.Kind
		}
		id, err := t.number("INSERT INTO incomplete (scenario, version, execution, module, address, state, kind, reason, attempts, attempts_max, "+
			"interval, due, resolution, revision, created, updated, bytes, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, '', 1, ?, ?, ?, ?) RETURNING id",
			run.Scenario, version, run.ID, int64(n.Module), n.Address, int64(state), string(kind), string(n.reason),
			int64(n.Attempts), int64(n.Interval), nanos(n.Due), nanos(t.now), nanos(t.now), int64(len(n.data)), n.data)
		if err != nil {
			return nil, err
		}
		t.count(incompleteOf, run.Scenario, 1, int64(len(n.data)))
		ids = append(ids, id)
	}
	return ids, nil
}

const incompleteColumns = "id, scenario, version, execution, module, address, state, kind, reason, attempts, attempts_max, interval, due, resolution, revision, created, updated, bytes"

func scanIncomplete(rows *sql.Rows, more ...any) (Incomplete, error) {
	var i Incomplete
	var kind, reason string
	var due, created, updated int64
	err := rows.Scan(append([]any{
		&i.ID, &i.Scenario, &i.Version, &i.Execution, &i.Module, &i.Address, &i.State, &kind, &reason, &i.Attempts,
		&i.AttemptsMax, &i.Interval, &due, &i.Resolution, &i.Revision, &created, &updated, &i.Bytes,
	}, more...)...)
	i.Reason = decodeReason(kind, []byte(reason))
	i.Due, i.Created, i.Updated = timeOf(due), timeOf(created), timeOf(updated)
	return i, err //nolint:wrapcheck // the caller wraps
}

// IncompleteFilter chooses incomplete executions.
type IncompleteFilter struct {
	Scenario  int64             // 0 = of all
	Execution int64             // 0 = of all
	Newest    bool              // the newest first; After counts from there then
	Teams     []int64           // those whose incomplete executions are listed; nil = every team
	States    []IncompleteState // none = all
	Whole     bool              // only whole executions that wait to be run again: those without a module
	After     int64             // number of the last one of the page before, 0 = from the start
	Limit     int
}

// Incompletes lists incomplete executions, the oldest first, without their data.
func (s *Store) Incompletes(ctx context.Context, f IncompleteFilter) ([]Incomplete, error) {
	order := " ORDER BY id"
	q := newSelect("SELECT "+incompleteColumns+" FROM incomplete WHERE id > ?", f.After)
	if f.Newest {
		order = " ORDER BY id DESC"
		q = newSelect("SELECT "+incompleteColumns+" FROM incomplete WHERE (id < ?1 OR ?1 = CAST(0 AS BIGINT))", f.After)
	}
	if f.Execution != 0 {
		q.and("execution = ?", f.Execution)
		if len(f.States) > 0 && !slices.Contains(f.States, Resolved) {
			q.and("state < 3") // as the index has it
		}
	}
	if f.Scenario != 0 {
		q.and("scenario = ?", f.Scenario)
	}
	if f.Teams != nil {
		of, args := inTeams(f.Teams)
		q.and("+scenario IN (SELECT id FROM scenario WHERE "+of+")", args...)
	}
	if len(f.States) > 0 {
		q.andIn("state", statesOf(f.States))
	}
	if f.Whole {
		q.and("module = 0")
	}
	return list(ctx, s, q.end(order, f.Limit), func(rows *sql.Rows) (Incomplete, error) { return scanIncomplete(rows) })
}

func statesOf(states []IncompleteState) []any {
	args := make([]any, len(states))
	for i, st := range states {
		args[i] = int64(st)
	}
	return args
}

// DueIncompletes lists those of active scenarios whose automatic retry is due at now, the longest due first, without their data: those
// whose partitions a node owns, "" for all.
func (s *Store) DueIncompletes(ctx context.Context, node string, now time.Time, limit int) ([]Incomplete, error) {
	q := newSelect("SELECT "+incompleteColumns+" FROM incomplete WHERE due > 0 AND due <= ? AND scenario IN (SELECT id FROM scenario WHERE active = 1)", nanos(now))
	s.ownedBy(q, "scenario", node)
	return list(ctx, s, q.end(" ORDER BY due, id", limit), func(rows *sql.Rows) (Incomplete, error) { return scanIncomplete(rows) })
}

// NextIncompleteDue returns when the next automatic retry is due, the zero time when none is planned.
func (s *Store) NextIncompleteDue(ctx context.Context) (time.Time, error) {
	n, err := s.readNumber(ctx, "SELECT coalesce(min(due), 0) FROM incomplete WHERE due > 0")
	return timeOf(n), err
}

// Incomplete returns one incomplete execution with its data.
func (s *Store) Incomplete(ctx context.Context, id int64) (Incomplete, error) {
	q := newSelect("SELECT "+incompleteColumns+", data FROM incomplete WHERE id = ?", id)
	return first(ctx, s, "[noun-incomplete] The incomplete execution", q, func(rows *sql.Rows) (Incomplete, error) {
		var data []byte
		i, err := scanIncomplete(rows, &data)
		if err != nil {
			return i, err
		}
		i.Data, err = s.decodeValue(data)
		return i, err
	})
}

// ChangeIncomplete is a change of an incomplete execution. Fields that are nil stay as they are.
type ChangeIncomplete struct {
	ID, Revision int64 // as it was read; a change in between is ErrConflict
	State        IncompleteState
	Attempts     int
	Due          time.Time // zero = no automatic retry
	Reason       *fault.Error
	Data         *value.Value // edited bundles
	Resolution   string
	Execution    int64 // that retries it, 0 leaves it
	Version      int64 // of the scenario, by which it goes on; 0 leaves it
}

// ChangeIncomplete saves a change and returns the new revision.
func (s *Store) ChangeIncomplete(ctx context.Context, c ChangeIncomplete) (int64, error) {
	var data []byte
	if c.Data != nil {
		data = s.codec.pack(value.AppendBinary([]byte{0}, *c.Data))
	}
	return c.Revision + 1, s.update(ctx, executionLane, func(t *tx) error { return t.changeIncomplete(&c, data) })
}

func (t *tx) changeIncomplete(c *ChangeIncomplete, data []byte) error {
	row, err := t.one("SELECT revision, state, scenario, bytes, data, kind, reason FROM incomplete WHERE id = ?", c.ID)
	if err != nil {
		return err
	}
	if row == nil {
		return notFound("[noun-incomplete] The incomplete execution")
	}
	if integer(row[0]) != c.Revision {
		return conflict("[noun-incomplete] The incomplete execution")
	}
	old, scenario, bytes := IncompleteState(integer(row[1])), integer(row[2]), integer(row[3])
	kind, reason := text(row[5]), text(row[6])
	if c.Reason != nil {
		kind, reason = string(c.Reason.Kind), string(encodeReason(c.Reason))
	}
	if data == nil {
		data = bytesOf(row[4])
	}
	if old != Resolved {
		t.count(incompleteOf, scenario, -1, -bytes)
	}
	if c.State != Resolved {
		t.count(incompleteOf, scenario, 1, int64(len(data)))
	}
	return t.revise("[noun-incomplete] The incomplete execution", "UPDATE incomplete SET state = ?, attempts = ?, due = ?, kind = ?, reason = ?, resolution = ?, revision = ?, updated = ?, "+
		"bytes = ?, data = ?, execution = coalesce(nullif(CAST(? AS BIGINT), 0), execution), version = coalesce(nullif(CAST(? AS BIGINT), 0), version) WHERE id = ? AND revision = ?",
		int64(c.State), int64(c.Attempts), nanos(c.Due), kind, reason, c.Resolution, c.Revision+1, nanos(t.now),
		int64(len(data)), data, c.Execution, c.Version, c.ID, c.Revision)
}

// takeIncomplete notes which execution retries an incomplete one.
func (t *tx) takeIncomplete(id, revision, execution int64) error {
	row, err := t.one("SELECT attempts FROM incomplete WHERE id = ?", id)
	if err != nil {
		return err
	}
	if row == nil {
		return notFound("[noun-incomplete] The incomplete execution")
	}
	return t.changeIncomplete(&ChangeIncomplete{
		ID: id, Revision: revision, State: InProgress, Attempts: int(integer(row[0])) + 1, Execution: execution,
	}, nil)
}

// DeleteIncomplete removes an incomplete execution.
func (s *Store) DeleteIncomplete(ctx context.Context, id int64) error {
	return s.update(ctx, executionLane, func(t *tx) error {
		row, err := t.one("DELETE FROM incomplete WHERE id = ? RETURNING state, scenario, bytes", id)
		if err == nil && row == nil {
			err = notFound("[noun-incomplete] The incomplete execution")
		}
		if err == nil && IncompleteState(integer(row[0])) != Resolved {
			t.count(incompleteOf, integer(row[1]), -1, -integer(row[2]))
		}
		return err
	})
}

// IncompleteTotal returns how many unresolved incomplete executions a scenario has, and their bytes.
func (s *Store) IncompleteTotal(scenario int64) (number, bytes int64) {
	t := s.total(incompleteOf, scenario)
	return t.Number, t.Bytes
}
