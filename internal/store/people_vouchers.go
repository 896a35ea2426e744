package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"time"
)

// The kinds of vouchers.
const (
	InvitationVoucher = "invitation"
	PasswordVoucher   = "password" // leads to a new password
	AddressVoucher    = "address"  // leads to another e-mail address
)

// Voucher is something that was sent to a person, works once, and expires.
type Voucher struct {
	ID      int64
	Kind    string
	Hash    []byte  // of its secret
	User    int64   // whose password or address it is; 0 for invitations, and for a password of nobody
	Email   string  // that it went to, or is for
	Mailed  bool    // it went to the address and nowhere else: who has it owns the address
	Joining Joining // of an invitation
	Author  int64   // the user who made it, 0 for none
	Created time.Time
	Expires time.Time
}

const voucherColumns = "id, kind, hash, user, email, mailed, organization, role, team, team_role, rights, author, created, expires"

func scanVoucher(rows *sql.Rows) (Voucher, error) {
	var v Voucher
	var rights string
	var created, expires int64
	j := &v.Joining
	if err := rows.Scan(&v.ID, &v.Kind, &v.Hash, &v.User, &v.Email, &v.Mailed, &j.Organization, &j.Role, &j.Team, &j.TeamRole, &rights, &v.Author, &created, &expires); err != nil {
		return v, err //nolint:wrapcheck // list wraps
	}
	v.Created, v.Expires = timeOf(created), timeOf(expires)
	var err error
	j.Rights, err = words(rights)
	return v, err
}

