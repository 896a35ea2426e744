package account

import (
	"context"
	"errors"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ropeway/ropeway/internal/access"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/vault"
)

// Client is where a call comes from.
type Client struct {
	Agent   string // what the browser or program calls itself
	Address string // IP address
}

// Attempt is what somebody enters to sign in.
type Attempt struct {
	Email    string
	Password vault.Secret
	Code     string // of the second factor, or a recovery code; "" for none
	Client   Client
}

// SignedIn is a new session. Secret belongs into a cookie and is told nowhere else.
type SignedIn struct {
	User    store.User
	Session store.Session
	Secret  vault.Secret
}

// wrongCredentials is the one answer to an unknown user, a wrong password, a disabled user and a wrong code.
func wrongCredentials() error {
	return unauthenticated("[sign-in-wrong] The email address, the password or the code is not right.").WithHint("[hint-sign-in-wrong] try again, or ask for a new password")
}

// codeNeeded asks for the second factor. The field tells it from all other refusals.
func codeNeeded() error {
	return unauthenticated("[code-needed] A code is needed to sign in.").WithHint("[hint-code-needed] enter the code that your app shows, or a recovery code").WithField("code")
}

// SignIn makes a session for who knows a password and, where it is asked for, has the second factor. Whether there is
// such a user makes no difference to what is answered and to the work that is done. Errors: access.ErrUnauthenticated, with the
// field "code" where one is needed; RateLimit with a delay after too many attempts.
func (s *Service) SignIn(ctx context.Context, a Attempt) (SignedIn, error) {
	email := strings.ToLower(strings.TrimSpace(a.Email))
	if err := s.mayGuess(ctx, email, a.Client.Address); err != nil {
		return SignedIn{}, err
	}
	u, stale, err := s.checkPassword(ctx, email, a.Password.Reveal())
	if err != nil {
		return SignedIn{}, err
	}
	in := store.SignIn{Password: u.Password}
	if u.TwoFactor {
		if a.Code == "" {
			return SignedIn{}, codeNeeded()
		}
		if in.Second, err = s.secondFactor(u, a.Code); err != nil {
			return SignedIn{}, err
		}
	}
	if stale {
		if in.Rehashed, err = s.hasher.hash(ctx, a.Password.Reveal()); err != nil {
			return SignedIn{}, err
		}
	}
	done, err := s.begin(ctx, u, in, a.Client)
	if err != nil {
		return SignedIn{}, err
	}
	s.accounts.fill(email)
	s.addresses.give(networkOf(a.Client.Address))
	return done, nil
}

// checkPassword returns the user with an address if the password is right. For an address that nobody has, and for a
// user without a password, one that nobody knows is compared.
func (s *Service) checkPassword(ctx context.Context, email, password string) (u store.User, stale bool, err error) {
	u, err = s.store.UserByEmail(ctx, email)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return u, false, err
	}
	stored, real := s.decoy, false
	if err == nil && u.Password != "" && !u.Disabled {
		stored, real = u.Password, true
	}
	if len(password) > MaxPasswordBytes {
		password, real = "", false
	}
	ok, stale, err := s.hasher.verify(ctx, password, stored)
	if err == nil && (!ok || !real) {
		err = wrongCredentials()
	}
	return u, stale, err
}

// mayGuess counts an attempt, and refuses it where there were too many: from its address, or for its account. Who attacks an account
// does not lock its owner out where he has a session: attempts from that address are only counted by address.
func (s *Service) mayGuess(ctx context.Context, email, address string) error {
	if err := s.mayCall(ctx, address); err != nil {
		return err
	}
	wait, first := s.accounts.take(email)
	if wait == 0 || s.known(ctx, email, address) {
		return nil
	}
	return s.slowed(ctx, wait, first, Event{About: clipped(email, MaxEmailBytes), Address: address})
}

// mayCall counts an attempt by its address alone.
func (s *Service) mayCall(ctx context.Context, address string) error {
	wait, first := s.addresses.take(networkOf(address))
	if wait == 0 {
		return nil
	}
	return s.slowed(ctx, wait, first, Event{Address: address})
}

