package store

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"maps"
	"slices"
	"strings"
	"time"
)

// SignalKind is what one node tells another.
type SignalKind int64

// The kinds of signals: to whoever owns a partition, or to nodes.
const (
	QueueSignal    SignalKind = iota + 1 // payloads wait for scenario Thing
	SubmitSignal                         // execution Thing was recorded and waits to begin
	CancelSignal                         // execution Thing is to be cancelled
	ScenarioSignal                       // scenario Thing was changed
	WebhookSignal                        // webhook Thing was changed
	FreeSignal                           // partitions are free
	ClearedSignal                        // some of what waited for scenario Thing was deleted

	// newestSignal is the last one that this version knows.
	newestSignal = ClearedSignal
)

// nodePart stands in place of a partition where a signal is to a node.
const nodePart = -1

// Signal is what one node tells another. It hurries what would be found without it, only later.
type Signal struct {
	ID    int64
	Part  int // to its owner; -1 for one to a node
	Kind  SignalKind
	Thing int64
	At    time.Time
}

// signalKey is a signal as a commit gathers it: one for each, however often it is told.
type signalKey struct {
	part  int
	kind  SignalKind
	thing int64
}

// Tell tells whoever owns the partition of a scenario.
func (s *Store) Tell(ctx context.Context, scenario int64, kind SignalKind, thing int64) error {
	return s.update(ctx, executionLane, func(t *tx) error {
		t.tell(scenario, kind, thing)
		return nil
	})
}

// tell has the commit tell whoever owns the partition of a scenario.
func (t *tx) tell(scenario int64, kind SignalKind, thing int64) {
	t.signals[signalKey{PartitionOf(scenario), kind, thing}] = struct{}{}
}

// TellNodes tells all nodes but the one that has this store open.
func (s *Store) TellNodes(ctx context.Context, kind SignalKind, thing int64) error {
	return s.update(ctx, executionLane, func(t *tx) error {
		return t.later("INSERT INTO signal (node, part, kind, thing, at) SELECT id, CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS BIGINT) FROM node WHERE id <> ?",
			int64(nodePart), int64(kind), thing, nanos(t.now), s.node)
	})
}

// Signals lists what a node was told, itself or as the owner of partitions, the oldest first. What a newer version tells and this one does
// not know stays, for a newer owner.
func (s *Store) Signals(ctx context.Context, node string, limit int) ([]Signal, error) {
	q := newSelect("SELECT id, part, kind, thing, at FROM signal WHERE kind <= ? AND (node = ? OR (node = '' AND part IN (SELECT part FROM lease WHERE node = ?)))",
		int64(newestSignal), node, node)
	return list(ctx, s, q.end(" ORDER BY id", limit), func(rows *sql.Rows) (g Signal, err error) {
		var at int64
		err = rows.Scan(&g.ID, &g.Part, &g.Kind, &g.Thing, &at)
		g.At = timeOf(at)
		return g, err //nolint:wrapcheck // list wraps
	})
}

// ForgetSignals removes signals that were acted on.
func (s *Store) ForgetSignals(ctx context.Context, signals []Signal) error {
	for part := range slices.Chunk(signals, deleteAtOnce) {
		args := make([]driver.Value, len(part))
		for i, g := range part {
			args[i] = g.ID
		}
		if err := s.update(ctx, upkeepLane, func(t *tx) error {
			return t.later("DELETE FROM signal WHERE id IN (?"+strings.Repeat(", ?", len(args)-1)+")", args...)
		}); err != nil {
			return err
		}
	}
	return nil
}

// OldestSignal returns when the oldest signal was told that nobody has taken yet, the zero time where there is none.
func (s *Store) OldestSignal(ctx context.Context) (time.Time, error) {
	n, err := s.readNumber(ctx, "SELECT coalesce(min(at), 0) FROM signal")
	return timeOf(n), err
}

// told returns what the commit tells, in one order for everybody.
func (t *tx) told() []signalKey {
	if len(t.signals) == 0 {
		return nil
	}
	return slices.SortedFunc(maps.Keys(t.signals), func(a, b signalKey) int {
		return cmp.Or(cmp.Compare(a.part, b.part), cmp.Compare(a.kind, b.kind), cmp.Compare(a.thing, b.thing))
	})
}

// Answer is what an execution answers to a caller who waits at another node.
type Answer struct {
	Execution int64
	Data      []byte // as it was given; nil where the execution is over and has left none
}

// PutAnswer keeps what an execution answers, if somebody waits for it at another node and it is the first.
func (s *Store) PutAnswer(ctx context.Context, a Answer) error {
	return s.update(ctx, executionLane, func(t *tx) error {
		return t.later("UPDATE answer SET data = ? WHERE execution = ? AND data IS NULL", a.Data, a.Execution)
	})
}

// Answers returns which of the executions have answered, or are over.
func (s *Store) Answers(ctx context.Context, executions []int64) ([]Answer, error) {
	var found []Answer
	for part := range slices.Chunk(executions, MaxPage) {
		q := newSelect("SELECT e.id, a.data FROM execution e LEFT JOIN answer a ON a.execution = e.id WHERE (e.status >= 2 OR a.data IS NOT NULL)")
		q.andAmong("e.id", part)
		some, err := list(ctx, s, q, func(rows *sql.Rows) (a Answer, err error) {
			err = rows.Scan(&a.Execution, &a.Data)
			return a, err //nolint:wrapcheck // list wraps
		})
		if err != nil {
			return nil, err
		}
		found = append(found, some...)
	}
	return found, nil
}

// ForgetAnswer removes the answer of an execution, for which nobody waits any more.
func (s *Store) ForgetAnswer(ctx context.Context, execution int64) error {
	return s.update(ctx, upkeepLane, func(t *tx) error { return t.later("DELETE FROM answer WHERE execution = ?", execution) })
}

// WaitingHooks lists the webhooks for which payloads wait.
func (s *Store) WaitingHooks(ctx context.Context) ([]int64, error) {
	return s.owners(ctx, queuedOfWebhook)
}
