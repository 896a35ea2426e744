package store

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"slices"
	"time"

	"github.com/ropeway/ropeway/internal/value"
)

// Item is a payload that waits in the queue of a webhook.
type Item struct {
	ID       int64
	Webhook  int64
	Scenario int64
	Received time.Time
	Bytes    int64
	Claim    int64 // execution that works on it, 0 none
	// Begun says that an execution exists for it already, which waits for its turn; the item's number is its number.
	Begun bool
}

// Taken reports whether an execution has taken the item, or was made for it.
func (i *Item) Taken() bool { return i.Begun || i.Claim != 0 }

// Queue lists what waits for a webhook in the order of arrival, behind the item with number after (0 = from the start).
func (s *Store) Queue(ctx context.Context, webhook, after int64, limit int) ([]Item, error) {
	q := newSelect("SELECT id, webhook, scenario, received, bytes, claim, 0 FROM item WHERE webhook = ? AND id > ?", webhook, after)
	items, err := list(ctx, s, q.end(" ORDER BY id", limit), scanItem)
	if err != nil {
		return nil, err
	}
	q = newSelect("SELECT id, webhook, scenario, accepted, bytes, 0, 1 FROM execution WHERE status = 0 AND webhook > 0 AND webhook = ? AND id > ?", webhook, after)
	begun, err := list(ctx, s, q.end(" ORDER BY id", limit), scanItem)
	if err != nil {
		return nil, err
	}
	items = append(items, begun...)
	slices.SortFunc(items, func(a, b Item) int { return cmp.Compare(a.ID, b.ID) })
	if limit <= 0 {
		limit = DefaultPage
	}
	return items[:min(len(items), limit, MaxPage)], nil
}

func scanItem(rows *sql.Rows) (Item, error) {
	var i Item
	var received int64
	err := rows.Scan(&i.ID, &i.Webhook, &i.Scenario, &received, &i.Bytes, &i.Claim, &i.Begun)
	i.Received = timeOf(received)
	return i, err //nolint:wrapcheck // list wraps
}

// NewestQueued returns the payload of a webhook that came last of those that wait, as Queue does; ErrNotFound where none waits.
func (s *Store) NewestQueued(ctx context.Context, webhook int64) (Item, error) {
	newest := func(query string) (Item, error) {
		items, err := list(ctx, s, newSelect(query, webhook).end(" ORDER BY id DESC", 1), scanItem)
		if err != nil || len(items) == 0 {
			return Item{}, err
		}
		return items[0], nil
	}
	item, err := newest("SELECT id, webhook, scenario, received, bytes, claim, 0 FROM item WHERE webhook = ?")
	if err != nil {
		return Item{}, err
	}
	begun, err := newest("SELECT id, webhook, scenario, accepted, bytes, 0, 1 FROM execution WHERE status = 0 AND webhook > 0 AND webhook = ?")
	if err != nil {
		return Item{}, err
	}
	if begun.ID > item.ID {
		item = begun
	}
	if item.ID == 0 {
		return Item{}, absent("[noun-payload] The queued payload")
	}
	return item, nil
}

// QueueTotal returns how many payloads wait for a webhook and their bytes, and how many deliveries were suppressed as
// duplicates since the webhook exists.
func (s *Store) QueueTotal(webhook int64) (number, bytes, duplicates int64) {
	q, d := s.total(queuedOfWebhook, webhook), s.total(duplicatesOfHook, webhook)
	return q.Number, q.Bytes, d.Number
}

// ItemInput returns the bundles of a queued payload.
func (s *Store) ItemInput(ctx context.Context, id int64) ([]value.Value, error) {
	if _, err := s.readNumber(ctx, "SELECT 1 FROM item WHERE id = ?", id); err != nil {
		return nil, absent("[noun-payload] The queued payload")
	}
	return s.input(ctx, id)
}

// ClaimItems marks up to limit payloads of a webhook, the oldest first, as worked on by an execution. The end of a
// cycle consumes them; the end of the execution gives back what is left, as does ReleaseItems.
func (s *Store) ClaimItems(ctx context.Context, run *Run, webhook int64, limit int) ([]Item, error) {
	var items []Item
	err := s.update(ctx, executionLane, func(t *tx) error {
		if err := t.check(run.Fence); err != nil {
			return err
		}
		var err error
		if items, err = t.freeItems(run.ID, webhook, limit); err != nil {
			return err
		}
		for i := range items {
			items[i].Claim = run.ID
			n, err := t.exec("UPDATE item SET claim = ?1 WHERE id = ?2 AND claim IN (0, ?1)", run.ID, items[i].ID)
			if err != nil {
				return err
			}
			if n == 0 { // somebody has removed it
				items[i].ID = 0
			}
		}
		items = slices.DeleteFunc(items, func(i Item) bool { return i.ID == 0 })
		return nil
	})
	if len(items) > 0 && err == nil {
		run.claims.Store(true)
	}
	return items, err
}

