package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"database/sql/driver"
	"errors"
	"math"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
)

// Accompaniment is what is written in one commit with a change that a person makes: that it was made, and the key of the request
// that makes it. It goes with the first change of the context that Accompany returns. Whatever becomes of the process
// afterwards, no such change is there without it.
type Accompaniment struct {
	// Entry tells of the change as it is known when it is called: with the change, and again by Finish, when it is known what came
	// of it.
	Entry func() AuditEntry
	// Key is the key of the request; nil for none.
	Key *RequestKey

	written bool  // in a commit that is through; read only behind that
	pending int64 // number of the entry that waits
}

// RequestKey marks a request that is carried out once, however often it is sent.
type RequestKey struct {
	Hash    []byte // of the key and of whose it is
	Request []byte // hash of what is asked for
}

// keepRequestKeys is how long a request that is sent again is known.
const keepRequestKeys = 24 * time.Hour

type accompanimentKey struct{}

// Accompany returns a context whose first change also writes a.
func Accompany(ctx context.Context, a *Accompaniment) context.Context {
	return context.WithValue(ctx, accompanimentKey{}, a)
}

func accompanimentOf(ctx context.Context) *Accompaniment {
	a, _ := ctx.Value(accompanimentKey{}).(*Accompaniment)
	return a
}

// accompany writes what goes with a change, the first time.
func (t *tx) accompany(a *Accompaniment) error {
	if a == nil || a.written {
		return nil
	}
	e := a.Entry()
	if err := checkDetails(&e); err != nil {
		return reject(err)
	}
	pending, err := t.number("INSERT INTO audit_pending (at, actor, action, subject, details, organization, team) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
		nanos(t.now), e.Actor, e.Action, e.Subject, e.Details, e.Organization, e.Team)
	if err != nil {
		return err
	}
	if a.Key != nil {
		if err := t.putRequestKey(a.Key); err != nil {
			return err
		}
	}
	t.onDone = append(t.onDone, func() { a.written, a.pending = true, pending })
	return nil
}

func (t *tx) putRequestKey(k *RequestKey) error {
	if _, err := t.exec("DELETE FROM request_key WHERE at < ?", nanos(t.now.Add(-keepRequestKeys))); err != nil {
		return err
	}
	taken, err := t.number("SELECT count(*) FROM request_key WHERE key = ?", k.Hash)
	if err == nil && taken > 0 {
		return reject(fault.Wrap(fault.DuplicateData, ErrConflict, "[request-going] A request with this key is being carried out."))
	}
	if err != nil {
		return err
	}
	_, err = t.exec("INSERT INTO request_key (key, at, request, status) VALUES (?, ?, ?, 0)", k.Hash, nanos(t.now), k.Request)
	return err
}

// Finish adds the entry of an accompaniment to the audit log, as it is now, in place of what was written with the change; and the answer
// to the request with its key, with a status of 0 where it failed. Where nothing has been changed it adds the entry only if done.
func (s *Store) Finish(ctx context.Context, a *Accompaniment, done bool, status int, answer []byte) error {
	if !done && !a.written {
		return nil
	}
	e := a.Entry()
	if err := checkDetails(&e); err != nil {
		return err
	}
	var packed []byte
	if a.Key != nil && a.written && status != 0 {
		packed = s.codec.pack(append([]byte{0}, answer...))
	}
	// The entry itself is no change that another one goes with: that would wait for ever, and count as cut off at the next start.
	ctx = Accompany(context.WithoutCancel(ctx), nil)
	return s.update(ctx, executionLane, func(t *tx) error {
		if a.Key != nil && !a.written {
			if err := t.putRequestKey(a.Key); err != nil {
				return err
			}
		}
		if packed != nil {
			if _, err := t.exec("UPDATE request_key SET status = ?, answer = ? WHERE key = ?", int64(status), packed, a.Key.Hash); err != nil {
				return err
			}
		}
		if _, err := t.exec("DELETE FROM audit_pending WHERE id = ?", a.pending); err != nil {
			return err
		}
		return t.audit(e)
	})
}

// Answered is what became of a request with a key.
type Answered struct {
	Known  bool
	Same   bool // it asked for the same
	Status int  // 0 = it was carried out, and nobody knows how it was answered
	Answer []byte
}

// AnswerOf finds the answer to a request that was sent before.
func (s *Store) AnswerOf(ctx context.Context, k RequestKey) (Answered, error) {
	var request, packed []byte
	a := Answered{Known: true}
	err := s.db.QueryRowContext(ctx, "SELECT request, status, answer FROM request_key WHERE key = ? AND at >= ?",
		k.Hash, nanos(s.clock.Now().Add(-keepRequestKeys))).Scan(&request, &a.Status, &packed)
	if errors.Is(err, sql.ErrNoRows) {
		return Answered{}, nil
	}
	if err != nil {
		return a, readFault(err)
	}
	a.Same = string(request) == string(k.Request)
	if packed != nil {
		a.Answer, err = s.codec.unpack(packed)
	}
	return a, err
}

// HashRequestKey makes the hash that a key is found by of whose it is and of what he calls it.
func HashRequestKey(owner, key string) []byte {
	sum := sha256.Sum256(appendText(appendText(nil, owner), key))
	return sum[:]
}

// pendingAfter is how old an entry that waits must be for its process to have ended, where others are at work too: the longest request
// takes less.
const pendingAfter = 15 * time.Minute

// finishPending adds the entries of changes whose process ended before it could tell what came of them.
func (s *Store) finishPending(ctx context.Context) error {
	before := int64(math.MaxInt64)
	if s.dialect.shared {
		before = nanos(s.clock.Now().Add(-pendingAfter))
	}
	if n, err := s.readNumber(ctx, "SELECT count(*) FROM audit_pending WHERE at < ?", before); err != nil || n == 0 {
		return err
	}
	return s.update(ctx, executionLane, func(t *tx) error {
		var left []AuditEntry
		err := t.each(func(row []driver.Value) error {
			left = append(left, AuditEntry{
				Actor: text(row[0]), Action: text(row[1]), Subject: text(row[2]), Details: text(row[3]),
				Organization: integer(row[4]), Team: integer(row[5]),
			})
			return nil
		}, "DELETE FROM audit_pending WHERE at < ? RETURNING actor, action, subject, details, organization, team", before)
		if err != nil || len(left) == 0 {
			return err
		}
		for _, e := range left {
			e.Action += " (cut off)"
			if err := t.audit(e); err != nil {
				return err
			}
		}
		return nil
	})
}