// CreateVoucher makes a voucher and returns it as saved. An invitation takes the place of an earlier one of the same
// address to the same organization, and one to another address that of an earlier one of the same user.
func (s *Store) CreateVoucher(ctx context.Context, v Voucher) (Voucher, error) {
	err := s.update(ctx, executionLane, func(t *tx) (err error) {
		j := v.Joining
		if v.Kind == InvitationVoucher {
			if _, err := t.exec("DELETE FROM voucher WHERE kind = ? AND email = ? AND organization = ?", v.Kind, v.Email, j.Organization); err != nil {
				return err
			}
		}
		if v.Kind == AddressVoucher {
			if _, err := t.exec("DELETE FROM voucher WHERE kind = ? AND user = ?", v.Kind, v.User); err != nil {
				return err
			}
		}
		v.Created = t.now
		v.ID, err = t.insert("voucher", "INSERT INTO voucher (id, kind, hash, user, email, mailed, organization, role, team, team_role, rights, author, created, expires) "+
			"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			v.Kind, v.Hash, v.User, v.Email, bit(v.Mailed), j.Organization, j.Role, j.Team, j.TeamRole, wordsText(j.Rights), v.Author, nanos(t.now), nanos(v.Expires))
		return err
	})
	return v, err
}

// VoucherByHash returns the voucher of a kind whose secret has the hash. One that has expired is ErrNotFound.
func (s *Store) VoucherByHash(ctx context.Context, kind string, hash []byte) (Voucher, error) {
	q := newSelect("SELECT "+voucherColumns+" FROM voucher WHERE kind = ? AND hash = ? AND expires > ?", kind, hash, nanos(s.clock.Now()))
	return first(ctx, s, "[noun-link] What the link is for", q, scanVoucher)
}

// Invitations lists the invitations of an organization by number, behind number after.
func (s *Store) Invitations(ctx context.Context, organization, after int64, limit int) ([]Voucher, error) {
	q := newSelect("SELECT "+voucherColumns+" FROM voucher WHERE organization = ? AND organization > 0 AND id > ? AND expires > ?", organization, after, nanos(s.clock.Now()))
	return list(ctx, s, q.end(" ORDER BY id", limit), scanVoucher)
}

// DeleteInvitation takes an invitation of an organization back.
func (s *Store) DeleteInvitation(ctx context.Context, organization, id int64) error {
	return s.update(ctx, executionLane, func(t *tx) error {
		n, err := t.exec("DELETE FROM voucher WHERE kind = ? AND organization = ? AND id = ?", InvitationVoucher, organization, id)
		return errors.Join(err, missing(n, "[noun-invitation] The invitation"))
	})
}

// take uses a voucher up. One that is not there, or has expired, is ErrNotFound.
func (t *tx) take(kind string, hash []byte) (Voucher, error) {
	var v Voucher
	row, err := t.one("SELECT id, user, email, mailed, organization, role, team, team_role, rights FROM voucher WHERE kind = ? AND hash = ? AND expires > ?"+t.store.dialect.forUpdate,
		kind, hash, nanos(t.now))
	if err == nil && row == nil {
		return v, notFound("[noun-link] What the link is for")
	}
	if err != nil {
		return v, err
	}
	v.ID, v.User, v.Email, v.Mailed = integer(row[0]), integer(row[1]), text(row[2]), integer(row[3]) == 1
	if v.Joining, err = joining(row[4:]); err != nil {
		return v, err
	}
	_, err = t.exec("DELETE FROM voucher WHERE id = ?", v.ID)
	return v, err
}

// joining reads the columns organization, role, team, team_role and rights.
func joining(row []driver.Value) (Joining, error) {
	rights, err := words(text(row[4]))
	return Joining{integer(row[0]), text(row[1]), integer(row[2]), text(row[3]), rights}, err
}

// invitationsOf lists what an address is invited to, the oldest first.
func (t *tx) invitationsOf(email string) (list []Joining, err error) {
	err = t.each(func(row []driver.Value) error {
		j, err := joining(row)
		list = append(list, j)
		return err
	}, "SELECT organization, role, team, team_role, rights FROM voucher WHERE kind = ? AND email = ? AND expires > ? ORDER BY id", InvitationVoucher, email, nanos(t.now))
	return list, err
}

// AcceptInvitation uses an invitation up. u is who accepts it: a new user (ID 0), who gets the invited address, or one who has
// that address already. Anybody else, or a disabled user, is ErrConflict; an invitation that was used or has expired is ErrNotFound.
func (s *Store) AcceptInvitation(ctx context.Context, hash []byte, u User) (User, error) {
	asked := u
	err := s.update(ctx, executionLane, func(t *tx) error {
		u = asked
		v, err := t.take(InvitationVoucher, hash)
		if err != nil {
			return err
		}
		if u.ID == 0 {
			u.Email = v.Email
			if v.Mailed {
				u.Verified = t.now
			}
			err = t.createUser(&u)
		} else {
			err = t.proveAddress(u.ID, v)
		}
		if err != nil {
			return err
		}
		return t.join(u.ID, v.Joining)
	})
	return u, err
}

// proveAddress refuses a user whose address is not that of the voucher, and notes that he owns it where the voucher says so.
func (t *tx) proveAddress(user int64, v Voucher) error {
	n, err := t.number("SELECT count(*) FROM user WHERE id = ? AND email = ? AND disabled = 0", user, v.Email)
	if err != nil {
		return err
	}
	if n == 0 {
		return conflict("[noun-account] The account")
	}
	if v.Mailed {
		_, err = t.exec("UPDATE user SET verified = ? WHERE id = ? AND verified = 0", nanos(t.now), user)
	}
	return err
}

// ResetPassword uses a voucher up for the hash of a new password, ends all sessions of the user, and returns the user. A
// voucher that was used, has expired, or is for nobody is ErrNotFound.
func (s *Store) ResetPassword(ctx context.Context, hash []byte, password string) (User, error) {
	var user int64
	err := s.update(ctx, executionLane, func(t *tx) error {
		v, err := t.take(PasswordVoucher, hash)
		if err != nil {
			return err
		}
		user = v.User
		n, err := t.exec("UPDATE user SET password = ?, verified = CASE WHEN ? = 1 AND verified = 0 THEN ? ELSE verified END, revision = revision + 1, updated = ? WHERE id = ? AND disabled = 0",
			password, bit(v.Mailed), nanos(t.now), nanos(t.now), user)
		if err := errors.Join(err, missing(n, "[noun-user] The user")); err != nil {
			return err
		}
		return t.endSessions(user, 0)
	})
	if err != nil {
		return User{}, err
	}
	return s.User(ctx, user)
}
