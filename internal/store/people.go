package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
)

// User is a person who may sign in.
type User struct {
	ID            int64
	Email         string // in small letters
	Name          string
	Language      string // a tag such as "de", "" for that of the browser
	Zone          string // time zone, "" for that of the browser
	Password      string // its hash, "" for none
	TwoFactor     bool   // the second factor is asked for at sign-in
	Sealed        []byte // its secret, sealed; also while it waits for its first code. nil for none
	Disabled      bool
	Administrator bool
	Verified      time.Time // when the user proved to own the address, zero for never
	SignedIn      time.Time
	Revision      int64
	Created       time.Time
	Updated       time.Time
}

const userColumns = "id, email, name, language, zone, password, two_factor, totp, disabled, administrator, verified, signed_in, revision, created, updated"

func scanUser(rows *sql.Rows) (User, error) {
	var u User
	var verified, signedIn, created, updated int64
	err := rows.Scan(&u.ID, &u.Email, &u.Name, &u.Language, &u.Zone, &u.Password, &u.TwoFactor, &u.Sealed, &u.Disabled, &u.Administrator,
		&verified, &signedIn, &u.Revision, &created, &updated)
	u.Verified, u.SignedIn, u.Created, u.Updated = timeOf(verified), timeOf(signedIn), timeOf(created), timeOf(updated)
	return u, err //nolint:wrapcheck // list wraps
}

// CreateUser makes a user, with a password if u has the hash of one, and returns it as saved. An address that is taken
// is ErrConflict.
func (s *Store) CreateUser(ctx context.Context, u User) (User, error) {
	err := s.update(ctx, executionLane, func(t *tx) error { return t.createUser(&u) })
	return u, err
}

func (t *tx) createUser(u *User) error {
	taken, err := t.number("SELECT count(*) FROM user WHERE email = ?", u.Email)
	if err != nil {
		return err
	}
	if taken > 0 {
		return nameTaken("[noun-a-user] A user", u.Email)
	}
	u.Revision, u.Created, u.Updated = 1, t.now, t.now
	u.ID, err = t.insert("user", "INSERT INTO user (id, email, name, language, zone, password, two_factor, totp_step, disabled, administrator, verified, signed_in, revision, created, updated) "+
		"VALUES (?, ?, ?, ?, ?, ?, 0, 0, ?, ?, ?, 0, 1, ?, ?)",
		u.Email, u.Name, u.Language, u.Zone, u.Password, bit(u.Disabled), bit(u.Administrator), nanos(u.Verified), nanos(t.now), nanos(t.now))
	return err
}

// FoundInstallation makes the first user and makes it join. Where there is a user, it is ErrConflict.
func (s *Store) FoundInstallation(ctx context.Context, u User, j Joining) (User, error) {
	err := s.update(ctx, executionLane, func(t *tx) error {
		if err := t.exclude("user"); err != nil {
			return err
		}
		users, err := t.number("SELECT count(*) FROM user")
		if err != nil {
			return err
		}
		if users > 0 {
			return reject(fault.Wrap(fault.Data, ErrConflict, "[set-up-already] This installation is set up already.").WithHint("[hint-sign-in] sign in"))
		}
		if err := t.createUser(&u); err != nil {
			return err
		}
		return t.join(u.ID, j)
	})
	return u, err
}

// ChangeUser changes name, language, zone, and whether a user is disabled or an administrator, and returns the user as
// saved. Whoever is disabled has no sessions, tokens and invitations from then on. A Revision that is not the stored one
// is ErrConflict; the last administrator stays one.
func (s *Store) ChangeUser(ctx context.Context, u User) (User, error) {
	err := s.update(ctx, executionLane, func(t *tx) error {
		if err := t.exclude("user"); err != nil {
			return err
		}
		before, err := t.number("SELECT count(*) FROM user WHERE administrator = 1 AND disabled = 0")
		if err != nil {
			return err
		}
		if err := t.revise("[noun-user] The user", "UPDATE user SET name = ?, language = ?, zone = ?, disabled = ?, administrator = ?, revision = revision + 1, updated = ? WHERE id = ? AND revision = ?",
			u.Name, u.Language, u.Zone, bit(u.Disabled), bit(u.Administrator), nanos(t.now), u.ID, u.Revision); err != nil {
			return err
		}
		after, err := t.number("SELECT count(*) FROM user WHERE administrator = 1 AND disabled = 0")
		if err != nil {
			return err
		}
		if before > 0 && after == 0 {
			return reject(fault.New(fault.Data, "[last-administrator] This is the last administrator of the installation.").WithHint("[hint-other-administrator] make somebody else an administrator first"))
		}
		if !u.Disabled {
			return nil
		}
		return t.execAll([]string{
			"DELETE FROM session WHERE user = ?", "DELETE FROM token WHERE user = ?",
			"DELETE FROM voucher WHERE user = ?", "DELETE FROM voucher WHERE author = ?",
		}, u.ID)
	})
	if err != nil {
		return u, err
	}
	return s.User(ctx, u.ID)
}

