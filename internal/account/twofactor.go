package account

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"

	"github.com/ropeway/ropeway/internal/access"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/vault"
)

// issuerName is what authenticator apps show beside the address.
const issuerName = "Ropeway"

// TwoFactorIdentity is what the secret of the second factor of a user is sealed for.
func TwoFactorIdentity(user int64) string { return vault.Identity("user", user) + "/totp" }

// secondFactor reads a code: how it proves the second factor, if it does. Whether it was used before only the store knows.
func (s *Service) secondFactor(u store.User, code string) (*store.SecondFactor, error) {
	code = strings.ToLower(strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' {
			return -1
		}
		return r
	}, code))
	if len(code) != totpDigits {
		return &store.SecondFactor{Recovery: hashOfRecovery(code)}, nil
	}
	secret, err := s.vault.Open(TwoFactorIdentity(u.ID), u.Sealed)
	if err != nil {
		return nil, fault.Wrap(fault.Inconsistency, err, "[factor-unchecked] The second factor of this account cannot be checked.").WithHint("[hint-recovery-code] sign in with a recovery code")
	}
	defer clear(secret)
	step := totpMatch(secret, code, s.clock.Now())
	if step == 0 {
		return nil, wrongCredentials()
	}
	return &store.SecondFactor{Step: step}, nil
}

// Enrolment is the secret of a second factor, for an authenticator app. It is shown once.
type Enrolment struct {
	Key vault.Secret // to be typed
	URI vault.Secret // to be shown as a QR code
}

// EnrolTwoFactor draws the secret of a second factor for the caller, who enters his password again. It counts when
// ConfirmTwoFactor was called with a code.
func (s *Service) EnrolTwoFactor(ctx context.Context, by *access.Principal, password vault.Secret, c Client) (Enrolment, error) {
	u, err := s.reentered(ctx, by, password, c)
	if err != nil {
		return Enrolment{}, err
	}
	if u.TwoFactor {
		return Enrolment{}, fault.New(fault.Data, "[factor-there] You have a second factor already.").WithHint("[hint-remove-first] remove it first")
	}
	secret := make([]byte, totpBytes)
	_, _ = rand.Read(secret) // it ends the program rather than fail
	defer clear(secret)
	sealed, err := s.vault.Seal(TwoFactorIdentity(u.ID), secret)
	if err != nil {
		return Enrolment{}, err
	}
	if err := s.store.ProposeTwoFactor(ctx, u.ID, sealed); err != nil {
		return Enrolment{}, err
	}
	key := totpKey(secret)
	return Enrolment{Key: vault.NewSecret(key), URI: vault.NewSecret(totpURI(issuerName, u.Email, key))}, nil
}

// ConfirmTwoFactor has the second factor asked for from now on, when the code shows that the caller's app has its secret. It
// returns the recovery codes, which are shown once.
func (s *Service) ConfirmTwoFactor(ctx context.Context, by *access.Principal, code string, c Client) ([]string, error) {
	u, err := s.caller(ctx, by)
	if err != nil {
		return nil, err
	}
	if err := s.mayGuess(ctx, u.Email, c.Address); err != nil {
		return nil, err
	}
	if u.TwoFactor || u.Sealed == nil {
		return nil, fault.New(fault.Data, "[factor-none] There is no second factor to confirm.").WithHint("[hint-begin-new] begin with a new one")
	}
	p, err := s.secondFactor(u, code)
	if errors.Is(err, access.ErrUnauthenticated) || err == nil && p.Step == 0 {
		return nil, invalid("code", "[code-now] This is not the code that the app shows now.").WithHint("[hint-clock] look at the clock of your device")
	}
	if err != nil {
		return nil, err
	}
	codes, hashes := drawRecoveryCodes()
	if err := s.store.ConfirmTwoFactor(ctx, u.ID, u.Sealed, p.Step, hashes); err != nil {
		return nil, err
	}
	s.accounts.give(u.Email)
	s.tell(ctx, by, Event{Action: TwoFactorOn, User: u.ID, About: u.Email, Address: c.Address})
	return codes, nil
}

// ReplaceRecoveryCodes gives the caller new recovery codes for a code of his second factor.
func (s *Service) ReplaceRecoveryCodes(ctx context.Context, by *access.Principal, code string, c Client) ([]string, error) {
	codes, hashes := drawRecoveryCodes()
	err := s.withSecondFactor(ctx, by, code, c, func(u store.User, p *store.SecondFactor) error {
		return s.store.ReplaceRecovery(ctx, u.ID, *p, hashes)
	})
	if err != nil {
		return nil, err
	}
	s.tell(ctx, by, Event{Action: RecoveryReplaced, User: by.User, About: by.Email, Address: c.Address})
	return codes, nil
}

// DisableTwoFactor removes the second factor of the caller for his password and a code.
func (s *Service) DisableTwoFactor(ctx context.Context, by *access.Principal, password vault.Secret, code string, c Client) error {
	if _, err := s.reentered(ctx, by, password, c); err != nil {
		return err
	}
	err := s.withSecondFactor(ctx, by, code, c, func(u store.User, p *store.SecondFactor) error {
		return s.store.DropTwoFactor(ctx, u.ID, p)
	})
	if err != nil {
		return err
	}
	s.tell(ctx, by, Event{Action: TwoFactorOff, User: by.User, About: by.Email, Address: c.Address})
	return nil
}

// withSecondFactor does something for a code of the second factor.
func (s *Service) withSecondFactor(ctx context.Context, by *access.Principal, code string, c Client, do func(store.User, *store.SecondFactor) error) error {
	u, err := s.caller(ctx, by)
	if err != nil {
		return err
	}
	if err := s.mayGuess(ctx, u.Email, c.Address); err != nil {
		return err
	}
	wrong := invalid("code", "[code-used] The code is not right, or was used.").WithHint("[hint-next-code] wait for the next one")
	p, err := s.secondFactor(u, code)
	if err == nil {
		err = do(u, p)
	}
	if errors.Is(err, access.ErrUnauthenticated) || errors.Is(err, store.ErrConflict) {
		return wrong
	}
	if err == nil {
		s.accounts.give(u.Email)
		s.addresses.give(networkOf(c.Address))
	}
	return err
}

// RecoveryCodesLeft counts the recovery codes that the caller has left.
func (s *Service) RecoveryCodesLeft(ctx context.Context, by *access.Principal) (int, error) {
	user, err := self(by)
	if err != nil {
		return 0, err
	}
	return s.store.RecoveryCodes(ctx, user)
}

// caller returns the user who calls, who must have signed in himself.
func (s *Service) caller(ctx context.Context, by *access.Principal) (store.User, error) {
	user, err := signedIn(by)
	if err != nil {
		return store.User{}, err
	}
	return s.store.User(ctx, user)
}

// reentered returns the user who calls if the password is his: for what a stranger at an unlocked screen must not do. A
// user without a password enters none.
func (s *Service) reentered(ctx context.Context, by *access.Principal, password vault.Secret, c Client) (store.User, error) {
	u, err := s.caller(ctx, by)
	if err != nil || u.Password == "" {
		return u, err
	}
	if err := s.mayGuess(ctx, u.Email, c.Address); err != nil {
		return u, err
	}
	_, _, err = s.checkPassword(ctx, u.Email, password.Reveal())
	if errors.Is(err, access.ErrUnauthenticated) {
		return u, invalid("password", "[password-wrong] The password is not right.")
	}
	if err == nil {
		s.accounts.give(u.Email)
		s.addresses.give(networkOf(c.Address))
	}
	return u, err
}
