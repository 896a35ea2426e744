package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// Connection is an account of an app. Its secrets are sealed by package vault; the store cannot open them.
type Connection struct {
	ID       int64
	Team     int64 // 0 = FirstTeam; one that is there stays in its team
	Name     string
	App      string
	Type     string
	Revision int64
	Metadata string // JSON: what is no secret
	Sealed   []byte // only from Connection, not in lists
	Created  time.Time
	Updated  time.Time
}

const connectionColumns = "id, team, name, app, type, revision, metadata, created, updated"

func scanConnection(rows *sql.Rows, more ...any) (Connection, error) {
	var c Connection
	var created, updated int64
	err := rows.Scan(append([]any{&c.ID, &c.Team, &c.Name, &c.App, &c.Type, &c.Revision, &c.Metadata, &created, &updated}, more...)...)
	c.Created, c.Updated = timeOf(created), timeOf(updated)
	return c, err //nolint:wrapcheck // list wraps
}

// SaveConnection makes a connection (ID 0) or changes one, and returns it as saved. seal gets the number of the
// connection, which secrets are bound to, and returns them sealed. A Revision that is not the stored one is ErrConflict.
func (s *Store) SaveConnection(ctx context.Context, c Connection, seal func(id int64) ([]byte, error)) (Connection, error) {
	if err := checkName("[noun-connection] The connection", c.Name); err != nil {
		return c, err
	}
	asked := c
	err := s.update(ctx, executionLane, func(t *tx) error {
		c = asked
		saved := c
		saved.Updated, saved.Revision = t.now, c.Revision+1
		var err error
		if c.ID == 0 {
			saved.Created, saved.Team = t.now, teamOr(c.Team)
			saved.ID, err = t.insert("connection", "INSERT INTO connection (id, team, name, app, type, revision, metadata, sealed, created, updated) VALUES (?, ?, ?, ?, ?, 0, '', '', ?, ?)",
				saved.Team, c.Name, c.App, c.Type, nanos(t.now), nanos(t.now))
			if err != nil {
				return err
			}
		}
		if saved.Sealed, err = seal(saved.ID); err != nil {
			return reject(err)
		}
		err = t.revise("[noun-connection] The connection", "UPDATE connection SET name = ?, app = ?, type = ?, revision = ?, metadata = ?, sealed = ?, updated = ? WHERE id = ? AND revision = ?",
			c.Name, c.App, c.Type, saved.Revision, c.Metadata, saved.Sealed, nanos(t.now), saved.ID, c.Revision)
		if err == nil {
			c = saved
		}
		return err
	})
	return c, err
}

// Connection returns a connection with its sealed secrets.
func (s *Store) Connection(ctx context.Context, id int64) (Connection, error) {
	q := newSelect("SELECT "+connectionColumns+", sealed FROM connection WHERE id = ?", id)
	return first(ctx, s, "[noun-connection] The connection", q, func(rows *sql.Rows) (Connection, error) {
		var sealed []byte
		c, err := scanConnection(rows, &sealed)
		c.Sealed = sealed
		return c, err
	})
}

// Connections lists connections by number, without their secrets. app "" = of all apps.
func (s *Store) Connections(ctx context.Context, app string, l Listing) ([]Connection, error) {
	var more []condition
	if app != "" {
		more = append(more, condition{"app = ?", app})
	}
	q := l.query("SELECT "+connectionColumns+" FROM connection", more...)
	return list(ctx, s, q, func(rows *sql.Rows) (Connection, error) { return scanConnection(rows) })
}

// DeleteConnection removes a connection.
func (s *Store) DeleteConnection(ctx context.Context, id int64) error {
	return s.update(ctx, executionLane, func(t *tx) error {
		n, err := t.exec("DELETE FROM connection WHERE id = ?", id)
		return errors.Join(err, missing(n, "[noun-connection] The connection"))
	})
}

// ResealConnection puts another sealing of the same secrets in place of the stored one. Its revision stays: nothing has changed for
// people. Where that is not before any more, it is ErrConflict.
func (s *Store) ResealConnection(ctx context.Context, id int64, before, sealed []byte) error {
	return s.reseal(ctx, "[noun-connection] The connection", "UPDATE connection SET sealed = ? WHERE id = ? AND sealed = ?", id, before, sealed)
}

// ResealWebhookAddress does the same for the address of a webhook.
func (s *Store) ResealWebhookAddress(ctx context.Context, id int64, before, sealed []byte) error {
	return s.reseal(ctx, "[noun-webhook] The webhook", "UPDATE webhook SET address = ? WHERE id = ? AND address = ?", id, before, sealed)
}

// ResealWebhook does the same for the secrets of a webhook.
func (s *Store) ResealWebhook(ctx context.Context, id int64, before, sealed []byte) error {
	return s.reseal(ctx, "[noun-webhook] The webhook", "UPDATE webhook SET sealed = ? WHERE id = ? AND sealed = ?", id, before, sealed)
}

func (s *Store) reseal(ctx context.Context, what, query string, id int64, before, sealed []byte) error {
	return s.update(ctx, upkeepLane, func(t *tx) error { return t.revise(what, query, sealed, id, before) })
}
