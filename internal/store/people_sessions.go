package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// MaxSessionsOfUser is how many sessions a user has at once; the oldest end when there are more.
const MaxSessionsOfUser = 50

// Session is a browser, or another client, in which a user has signed in.
type Session struct {
	ID, User       int64
	Hash           []byte // of its secret
	Created, Seen  time.Time
	Expires        time.Time
	Agent, Address string
}

const sessionColumns = "id, user, hash, created, seen, expires, agent, address"

func scanSession(rows *sql.Rows) (Session, error) {
	var x Session
	var created, seen, expires int64
	err := rows.Scan(&x.ID, &x.User, &x.Hash, &created, &seen, &expires, &x.Agent, &x.Address)
	x.Created, x.Seen, x.Expires = timeOf(created), timeOf(seen), timeOf(expires)
	return x, err //nolint:wrapcheck // list wraps
}

// SecondFactor is how a user proved to have his second factor: by the code of a step of time, which counts once, or by
// a recovery code, which goes.
type SecondFactor struct {
	Step     int64  // 0 for none
	Recovery []byte // hash of the code, nil for none
}

func (t *tx) useSecondFactor(user int64, p SecondFactor) error {
	query, arg := "UPDATE user SET totp_step = ?1 WHERE id = ?2 AND two_factor = 1 AND totp_step < ?1", any(p.Step)
	if p.Recovery != nil {
		query, arg = "DELETE FROM recovery_code WHERE hash = ?1 AND user = ?2", any(p.Recovery)
	}
	n, err := t.exec(query, arg, user)
	if err == nil && n == 0 {
		return conflict("[noun-code] The code")
	}
	return err
}

// SignIn is what a sign-in rests on and leaves behind.
type SignIn struct {
	Session Session
	// Password is the hash that the user's password was compared with, and Rehashed what replaces it, "" for nothing.
	// Both are "" where somebody else vouched for the user.
	Password, Rehashed string
	// Second is how the user proved to have his second factor, nil where none was asked for.
	Second *SecondFactor
}

// SignIn makes a session, if everything that it rests on still holds: the user is not disabled, has the same password,
// and the code was not used. Otherwise it is ErrConflict.
func (s *Store) SignIn(ctx context.Context, in SignIn) (Session, error) {
	x := in.Session
	err := s.update(ctx, executionLane, func(t *tx) error {
		ok, err := t.exec("UPDATE user SET signed_in = ?4 WHERE id = ?1 AND disabled = 0 AND (?2 = '' OR password = ?2) AND (?2 = '' OR ?3 = 1 OR two_factor = 0)",
			x.User, in.Password, bit(in.Second != nil), nanos(t.now))
		if err != nil {
			return err
		}
		if ok == 0 {
			return conflict("[noun-account] The account")
		}
		if in.Second != nil {
			if err := t.useSecondFactor(x.User, *in.Second); err != nil {
				return err
			}
		}
		if in.Rehashed != "" {
			if _, err := t.exec("UPDATE user SET password = ? WHERE id = ?", in.Rehashed, x.User); err != nil {
				return err
			}
		}
		return t.beginSession(&x)
	})
	return x, err
}