func (s *Service) slowed(ctx context.Context, wait time.Duration, first bool, e Event) error {
	if first {
		e.Action = GuessingSlowed
		s.log.WarnContext(ctx, "too many attempts to sign in", "account", e.About, "address", e.Address)
		s.tell(ctx, nil, e)
	}
	wait = time.Duration(math.Ceil(wait.Seconds())) * time.Second
	return fault.New(fault.RateLimit, "[attempts-many] There were too many attempts.").
		WithHintf("[hint-try-in] try again in %d seconds", int(wait.Seconds())).WithDelay(wait)
}

// known reports whether the user has a session that began at the address.
func (s *Service) known(ctx context.Context, email, address string) bool {
	u, err := s.store.UserByEmail(ctx, email)
	if err != nil || address == "" {
		return false
	}
	list, err := s.store.Sessions(ctx, u.ID)
	if err != nil {
		return false
	}
	for _, x := range list {
		if x.Address == address && x.Expires.After(s.clock.Now()) {
			return true
		}
	}
	return false
}

// begin makes a session with a secret of its own, never one that came from outside.
func (s *Service) begin(ctx context.Context, u store.User, in store.SignIn, c Client) (SignedIn, error) {
	secret := drawSecret(sessionPrefix)
	hash, _ := hashOf(sessionPrefix, secret)
	in.Session = store.Session{
		User: u.ID, Hash: hash, Expires: s.clock.Now().Add(SessionIdle),
		Agent: clipped(c.Agent, maxAgentBytes), Address: clipped(c.Address, maxAgentBytes),
	}
	x, err := s.store.SignIn(ctx, in)
	if errors.Is(err, store.ErrConflict) { // disabled, another password, or a code that was used: in this very moment
		return SignedIn{}, wrongCredentials()
	}
	if err != nil {
		return SignedIn{}, err
	}
	by := &access.Principal{User: u.ID, Email: u.Email}
	s.tell(ctx, by, Event{Action: SignedInAction, User: u.ID, About: u.Email, Address: c.Address})
	if in.Second != nil && in.Second.Recovery != nil {
		s.tell(ctx, by, Event{Action: RecoveryCodeUsed, User: u.ID, About: u.Email, Address: c.Address})
	}
	return SignedIn{User: u, Session: x, Secret: vault.NewSecret(secret)}, nil
}

// clipped cuts a text that comes from outside to a length in bytes, and to whole characters.
func clipped(text string, most int) string {
	if len(text) > most {
		text = text[:most]
	}
	for !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "")
	}
	return text
}

// SignOut ends the session of the caller.
func (s *Service) SignOut(ctx context.Context, by *access.Principal) error {
	user, err := signedIn(by)
	if err != nil {
		return err
	}
	if err := s.store.EndSession(ctx, user, by.SessionID); err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	s.tell(ctx, by, Event{Action: SignedOutAction, User: user, About: by.Email})
	return nil
}

// ListSessions lists the sessions of the caller that have not expired, the newest first.
func (s *Service) ListSessions(ctx context.Context, by *access.Principal) ([]store.Session, error) {
	user, err := self(by)
	if err != nil {
		return nil, err
	}
	list, err := s.store.Sessions(ctx, user)
	var alive []store.Session
	for _, x := range list {
		if x.Expires.After(s.clock.Now()) {
			alive = append(alive, x)
		}
	}
	return alive, err
}

// EndSession ends a session of the caller.
func (s *Service) EndSession(ctx context.Context, by *access.Principal, id int64) error {
	user, err := signedIn(by)
	if err != nil {
		return err
	}
	if err := s.store.EndSession(ctx, user, id); err != nil {
		return err
	}
	s.tell(ctx, by, Event{Action: SessionsEnded, User: user, About: by.Email})
	return nil
}

// EndOtherSessions ends all sessions of the caller but this one, and returns how many.
func (s *Service) EndOtherSessions(ctx context.Context, by *access.Principal) (int, error) {
	user, err := signedIn(by)
	if err != nil {
		return 0, err
	}
	n, err := s.store.EndSessions(ctx, user, by.SessionID)
	if err == nil {
		s.tell(ctx, by, Event{Action: SessionsEnded, User: user, About: by.Email})
	}
	return n, err
}
