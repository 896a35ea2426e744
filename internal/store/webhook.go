package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// Webhook is an address that takes deliveries in.
type Webhook struct {
	ID        int64
	Team      int64 // 0 = FirstTeam; one that is there stays in its team
	Name      string
	Scenario  int64  // 0 = none
	TokenHash []byte // hash of the secret part of the address, by which it is found
	Address   []byte // that part, sealed, so that it can be told; nil where it cannot be. The store cannot open it
	Revision  int64
	Settings  string // JSON, as package intake reads it, without the secrets of its checks
	Sealed    []byte // those secrets, sealed; nil for none. The store cannot open them
	Learning  string // JSON: how far the learning of its data structure has come, "" when it never began; SetLearning changes it
	Paused    bool   // it takes deliveries in, and nothing begins with them
	Gone      bool   // it answers that it is gone for good
	Created   time.Time
	Updated   time.Time
}

const webhookColumns = "id, team, name, scenario, token_hash, revision, settings, sealed, address, learning, paused, gone, created, updated"

func scanWebhook(rows *sql.Rows) (Webhook, error) {
	var w Webhook
	var created, updated int64
	err := rows.Scan(&w.ID, &w.Team, &w.Name, &w.Scenario, &w.TokenHash, &w.Revision, &w.Settings, &w.Sealed, &w.Address, &w.Learning, &w.Paused, &w.Gone, &created, &updated)
	w.Created, w.Updated = timeOf(created), timeOf(updated)
	return w, err //nolint:wrapcheck // list wraps
}

// SaveWebhook makes a webhook (ID 0) or changes one, and returns it as saved. A Revision that is not the stored one,
// or a token that is taken, is ErrConflict.
func (s *Store) SaveWebhook(ctx context.Context, w Webhook) (Webhook, error) {
	return s.SaveSealedWebhook(ctx, w, WebhookSeals{})
}

// WebhookSeals seal what is secret of a webhook, which is bound to its number: each gets that and returns it sealed. A nil one keeps what
// the webhook has.
type WebhookSeals struct {
	Secrets, Address func(id int64) ([]byte, error)
}

func (n WebhookSeals) seal(w *Webhook) (err error) {
	if n.Secrets != nil {
		if w.Sealed, err = n.Secrets(w.ID); err != nil {
			return reject(err)
		}
	}
	if n.Address != nil {
		if w.Address, err = n.Address(w.ID); err != nil {
			return reject(err)
		}
	}
	return nil
}

// SaveSealedWebhook does the same for a webhook with secrets.
func (s *Store) SaveSealedWebhook(ctx context.Context, w Webhook, n WebhookSeals) (Webhook, error) {
	if err := checkName("[noun-webhook] The webhook", w.Name); err != nil {
		return w, err
	}
	asked := w
	err := s.update(ctx, executionLane, func(t *tx) error {
		w = asked
		saved := w
		saved.Updated, saved.Revision = t.now, w.Revision+1
		var err error
		if w.ID == 0 {
			saved.Created, saved.Team = t.now, teamOr(w.Team)
			saved.ID, err = t.insert("webhook", "INSERT INTO webhook (id, team, name, scenario, token_hash, revision, settings, paused, gone, created, updated) VALUES (?, ?, ?, ?, ?, ?, '', 0, 0, ?, ?)",
				saved.Team, w.Name, w.Scenario, w.TokenHash, w.Revision, nanos(t.now), nanos(t.now))
			if err != nil {
				return err
			}
		}
		if err := n.seal(&saved); err != nil {
			return err
		}
		err = t.revise("[noun-webhook] The webhook", "UPDATE webhook SET name = ?, scenario = ?, token_hash = ?, revision = ?, settings = ?, sealed = ?, address = ?, paused = ?, gone = ?, updated = ? WHERE id = ? AND revision = ?",
			w.Name, w.Scenario, w.TokenHash, saved.Revision, w.Settings, saved.Sealed, saved.Address, bit(w.Paused), bit(w.Gone), nanos(t.now), saved.ID, w.Revision)
		if err == nil {
			w = saved
		}
		return err
	})
	return w, err
}

// SetLearning notes how far the learning of a webhook's data structure has come. It leaves the revision alone: what
// arrives must not get in the way of a person who changes the webhook.
func (s *Store) SetLearning(ctx context.Context, webhook int64, learning string) error {
	return s.update(ctx, executionLane, func(t *tx) error {
		n, err := t.exec("UPDATE webhook SET learning = ? WHERE id = ?", learning, webhook)
		return errors.Join(err, missing(n, "[noun-webhook] The webhook"))
	})
}

// ReplaceLearning does the same in place of what was read before. When somebody else was faster, as another node that learns from the same
// webhook, it is ErrConflict.
func (s *Store) ReplaceLearning(ctx context.Context, webhook int64, before, learning string) error {
	return s.update(ctx, executionLane, func(t *tx) error {
		n, err := t.exec("UPDATE webhook SET learning = ? WHERE id = ? AND learning = ?", learning, webhook, before)
		if err == nil && n == 0 {
			return conflict("[noun-learned] What the webhook has learned")
		}
		return err
	})
}

// Webhook returns a webhook.
func (s *Store) Webhook(ctx context.Context, id int64) (Webhook, error) {
	return first(ctx, s, "[noun-webhook] The webhook", newSelect("SELECT "+webhookColumns+" FROM webhook WHERE id = ?", id), scanWebhook)
}

// WebhookByToken returns the webhook whose token has the hash. The lookup reveals nothing by its time: who does not
// know the token cannot choose the hash.
func (s *Store) WebhookByToken(ctx context.Context, hash []byte) (Webhook, error) {
	return first(ctx, s, "[noun-webhook] The webhook", newSelect("SELECT "+webhookColumns+" FROM webhook WHERE token_hash = ?", hash), scanWebhook)
}

// Webhooks lists webhooks by number.
func (s *Store) Webhooks(ctx context.Context, l Listing) ([]Webhook, error) {
	return list(ctx, s, l.query("SELECT "+webhookColumns+" FROM webhook"), scanWebhook)
}

// WebhooksOf lists the webhooks of a scenario.
func (s *Store) WebhooksOf(ctx context.Context, scenario int64) ([]Webhook, error) {
	q := newSelect("SELECT "+webhookColumns+" FROM webhook WHERE scenario = ?", scenario)
	return list(ctx, s, q.end(" ORDER BY id", MaxPage), scanWebhook)
}

// DeleteWebhook removes a webhook. Clear its queue first: one that still holds payloads is refused.
func (s *Store) DeleteWebhook(ctx context.Context, id int64) error {
	return s.update(ctx, executionLane, func(t *tx) error {
		waiting, err := t.total(queuedOfWebhook, id)
		if err != nil {
			return err
		}
		if waiting.Number > 0 {
			return conflict("[noun-queue] The queue of the webhook is not empty: it")
		}
		n, err := t.exec("DELETE FROM webhook WHERE id = ?", id)
		if err := errors.Join(err, missing(n, "[noun-webhook] The webhook")); err != nil {
			return err
		}
		duplicates, err := t.total(duplicatesOfHook, id)
		if err != nil {
			return err
		}
		t.count(duplicatesOfHook, id, -duplicates.Number, 0)
		_, err = t.exec("DELETE FROM seen WHERE webhook = ?", id)
		return err
	})
}
