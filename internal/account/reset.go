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

// ChangePassword gives the caller a new password for his old one, and ends all his other sessions. A user without a password sets his
// first one.
func (s *Service) ChangePassword(ctx context.Context, by *access.Principal, before, after vault.Secret, c Client) error {
	u, err := s.reentered(ctx, by, before, c)
	if err != nil {
		return err
	}
	hash, err := s.hashNew(ctx, after, u.Email)
	if err != nil {
		return err
	}
	if err := s.store.SetPassword(ctx, u.ID, u.Password, hash, by.SessionID); err != nil {
		return err
	}
	s.tell(ctx, by, Event{Action: PasswordChanged, User: u.ID, About: u.Email, Address: c.Address})
	return nil
}

// AskReset sends a link to a new password to an address, if a user has it. Nothing in the answer tells whether one has, and nor does the
// work that is done for it. More letters than a few in an hour are not sent. Without a way to send e-mails it is refused.
func (s *Service) AskReset(ctx context.Context, email string, c Client) error {
	if s.mailer == nil {
		return fault.New(fault.InvalidConfiguration, "[no-mail] This installation sends no emails.").
			WithHint("[hint-no-mail] whoever runs the server can make a link to a new password on the command line")
	}
	if err := s.mayCall(ctx, c.Address); err != nil {
		return err
	}
	email, err := parseEmail(email)
	if err != nil {
		return err
	}
	if wait, _ := s.letters.take("password " + email); wait > 0 {
		return nil
	}
	u, err := s.store.UserByEmail(ctx, email)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if err != nil || u.Disabled {
		u = store.User{} // what is written now is for nobody
	}
	link, err := s.passwordLink(ctx, u.ID, email, true, 0)
	if err != nil || u.ID == 0 {
		return err
	}
	s.tell(ctx, &access.Principal{Email: "somebody"}, Event{Action: ResetAsked, User: u.ID, About: u.Email, Address: c.Address})
	return s.post(ctx, Letter{To: email, Subject: "A new password for Ropeway", Text: resetText(link)})
}

// post sends a letter. That it could not be handed over is only told in the log: the answer must not depend on it.
func (s *Service) post(ctx context.Context, l Letter) error {
	if err := s.mailer.Post(ctx, l); err != nil {
		s.log.ErrorContext(ctx, "a letter could not be sent", "subject", l.Subject, "error", err)
	}
	return nil
}

func resetText(link string) string {
	return strings.Join([]string{
		"Somebody, probably you, has asked for a new password for Ropeway.",
		"Choose it here within an hour:",
		link,
		"If it was not you, nothing needs to be done: your password stays as it is.",
	}, "\n\n") + "\n"
}

// passwordLink makes a link to a new password. mailed says that it goes to the address and nowhere else.
func (s *Service) passwordLink(ctx context.Context, user int64, email string, mailed bool, author int64) (string, error) {
	secret := drawSecret(passwordPrefix)
	hash, _ := hashOf(passwordPrefix, secret)
	_, err := s.store.CreateVoucher(ctx, store.Voucher{
		Kind: store.PasswordVoucher, Hash: hash, User: user, Email: email, Mailed: mailed, Author: author, Expires: s.clock.Now().Add(ResetLife),
	})
	return s.base + passwordPage + secret, err
}

// ResetPassword gives the user whom a link was made for a new password, and ends all his sessions. The link works once. The second
// factor stays.
func (s *Service) ResetPassword(ctx context.Context, secret, password vault.Secret, c Client) error {
	if err := s.mayCall(ctx, c.Address); err != nil {
		return err
	}
	dead := absent("[noun-this-link] This link").WithHint("[hint-link-old] it may have been used, or be older than an hour: ask for a new one")
	hash, ok := hashOf(passwordPrefix, secret.Reveal())
	if !ok {
		return dead
	}
	v, err := s.store.VoucherByHash(ctx, store.PasswordVoucher, hash)
	if errors.Is(err, store.ErrNotFound) {
		return dead
	}
	if err != nil {
		return err
	}
	hashed, err := s.hashNew(ctx, password, v.Email)
	if err != nil {
		return err
	}
	u, err := s.store.ResetPassword(ctx, hash, hashed)
	if errors.Is(err, store.ErrNotFound) {
		return dead
	}
	if err != nil {
		return err
	}
	s.addresses.give(networkOf(c.Address))
	s.tell(ctx, &access.Principal{User: u.ID, Email: u.Email}, Event{Action: PasswordReset, User: u.ID, About: u.Email, Address: c.Address})
	return nil
}

// IssueReset makes a link to a new password for the owner of the machine, who hands it over. dropTwoFactor removes the second factor
// as well, for a user who has lost it and his recovery codes.
func (s *Service) IssueReset(ctx context.Context, by *access.Principal, email string, dropTwoFactor bool) (vault.Secret, error) {
	if by == nil || !by.Machine {
		return vault.Secret{}, denied("[only-machine-owner] Only the owner of the machine may do this.")
	}
	email, err := parseEmail(email)
	if err != nil {
		return vault.Secret{}, err
	}
	u, err := s.store.UserByEmail(ctx, email)
	if err != nil {
		return vault.Secret{}, err
	}
	if u.Disabled {
		return vault.Secret{}, fault.New(fault.Data, "[user-disabled] This user is disabled.").WithHint("[hint-enable-user] enable the user first")
	}
	if dropTwoFactor && (u.TwoFactor || u.Sealed != nil) {
		if err := s.store.DropTwoFactor(ctx, u.ID, nil); err != nil {
			return vault.Secret{}, err
		}
		s.tell(ctx, by, Event{Action: TwoFactorOff, User: u.ID, About: u.Email})
	}
	link, err := s.passwordLink(ctx, u.ID, email, false, 0)
	if err == nil {
		s.tell(ctx, by, Event{Action: ResetAsked, User: u.ID, About: u.Email})
	}
	return vault.NewSecret(link), err
}
