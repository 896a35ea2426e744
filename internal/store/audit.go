package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
)

// AuditEntry says who did what, when. Entries are added and never changed: each holds the hash of itself and of the
// hash before it, so that a change or a gap can be found.
type AuditEntry struct {
	ID           int64
	At           time.Time
	Actor        string // who
	Action       string // what: "scenario.start"
	Subject      string // to what: "scenario 7"
	Details      string // JSON, no secrets
	Organization int64  // whose it is, 0 = the installation's
	Team         int64  // 0 = no team's
	Hash         []byte
}

const auditColumns = "id, at, actor, action, subject, details, organization, team, hash"

// Audit adds an entry. Its ID, At and Hash are set by the store.
func (s *Store) Audit(ctx context.Context, e AuditEntry) error {
	if err := checkDetails(&e); err != nil {
		return err
	}
	return s.update(ctx, executionLane, func(t *tx) error { return t.audit(e) })
}

func checkDetails(e *AuditEntry) error {
	if len(e.Details) > MaxAuditDetailBytes {
		return fault.Newf(fault.BundleValidation, "The details of an audit entry have %d bytes; %d are allowed.", len(e.Details), MaxAuditDetailBytes)
	}
	return nil
}

// audit adds an entry to the end of the chain.
func (t *tx) audit(e AuditEntry) error {
	last, err := t.one("SELECT id, hash FROM audit_head" + t.store.dialect.forUpdate)
	if err != nil {
		return err
	}
	var before []byte
	e.ID, e.At = 1, t.now
	if last != nil {
		e.ID, before = integer(last[0])+1, bytesOf(last[1])
	}
	hash := e.chain(before)
	if _, err = t.exec("INSERT INTO audit ("+auditColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
		e.ID, nanos(e.At), e.Actor, e.Action, e.Subject, e.Details, e.Organization, e.Team, hash); err != nil {
		return err
	}
	_, err = t.exec("INSERT INTO audit_head (only, id, hash) VALUES (1, ?, ?) ON CONFLICT (only) DO UPDATE SET id = excluded.id, hash = excluded.hash", e.ID, hash)
	return err
}

// chain returns the hash of the entry behind the hash before.
func (e *AuditEntry) chain(before []byte) []byte {
	data := binary.AppendVarint(append([]byte{}, before...), e.ID)
	data = binary.AppendVarint(data, nanos(e.At))
	for _, s := range []string{e.Actor, e.Action, e.Subject, e.Details} {
		data = appendText(data, s)
	}
	if e.Organization != 0 || e.Team != 0 { // entries from before there were teams have none
		data = binary.AppendVarint(binary.AppendVarint(data, e.Organization), e.Team)
	}
	sum := sha256.Sum256(data)
	return sum[:]
}

// AuditFilter chooses entries.
type AuditFilter struct {
	// Organizations are those whose entries are listed; nil, and not empty, for all, those of the installation among them.
	Organizations []int64
	Team          int64  // 0 = of all
	Subject       string // "" = all
	Actor         string // a part of who did it, in whichever case; "" = all
	// Actions are what was done, "scenario.start", or everything of a kind, "scenario". None = all.
	Actions []string
	// From and Until bound the time: From <= at < Until. Zero = no bound.
	From, Until time.Time
	Before      int64 // number of the last entry of the page before, 0 = from the newest
	Limit       int
}

// AuditLog lists entries, the newest first.
func (s *Store) AuditLog(ctx context.Context, f AuditFilter) ([]AuditEntry, error) {
	q := newSelect("SELECT " + auditColumns + " FROM audit WHERE id > 0")
	if f.Organizations != nil {
		q.andAmong("organization", f.Organizations)
	}
	if f.Team != 0 {
		q.and("team = ?", f.Team)
	}
	if f.Subject != "" {
		q.and("subject = ?", f.Subject)
	}
	f.happened(q)
	if f.Before > 0 {
		q.and("id < ?", f.Before)
	}
	return list(ctx, s, q.end(" ORDER BY id DESC", f.Limit), scanAudit)
}

// happened limits a query by who did what when.
func (f *AuditFilter) happened(q *selection) {
	if f.Actor != "" {
		q.and(`lower(actor) LIKE lower(?) ESCAPE '\'`, contains(f.Actor))
	}
	if len(f.Actions) > 0 {
		var args []any
		for _, a := range f.Actions {
			args = append(args, a, likeText(a)+".%")
		}
		q.and("("+strings.Repeat(` OR action = ? OR action LIKE ? ESCAPE '\'`, len(f.Actions))[len(" OR "):]+")", args...)
	}
	if !f.From.IsZero() {
		q.and("at >= ?", nanos(f.From))
	}
	if !f.Until.IsZero() {
		q.and("at < ?", nanos(f.Until))
	}
}

func scanAudit(rows *sql.Rows) (AuditEntry, error) {
	var e AuditEntry
	var at int64
	err := rows.Scan(&e.ID, &at, &e.Actor, &e.Action, &e.Subject, &e.Details, &e.Organization, &e.Team, &e.Hash)
	e.At = timeOf(at)
	return e, err //nolint:wrapcheck // list wraps
}

// CheckAudit follows the chain of hashes from the first entry to the newest, and returns the number and hash of that. Whoever
// keeps them elsewhere can tell later that nothing before was changed. A chain that is broken is ErrDamaged.
func (s *Store) CheckAudit(ctx context.Context) (id int64, hash []byte, err error) {
	for {
		page, err := list(ctx, s, newSelect("SELECT "+auditColumns+" FROM audit WHERE id > ?", id).end(" ORDER BY id", MaxPage), scanAudit)
		if err != nil {
			return id, hash, err
		}
		for _, e := range page {
			if e.ID != id+1 || string(e.chain(hash)) != string(e.Hash) {
				return id, hash, auditDamage(e.ID, "does not follow from those before it")
			}
			id, hash = e.ID, e.Hash
		}
		if len(page) == 0 {
			break
		}
	}
	var last int64
	var want []byte
	err = s.db.QueryRowContext(ctx, "SELECT id, hash FROM audit_head WHERE id <= ?", id).Scan(&last, &want)
	switch {
	case errors.Is(err, sql.ErrNoRows) && id == 0:
		err = s.db.QueryRowContext(ctx, "SELECT id FROM audit_head").Scan(&last)
		if errors.Is(err, sql.ErrNoRows) {
			return 0, nil, nil
		}
		return id, hash, auditDamage(last, "is missing")
	case errors.Is(err, sql.ErrNoRows):
		return id, hash, auditDamage(id+1, "is missing")
	case err != nil:
		return id, hash, readFault(err)
	case last == id && string(want) != string(hash):
		return id, hash, auditDamage(id, "is not the one that was written last")
	}
	return id, hash, nil // entries behind the head were added while the chain was read
}

func auditDamage(id int64, what string) error {
	return fmt.Errorf("%w: audit entry %d %s", ErrDamaged, id, what)
}