// freeItems lists what nobody has claimed, and what the execution itself had claimed before a crash.
func (t *tx) freeItems(execution, webhook int64, limit int) ([]Item, error) {
	var items []Item
	err := t.each(func(row []driver.Value) error {
		items = append(items, Item{
			ID: integer(row[0]), Webhook: webhook, Scenario: integer(row[1]), Received: timeOf(integer(row[2])), Bytes: integer(row[3]),
		})
		return nil
	}, "SELECT id, scenario, received, bytes FROM item WHERE webhook = ? AND claim IN (0, ?) ORDER BY id LIMIT ?", webhook, execution, int64(min(limit, MaxPage)))
	return items, err
}

// ReleaseItems gives the payloads back that the execution has claimed and not consumed.
func (s *Store) ReleaseItems(ctx context.Context, run *Run) error {
	return s.update(ctx, executionLane, func(t *tx) error {
		if err := t.check(run.Fence); err != nil {
			return err
		}
		return t.releaseItems(run.ID)
	})
}

func (t *tx) releaseItems(execution int64) error {
	return t.later("UPDATE item SET claim = 0 WHERE claim = ?", execution)
}

// DeleteItems removes payloads from the queue of a webhook, and executions that wait with them. What has begun stays.
// It returns how many were removed.
func (s *Store) DeleteItems(ctx context.Context, webhook int64, ids []int64) (int, error) {
	removed := 0
	for part := range slices.Chunk(ids, deleteAtOnce) {
		n := 0
		err := s.update(ctx, upkeepLane, func(t *tx) error {
			n = 0
			for _, id := range part {
				gone, err := t.deleteWaiting(webhook, id)
				if err != nil {
					return err
				}
				n += gone
			}
			return nil
		})
		if err != nil {
			return removed, err
		}
		removed += n
	}
	return removed, nil
}

// deleteAtOnce is how many things one commit of a long deletion removes, so that others wait for little.
const deleteAtOnce = 200

// ClearQueue removes everything that waits for a webhook now, and returns how much that was.
func (s *Store) ClearQueue(ctx context.Context, webhook int64) (int, error) {
	removed := 0
	after := int64(0)
	for {
		items, err := s.Queue(ctx, webhook, after, MaxPage)
		if err != nil || len(items) == 0 {
			return removed, err
		}
		ids := make([]int64, len(items))
		for i, item := range items {
			ids[i] = item.ID
		}
		n, err := s.DeleteItems(ctx, webhook, ids)
		removed += n
		if err != nil {
			return removed, err
		}
		after = ids[len(ids)-1]
	}
}

func (t *tx) deleteWaiting(webhook, id int64) (int, error) {
	row, err := t.one("DELETE FROM item WHERE id = ? AND webhook = ? AND claim = 0 RETURNING bytes", id, webhook)
	if err == nil && row == nil {
		row, err = t.one("DELETE FROM execution WHERE id = ? AND webhook = ? AND status = 0 RETURNING bytes", id, webhook)
	}
	if err != nil || row == nil {
		return 0, err
	}
	return 1, t.dropPayload(id, webhook, integer(row[0]))
}

// dropItem removes a queued payload; one that is gone already is not an error.
func (t *tx) dropItem(id int64) error {
	row, err := t.one("DELETE FROM item WHERE id = ? RETURNING webhook, bytes", id)
	if err != nil || row == nil {
		return err
	}
	return t.dropPayload(id, integer(row[0]), integer(row[1]))
}

// dropPayload removes what belonged to a queued payload whose row is gone.
func (t *tx) dropPayload(id, webhook, bytes int64) error {
	t.count(queuedOfWebhook, webhook, -1, -bytes)
	return t.dropOps(opKey(id, 0), opKey(id, MaxSequence))
}

// ForgetDeliveries drops the keys of deliveries that do not count any more, and returns how many.
func (s *Store) ForgetDeliveries(ctx context.Context) (int, error) {
	var gone int64
	err := s.update(ctx, upkeepLane, func(t *tx) (err error) {
		gone, err = t.exec("DELETE FROM seen WHERE (webhook, hash) IN (SELECT webhook, hash FROM seen WHERE until <= ? LIMIT ?)", nanos(t.now), int64(forgetAtOnce))
		return err
	})
	return int(gone), err
}

// forgetAtOnce is how many keys of deliveries one commit drops.
const forgetAtOnce = 2000
