package store

import (
	"context"
	"database/sql"
	"time"
)

// Node is a process that serves the installation together with others.
type Node struct {
	ID      string // under which it owns partitions
	Address string // where people reach it, "" for nowhere
	Version string
	Form    int64 // newest form of the tables that it knows: see Store.KnownForm
	Web     bool  // it answers people and webhooks
	Worker  bool  // it runs executions
	Leaving bool  // it is about to stop, and takes no partitions
	Started time.Time
	Seen    time.Time // when it last said that it lives, by the time that all agree on
	Running int       // executions
	Waiting int       // executions that it has in memory and not begun
}

// Shared reports whether other nodes may use the same database.
func (s *Store) Shared() bool { return s.dialect.shared }

// Time returns the time that all nodes of the database agree on, by which leases end.
func (s *Store) Time(ctx context.Context) (time.Time, error) {
	if s.dialect.time == "" {
		return s.clock.Now(), nil
	}
	n, err := s.readNumber(ctx, s.dialect.time)
	return timeOf(n), err
}

// Beat says that a node lives at n.Seen, and what it does. When a process that started later uses the same name and lived within ttl,
// it is ErrFenced: there cannot be two of them. When the tables have a form that the node cannot work with, it is ErrOutdated.
func (s *Store) Beat(ctx context.Context, n Node, ttl time.Duration) error {
	return s.update(ctx, executionLane, func(t *tx) error {
		if err := t.refuseOutdated(n.Form); err != nil {
			return err
		}
		rows, err := t.exec("INSERT INTO node (id, address, version, form, web, worker, leaving, started, seen, running, waiting) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "+
			"ON CONFLICT (id) DO UPDATE SET address = excluded.address, version = excluded.version, form = excluded.form, web = excluded.web, worker = excluded.worker, "+
			"leaving = excluded.leaving, started = excluded.started, seen = excluded.seen, running = excluded.running, waiting = excluded.waiting "+
			"WHERE node.started <= excluded.started OR node.seen <= ?",
			n.ID, n.Address, n.Version, n.Form, bit(n.Web), bit(n.Worker), bit(n.Leaving), nanos(n.Started), nanos(n.Seen), int64(n.Running), int64(n.Waiting), nanos(n.Seen.Add(-ttl)))
		if err == nil && rows == 0 {
			return fenced()
		}
		return err
	})
}

// RemoveNode says that a node is gone: the process of that name that began at started. What it was told is dropped.
func (s *Store) RemoveNode(ctx context.Context, id string, started time.Time) error {
	return s.update(ctx, executionLane, func(t *tx) error {
		n, err := t.exec("DELETE FROM node WHERE id = ? AND started = ?", id, nanos(started))
		if err != nil || n == 0 {
			return err
		}
		return t.later("DELETE FROM signal WHERE node = ?", id)
	})
}

// Nodes lists all that have said that they live and not that they are gone, by name.
func (s *Store) Nodes(ctx context.Context) ([]Node, error) {
	q := newSelect("SELECT id, address, version, form, web, worker, leaving, started, seen, running, waiting FROM node ORDER BY id")
	return list(ctx, s, q, func(rows *sql.Rows) (n Node, err error) {
		var web, worker, leaving, started, seen int64
		err = rows.Scan(&n.ID, &n.Address, &n.Version, &n.Form, &web, &worker, &leaving, &started, &seen, &n.Running, &n.Waiting)
		n.Web, n.Worker, n.Leaving, n.Started, n.Seen = web != 0, worker != 0, leaving != 0, timeOf(started), timeOf(seen)
		return n, err //nolint:wrapcheck // list wraps
	})
}

// Leases lists the partitions that were ever owned, with who has them now: Node is "" for one that was given up.
func (s *Store) Leases(ctx context.Context) ([]Lease, error) {
	q := newSelect("SELECT part, node, epoch, until FROM lease ORDER BY part")
	return list(ctx, s, q, func(rows *sql.Rows) (l Lease, err error) {
		var until int64
		err = rows.Scan(&l.Partition, &l.Node, &l.Epoch, &until)
		l.Until = timeOf(until)
		return l, err //nolint:wrapcheck // list wraps
	})
}

// Glance is what a node looks at again and again: whether there is anything to do about partitions.
type Glance struct {
	Free    int // partitions that nobody owns at the time
	Workers int // nodes that may own partitions: alive and not about to stop
	Owned   int // partitions of the node that asks
}

// Glance looks at the leases and nodes at a time, which is cheaper than to list them. A node that was not seen within ttl does not live.
func (s *Store) Glance(ctx context.Context, node string, now time.Time, ttl time.Duration) (Glance, error) {
	q := newSelect("SELECT (SELECT count(*) FROM lease WHERE node = '' OR until <= ?), (SELECT count(*) FROM node WHERE worker = 1 AND leaving = 0 AND seen > ?), "+
		"(SELECT count(*) FROM lease WHERE node = ? AND until > ?)", nanos(now), nanos(now.Add(-ttl)), node, nanos(now))
	return first(ctx, s, "[noun-nodes] The state of the nodes", q, func(rows *sql.Rows) (g Glance, err error) {
		err = rows.Scan(&g.Free, &g.Workers, &g.Owned)
		return g, err //nolint:wrapcheck // list wraps
	})
}

// ownedBy keeps a query to the scenarios, whose numbers stand in a column, of partitions that a node owns; "" to all.
func (s *Store) ownedBy(q *selection, column, node string) {
	if s.dialect.owned != nil && node != "" {
		q.and(s.dialect.owned(column), node)
	}
}

// Trait returns what is kept under a name about the installation as a whole, "" where nothing is.
func (s *Store) Trait(ctx context.Context, name string) (string, error) {
	found, err := list(ctx, s, newSelect("SELECT value FROM installation WHERE name = ?", name), func(rows *sql.Rows) (text string, err error) {
		err = rows.Scan(&text)
		return text, err //nolint:wrapcheck // list wraps
	})
	if err != nil || len(found) == 0 {
		return "", err
	}
	return found[0], nil
}

// SetTrait keeps a text about the installation as a whole, in place of before; "" where there was none. When somebody else was
// faster it is ErrConflict.
func (s *Store) SetTrait(ctx context.Context, name, before, text string) error {
	return s.update(ctx, executionLane, func(t *tx) error {
		n, err := t.exec("INSERT INTO installation (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE installation.value = ?3", name, text, before)
		if err == nil && n == 0 {
			return conflict("[noun-setting] The setting of the installation")
		}
		return err
	})
}

// sweepNodes forgets nodes that have long been silent, signals that nobody takes, and answers that nobody has come for.
func (s *Store) sweepNodes(ctx context.Context, _ *Budgets, _ *Swept) error {
	if !s.dialect.shared {
		return nil
	}
	return s.update(ctx, upkeepLane, func(t *tx) error {
		for query, age := range map[string]time.Duration{
			"DELETE FROM node WHERE seen <= ?": nodeAge, "DELETE FROM signal WHERE at <= ?": signalAge, "DELETE FROM answer WHERE at <= ?": answerAge,
		} {
			if err := t.later(query, nanos(t.now.Add(-age))); err != nil {
				return err
			}
		}
		return nil
	})
}

// How long what concerns nodes is kept. An answer is waited for no longer than a webhook may.
const (
	nodeAge   = 24 * time.Hour
	signalAge = 10 * time.Minute
	answerAge = 30 * time.Minute
)