// execAll runs statements that all take the number of the same thing.
func (t *tx) execAll(queries []string, id int64) error {
	for _, query := range queries {
		if _, err := t.exec(query, id); err != nil {
			return err
		}
	}
	return nil
}

// User returns a user.
func (s *Store) User(ctx context.Context, id int64) (User, error) {
	return first(ctx, s, "[noun-user] The user", newSelect("SELECT "+userColumns+" FROM user WHERE id = ?", id), scanUser)
}

// UserByEmail returns the user with an address, which must be in small letters.
func (s *Store) UserByEmail(ctx context.Context, email string) (User, error) {
	return first(ctx, s, "[noun-user] The user", newSelect("SELECT "+userColumns+" FROM user WHERE email = ?", email), scanUser)
}

// Users lists users by number, behind number after.
func (s *Store) Users(ctx context.Context, after int64, limit int) ([]User, error) {
	return list(ctx, s, newSelect("SELECT "+userColumns+" FROM user WHERE id > ?", after).end(" ORDER BY id", limit), scanUser)
}

// SetPassword gives a user the hash of a new password while the stored one is still before, and ends all his sessions but
// the one to keep (0 = none) and all links to a new password. Another one than before is ErrConflict.
func (s *Store) SetPassword(ctx context.Context, user int64, before, password string, keep int64) error {
	return s.update(ctx, executionLane, func(t *tx) error {
		n, err := t.exec("UPDATE user SET password = ?, revision = revision + 1, updated = ? WHERE id = ? AND password = ?", password, nanos(t.now), user, before)
		if err != nil {
			return err
		}
		if n == 0 {
			return conflict("[noun-password] The password")
		}
		return t.endSessions(user, keep)
	})
}

// endSessions ends the sessions of a user but one, and takes back what would lead to a new password.
func (t *tx) endSessions(user, keep int64) error {
	if _, err := t.exec("DELETE FROM session WHERE user = ? AND id <> ?", user, keep); err != nil {
		return err
	}
	_, err := t.exec("DELETE FROM voucher WHERE user = ?", user)
	return err
}

// ProposeTwoFactor keeps the sealed secret of a second factor that the user has not proved to have. A user who has
// one already is ErrConflict.
func (s *Store) ProposeTwoFactor(ctx context.Context, user int64, sealed []byte) error {
	return s.update(ctx, executionLane, func(t *tx) error {
		n, err := t.exec("UPDATE user SET totp = ?, totp_step = 0 WHERE id = ? AND two_factor = 0", sealed, user)
		if err == nil && n == 0 {
			return conflict("[noun-second-factor] The second factor")
		}
		return err
	})
}

// ConfirmTwoFactor has the second factor asked for from now on. sealed is the secret that the user proved to have, step
// the step of time whose code did, and recovery are the hashes of new recovery codes. Another secret than the stored
// one is ErrConflict.
func (s *Store) ConfirmTwoFactor(ctx context.Context, user int64, sealed []byte, step int64, recovery [][]byte) error {
	return s.update(ctx, executionLane, func(t *tx) error {
		n, err := t.exec("UPDATE user SET two_factor = 1, totp_step = ?, revision = revision + 1, updated = ? WHERE id = ? AND two_factor = 0 AND totp = ?",
			step, nanos(t.now), user, sealed)
		if err != nil {
			return err
		}
		if n == 0 {
			return conflict("[noun-second-factor] The second factor")
		}
		return t.setRecovery(user, recovery)
	})
}

// ReplaceRecovery replaces the recovery codes of a user who proved himself by the second factor: p says how.
func (s *Store) ReplaceRecovery(ctx context.Context, user int64, p SecondFactor, recovery [][]byte) error {
	return s.update(ctx, executionLane, func(t *tx) error {
		if err := t.useSecondFactor(user, p); err != nil {
			return err
		}
		return t.setRecovery(user, recovery)
	})
}

// DropTwoFactor removes the second factor of a user with its recovery codes. p is the proof that the user has it; nil
// removes it without one.
func (s *Store) DropTwoFactor(ctx context.Context, user int64, p *SecondFactor) error {
	return s.update(ctx, executionLane, func(t *tx) error {
		if p != nil {
			if err := t.useSecondFactor(user, *p); err != nil {
				return err
			}
		}
		if _, err := t.exec("UPDATE user SET two_factor = 0, totp = NULL, totp_step = 0, revision = revision + 1, updated = ? WHERE id = ?", nanos(t.now), user); err != nil {
			return err
		}
		return t.setRecovery(user, nil)
	})
}