func (t *tx) beginSession(x *Session) (err error) {
	x.Created, x.Seen = t.now, t.now
	x.ID, err = t.insert("session", "INSERT INTO session (id, user, hash, created, seen, expires, agent, address) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		x.User, x.Hash, nanos(t.now), nanos(t.now), nanos(x.Expires), x.Agent, x.Address)
	if err != nil {
		return err
	}
	_, err = t.exec("DELETE FROM session WHERE user = ? AND id <= (SELECT id FROM session WHERE user = ? ORDER BY id DESC LIMIT 1 OFFSET ?)",
		x.User, x.User, int64(MaxSessionsOfUser))
	return err
}

// SessionByHash returns the session whose secret has the hash, also one that has expired.
func (s *Store) SessionByHash(ctx context.Context, hash []byte) (Session, error) {
	return first(ctx, s, "[noun-session] The session", newSelect("SELECT "+sessionColumns+" FROM session WHERE hash = ?", hash), scanSession)
}

// Sessions lists the sessions of a user, the newest first.
func (s *Store) Sessions(ctx context.Context, user int64) ([]Session, error) {
	return list(ctx, s, newSelect("SELECT "+sessionColumns+" FROM session WHERE user = ?", user).end(" ORDER BY id DESC", MaxPage), scanSession)
}

// TouchSession notes when a session was used, and until when it lasts now. One that has ended stays ended.
func (s *Store) TouchSession(ctx context.Context, id int64, seen, expires time.Time) error {
	return s.update(ctx, executionLane, func(t *tx) error {
		_, err := t.exec("UPDATE session SET seen = CASE WHEN seen < ?1 THEN ?1 ELSE seen END, expires = CASE WHEN expires < ?2 THEN ?2 ELSE expires END WHERE id = ?3",
			nanos(seen), nanos(expires), id)
		return err
	})
}

// EndSession ends a session of a user.
func (s *Store) EndSession(ctx context.Context, user, id int64) error {
	return s.update(ctx, executionLane, func(t *tx) error {
		n, err := t.exec("DELETE FROM session WHERE user = ? AND id = ?", user, id)
		return errors.Join(err, missing(n, "[noun-session] The session"))
	})
}

// EndSessions ends all sessions of a user but one (0 = all), and returns how many.
func (s *Store) EndSessions(ctx context.Context, user, keep int64) (int, error) {
	var n int64
	err := s.update(ctx, executionLane, func(t *tx) (err error) {
		n, err = t.exec("DELETE FROM session WHERE user = ? AND id <> ?", user, keep)
		return err
	})
	return int(n), err
}

// Token lets a program call the API as a user.
type Token struct {
	ID, User int64
	Hash     []byte // of its secret
	Name     string
	Scopes   []string // names of rights
	Team     int64    // 0 = every team
	Created  time.Time
	Expires  time.Time // zero = never
	Used     time.Time // zero = never
}

const tokenColumns = "id, user, hash, name, scopes, team, created, expires, used" //nolint:gosec // names of columns

func scanToken(rows *sql.Rows) (Token, error) {
	var k Token
	var scopes string
	var created, expires, used int64
	if err := rows.Scan(&k.ID, &k.User, &k.Hash, &k.Name, &scopes, &k.Team, &created, &expires, &used); err != nil {
		return k, err //nolint:wrapcheck // list wraps
	}
	k.Created, k.Expires, k.Used = timeOf(created), timeOf(expires), timeOf(used)
	var err error
	k.Scopes, err = words(scopes)
	return k, err
}

// words reads a list of names, wordsText writes it.
func words(stored string) (list []string, err error) {
	if stored == "" {
		return nil, nil
	}
	if err := json.Unmarshal([]byte(stored), &list); err != nil {
		return nil, fmt.Errorf("%w: a list of names: %w", ErrDamaged, err)
	}
	return list, nil
}

func wordsText(list []string) string {
	if list == nil {
		return "[]"
	}
	text, _ := json.Marshal(list) // of texts it cannot fail
	return string(text)
}

// CreateToken makes a token of a user who is not disabled, and returns it as saved.
func (s *Store) CreateToken(ctx context.Context, k Token) (Token, error) {
	if err := checkName("[noun-token] The token", k.Name); err != nil {
		return k, err
	}
	err := s.update(ctx, executionLane, func(t *tx) error {
		n, err := t.number("SELECT 1 FROM user WHERE id = ? AND disabled = 0"+t.store.dialect.forShare, k.User)
		if err := errors.Join(err, missing(n, "[noun-user] The user")); err != nil {
			return err
		}
		k.Created = t.now
		k.ID, err = t.insert("token", "INSERT INTO token (id, user, hash, name, scopes, team, created, expires, used) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)",
			k.User, k.Hash, k.Name, wordsText(k.Scopes), k.Team, nanos(t.now), nanos(k.Expires))
		return err
	})
	return k, err
}

// TokenByHash returns the token whose secret has the hash, also one that has expired.
func (s *Store) TokenByHash(ctx context.Context, hash []byte) (Token, error) {
	return first(ctx, s, "[noun-token] The token", newSelect("SELECT "+tokenColumns+" FROM token WHERE hash = ?", hash), scanToken)
}

// Tokens lists the tokens of a user by number.
func (s *Store) Tokens(ctx context.Context, user int64) ([]Token, error) {
	return list(ctx, s, newSelect("SELECT "+tokenColumns+" FROM token WHERE user = ?", user).end(" ORDER BY id", MaxPage), scanToken)
}

// UseToken notes when a token was used.
func (s *Store) UseToken(ctx context.Context, id int64, at time.Time) error {
	return s.update(ctx, executionLane, func(t *tx) error {
		_, err := t.exec("UPDATE token SET used = ?1 WHERE id = ?2 AND used < ?1", nanos(at), id)
		return err
	})
}

// DeleteToken removes a token of a user.
func (s *Store) DeleteToken(ctx context.Context, user, id int64) error {
	return s.update(ctx, executionLane, func(t *tx) error {
		n, err := t.exec("DELETE FROM token WHERE user = ? AND id = ?", user, id)
		return errors.Join(err, missing(n, "[noun-token] The token"))
	})
}

// sweepPeople removes sessions, tokens and vouchers that have expired.
func (s *Store) sweepPeople(ctx context.Context, _ *Budgets, _ *Swept) error {
	for _, query := range []string{
		"DELETE FROM session WHERE id IN (SELECT id FROM session WHERE expires <= ? LIMIT ?)",
		"DELETE FROM token WHERE id IN (SELECT id FROM token WHERE expires > 0 AND expires <= ? LIMIT ?)",
		"DELETE FROM voucher WHERE id IN (SELECT id FROM voucher WHERE expires <= ? LIMIT ?)",
	} {
		for {
			var n int64
			err := s.update(ctx, upkeepLane, func(t *tx) (err error) {
				n, err = t.exec(query, nanos(t.now), int64(sweepExecutions))
				return err
			})
			if err != nil {
				return err
			}
			if n < sweepExecutions {
				break
			}
		}
	}
	return nil
}
