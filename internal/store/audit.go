package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
)

// AuditEntry says who did what, when. Entries are added and never changed: each holds the hash of itself and of the
// hash before it, so that a change or a gap can be found.
type AuditEntry struct {
	ID      int64
	At      time.Time
	Actor   string // who
	Action  string // what: "scenario.activate"
	Subject string // to what: "scenario 7"
	Details string // JSON, no secrets
	Hash    []byte
}

// Audit adds an entry. Its ID, At and Hash are set by the store.
func (s *Store) Audit(ctx context.Context, e AuditEntry) error {
	if len(e.Details) > MaxAuditDetailBytes {
		return fault.Newf(fault.BundleValidation, "The details of an audit entry have %d bytes; %d are allowed.", len(e.Details), MaxAuditDetailBytes)
	}
	return s.update(ctx, executionLane, func(t *tx) error {
		last, err := t.one("SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1")
		if err != nil {
			return err
		}
		var before []byte
		e.ID, e.At = 1, t.now
		if last != nil {
			e.ID, before = integer(last[0])+1, bytesOf(last[1])
		}
		_, err = t.exec("INSERT INTO audit (id, at, actor, action, subject, details, hash) VALUES (?, ?, ?, ?, ?, ?, ?)",
			e.ID, nanos(e.At), e.Actor, e.Action, e.Subject, e.Details, e.chain(before))
		return err
	})
}

// chain returns the hash of the entry behind the hash before.
func (e *AuditEntry) chain(before []byte) []byte {
	data := binary.AppendVarint(append([]byte{}, before...), e.ID)
	data = binary.AppendVarint(data, nanos(e.At))
	for _, s := range []string{e.Actor, e.Action, e.Subject, e.Details} {
		data = appendText(data, s)
	}
	sum := sha256.Sum256(data)
	return sum[:]
}

// AuditLog lists entries, the newest first, older than number before (0 = all).
func (s *Store) AuditLog(ctx context.Context, before int64, limit int) ([]AuditEntry, error) {
	q := newSelect("SELECT id, at, actor, action, subject, details, hash FROM audit WHERE id > 0")
	if before > 0 {
		q.and("id < ?", before)
	}
	return list(ctx, s, q.end(" ORDER BY id DESC", limit), scanAudit)
}

func scanAudit(rows *sql.Rows) (AuditEntry, error) {
	var e AuditEntry
	var at int64
	err := rows.Scan(&e.ID, &at, &e.Actor, &e.Action, &e.Subject, &e.Details, &e.Hash)
	e.At = timeOf(at)
	return e, err //nolint:wrapcheck // list wraps
}

// checkAudit follows the chain of hashes.
func (s *Store) checkAudit(ctx context.Context) error {
	var before []byte
	for last := int64(0); ; {
		page, err := list(ctx, s, newSelect("SELECT id, at, actor, action, subject, details, hash FROM audit WHERE id > ?", last).end(" ORDER BY id", MaxPage), scanAudit)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, e := range page {
			if e.ID != last+1 || string(e.chain(before)) != string(e.Hash) {
				return fmt.Errorf("%w: audit entry %d does not follow from those before it", ErrDamaged, e.ID)
			}
			last, before = e.ID, e.Hash
		}
	}
}