func (t *tx) setRecovery(user int64, hashes [][]byte) error {
	if _, err := t.exec("DELETE FROM recovery_code WHERE user = ?", user); err != nil {
		return err
	}
	for _, hash := range hashes {
		if _, err := t.exec("INSERT INTO recovery_code (user, hash) VALUES (?, ?)", user, hash); err != nil {
			return err
		}
	}
	return nil
}

// RecoveryCodes counts the recovery codes that a user has left.
func (s *Store) RecoveryCodes(ctx context.Context, user int64) (int, error) {
	n, err := s.readNumber(ctx, "SELECT count(*) FROM recovery_code WHERE user = ?", user)
	return int(n), err
}

// Identity is who a user is where somebody else vouches for him.
type Identity struct{ Issuer, Subject string }

// UserByIdentity returns the user that an issuer knows under a subject.
func (s *Store) UserByIdentity(ctx context.Context, i Identity) (User, error) {
	q := newSelect("SELECT "+userColumns+" FROM user WHERE id = (SELECT user FROM identity WHERE issuer = ? AND subject = ?)", i.Issuer, i.Subject)
	return first(ctx, s, "[noun-user] The user", q, scanUser)
}

// LinkIdentity notes that an issuer vouches for a user and his address. An account whose address nobody had proved to own
// loses its password, second factor, sessions and tokens: whoever made it may be somebody else.
func (s *Store) LinkIdentity(ctx context.Context, i Identity, user int64) error {
	return s.update(ctx, executionLane, func(t *tx) error {
		unproved, err := t.number("SELECT count(*) FROM user WHERE id = ? AND verified = 0", user)
		if err != nil {
			return err
		}
		if unproved > 0 {
			if err := t.disown(user); err != nil {
				return err
			}
		}
		return t.link(i, user)
	})
}

func (t *tx) link(i Identity, user int64) error {
	_, err := t.exec("INSERT INTO identity (issuer, subject, user, created) VALUES (?, ?, ?, ?)", i.Issuer, i.Subject, user, nanos(t.now))
	return err
}

// disown takes everything from an account by which somebody could sign in, and counts its address as proved.
func (t *tx) disown(user int64) error {
	if _, err := t.exec("UPDATE user SET password = '', totp = NULL, two_factor = 0, verified = ?, revision = revision + 1 WHERE id = ?", nanos(t.now), user); err != nil {
		return err
	}
	return t.execAll([]string{
		"DELETE FROM session WHERE user = ?", "DELETE FROM token WHERE user = ?", "DELETE FROM voucher WHERE user = ?",
		"DELETE FROM recovery_code WHERE user = ?", "DELETE FROM identity WHERE user = ?",
	}, user)
}

// CreateIdentified makes a user for whom an issuer vouches. The user joins what his address is invited to; where it is
// invited to nothing, and otherwise is not nil, that. Without both it is ErrNotFound.
func (s *Store) CreateIdentified(ctx context.Context, u User, i Identity, otherwise *Joining) (User, error) {
	err := s.update(ctx, executionLane, func(t *tx) error {
		invited, err := t.invitationsOf(u.Email)
		if err != nil {
			return err
		}
		if len(invited) == 0 && otherwise != nil {
			invited = []Joining{*otherwise}
		}
		if len(invited) == 0 {
			return notFound("[noun-invitation-address] An invitation for this address")
		}
		u.Verified = t.now
		if err := t.createUser(&u); err != nil {
			return err
		}
		for _, j := range invited {
			if err := t.join(u.ID, j); err != nil {
				return err
			}
		}
		if _, err := t.exec("DELETE FROM voucher WHERE kind = ? AND email = ?", InvitationVoucher, u.Email); err != nil {
			return err
		}
		return t.link(i, u.ID)
	})
	return u, err
}

// SealedUsers lists the users whose second factor is sealed by anything, by number, behind number after.
func (s *Store) SealedUsers(ctx context.Context, after int64, limit int) ([]User, error) {
	return list(ctx, s, newSelect("SELECT "+userColumns+" FROM user WHERE totp IS NOT NULL AND id > ?", after).end(" ORDER BY id", limit), scanUser)
}

// ResealTwoFactor puts another sealing of the same secret in place of the stored one. Where that is not before any more, it
// is ErrConflict.
func (s *Store) ResealTwoFactor(ctx context.Context, user int64, before, sealed []byte) error {
	return s.update(ctx, executionLane, func(t *tx) error {
		n, err := t.exec("UPDATE user SET totp = ? WHERE id = ? AND totp = ?", sealed, user, before)
		if err == nil && n == 0 {
			return conflict("[noun-second-factor] The second factor")
		}
		return err
	})
}
