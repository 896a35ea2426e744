package account

import (
	"context"
	"errors"
	"strings"

	"github.com/ropeway/ropeway/internal/access"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/vault"
)

// Moved is what became of a change of an address.
type Moved struct {
	User store.User
	// Sent says that the address stays until the link in the letter to the new one is opened.
	Sent bool
}

// ChangeEmail gives the caller another e-mail address, for his password. Where letters can be sent it is changed with the link in one to the
// new address, by ConfirmEmail; else at once, and counts as not proved. His sessions stay.
func (s *Service) ChangeEmail(ctx context.Context, by *access.Principal, email string, password vault.Secret, c Client) (Moved, error) {
	u, err := s.reentered(ctx, by, password, c)
	if err != nil {
		return Moved{}, err
	}
	if email, err = parseEmail(email); err != nil {
		return Moved{}, err
	}
	if email == u.Email {
		return Moved{}, invalid("email", "[address-same] This is your address already.")
	}
	if err := s.mayHave(ctx, email); err != nil {
		return Moved{}, err
	}
	if s.mailer == nil {
		after, err := s.store.ChangeAddress(ctx, u.ID, email)
		if err == nil {
			s.moved(ctx, by, u, after, c)
		}
		return Moved{User: after}, err
	}
	return Moved{User: u, Sent: true}, s.askAddress(ctx, by, u, email, c)
}

// mayHave refuses an address that an account has.
func (s *Service) mayHave(ctx context.Context, email string) error {
	switch _, err := s.store.UserByEmail(ctx, email); {
	case err == nil:
		return fault.Wrap(fault.DuplicateData, store.ErrConflict, "[address-taken] There is an account with this address already.").WithField("email").
			WithHint("[hint-address-taken] take another address, or sign in with that account")
	case !errors.Is(err, store.ErrNotFound):
		return err
	}
	return nil
}

// askAddress sends a link to the new address of a user.
func (s *Service) askAddress(ctx context.Context, by *access.Principal, u store.User, email string, c Client) error {
	for _, of := range []string{"address of " + u.Email, "address " + email} {
		if wait, _ := s.letters.take(of); wait > 0 {
			return fault.New(fault.RateLimit, "[letters-many] Several such letters were sent just now.").WithHint("[hint-mailbox] look into the mailbox of the new address, or try again later").WithDelay(wait)
		}
	}
	secret := drawSecret(addressPrefix)
	hash, _ := hashOf(addressPrefix, secret)
	_, err := s.store.CreateVoucher(ctx, store.Voucher{
		Kind: store.AddressVoucher, Hash: hash, User: u.ID, Email: email, Mailed: true, Author: u.ID, Expires: s.clock.Now().Add(AddressLife),
	})
	if err != nil {
		return err
	}
	s.tell(ctx, by, Event{Action: EmailAsked, User: u.ID, About: u.Email, Address: c.Address, After: email})
	return s.post(ctx, Letter{To: email, Subject: "Your new address for Ropeway", Text: addressText(s.base + addressPage + secret)})
}

func addressText(link string) string {
	return strings.Join([]string{
		"Somebody, probably you, wants to sign in to Ropeway with this address.",
		"Confirm it here within an hour, in the browser in which you are signed in:",
		link,
		"If it was not you, nothing needs to be done.",
	}, "\n\n") + "\n"
}

// ConfirmEmail changes the address of the caller, who has got the secret in a letter to the new one. The link works once, and only for who
// has asked for it: the owner of a mailbox that was mistyped gets no account with it.
func (s *Service) ConfirmEmail(ctx context.Context, by *access.Principal, secret vault.Secret, c Client) (store.User, error) {
	before, err := s.caller(ctx, by)
	if err != nil {
		return before, err
	}
	if err := s.mayCall(ctx, c.Address); err != nil {
		return before, err
	}
	dead := absent("[noun-this-link] This link").WithHint("[hint-link-account-page] it may have been used, or be older than an hour: ask for a new one on the page of your account")
	hash, ok := hashOf(addressPrefix, secret.Reveal())
	if !ok {
		return before, dead
	}
	v, err := s.store.VoucherByHash(ctx, store.AddressVoucher, hash)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return before, dead
	case err != nil:
		return before, err
	case v.User != before.ID:
		return before, denied("[link-other-account] This link is for another account.").WithHint("[hint-link-account] sign in with the account that has asked for it")
	}
	after, err := s.store.ConfirmAddress(ctx, hash, before.ID)
	if errors.Is(err, store.ErrNotFound) {
		return before, dead
	}
	if err != nil {
		return before, err
	}
	s.addresses.give(networkOf(c.Address))
	s.moved(ctx, by, before, after, c)
	return after, s.post(ctx, Letter{To: before.Email, Subject: "Your address for Ropeway was changed", Text: movedText()})
}

// movedText names no address: whoever reads the old mailbox need not know the new one.
func movedText() string {
	return strings.Join([]string{
		"From now on you sign in to Ropeway with another e-mail address.",
		"If it was not you, tell whoever looks after your installation.",
	}, "\n\n") + "\n"
}

func (s *Service) moved(ctx context.Context, by *access.Principal, before, after store.User, c Client) {
	s.tell(ctx, by, Event{Action: EmailChanged, User: after.ID, About: after.Email, Address: c.Address, Before: before.Email, After: after.Email})
}
