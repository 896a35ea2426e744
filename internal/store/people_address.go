package store

import (
	"context"
	"errors"
	"time"
)

// ChangeAddress gives a user another address, which counts as not proved, and takes back the links that were sent to the old one. One that is
// taken is ErrConflict.
func (s *Store) ChangeAddress(ctx context.Context, user int64, email string) (User, error) {
	err := s.update(ctx, executionLane, func(t *tx) error { return t.moveAddress(user, email, time.Time{}) })
	if err != nil {
		return User{}, err
	}
	return s.User(ctx, user)
}

// ConfirmAddress uses a voucher up and gives the user the address that it is for, which he has proved to own. A voucher that was used, has
// expired or is another user's is ErrNotFound; an address that was taken meanwhile is ErrConflict.
func (s *Store) ConfirmAddress(ctx context.Context, hash []byte, user int64) (User, error) {
	err := s.update(ctx, executionLane, func(t *tx) error {
		v, err := t.take(AddressVoucher, hash)
		if err != nil {
			return err
		}
		if v.User != user {
			return notFound("[noun-link] What the link is for")
		}
		return t.moveAddress(user, v.Email, t.now)
	})
	if err != nil {
		return User{}, err
	}
	return s.User(ctx, user)
}

// moveAddress changes the address of a user. verified is when he proved to own it, zero for never.
func (t *tx) moveAddress(user int64, email string, verified time.Time) error {
	taken, err := t.number("SELECT count(*) FROM user WHERE email = ? AND id <> ?", email, user)
	if err != nil {
		return err
	}
	if taken > 0 {
		return nameTaken("[noun-a-user] A user", email)
	}
	n, err := t.exec("UPDATE user SET email = ?, verified = ?, revision = revision + 1, updated = ? WHERE id = ? AND disabled = 0",
		email, nanos(verified), nanos(t.now), user)
	if err := errors.Join(err, missing(n, "[noun-user] The user")); err != nil {
		return err
	}
	_, err = t.exec("DELETE FROM voucher WHERE user = ?", user)
	return err
}
